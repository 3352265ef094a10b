/* The Makefile includes this before every file, so that the probe runs with the same versions of glibc as the addon. */
#ifndef SWARM_PROBE_GLIBC_H
#define SWARM_PROBE_GLIBC_H

#include "../../../src/native/glibc.h"

BIND(pthread_getcpuclockid, 2.2.5);
BIND(pthread_join, 2.2.5);
BIND(pthread_mutex_timedlock, 2.2.5);
BIND(pthread_mutex_trylock, 2.2.5);
BIND(pthread_mutexattr_init, 2.2.5);
BIND(pthread_mutexattr_setprotocol, 2.4);
BIND(pthread_mutexattr_setrobust, 2.12);
BIND(pthread_mutexattr_settype, 2.2.5);
BIND(pthread_rwlock_init, 2.2.5);
BIND(pthread_rwlock_trywrlock, 2.2.5);
BIND(pthread_rwlock_unlock, 2.2.5);
BIND(pthread_rwlock_wrlock, 2.2.5);
BIND(pthread_setname_np, 2.12);

#endif
