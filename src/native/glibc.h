/*
 * The Makefile includes this before every file. It binds the addon to glibc 2.28, the oldest that Node itself runs on.
 * Later versions moved these functions to another library, and still export each under its old symbol version. So the
 * addon runs with any glibc from 2.28 on, whichever it was built with. floor.sh reports functions missing here.
 */
#ifndef SWARM_GLIBC_H
#define SWARM_GLIBC_H

/* A function, and its old symbol version on x86-64. On arm64, every function that predates the port has 2.17. */
#if defined(__x86_64__)
#define BIND(name, version) __asm__(".symver " #name ", " #name "@GLIBC_" #version)
#else
#define BIND(name, version) __asm__(".symver " #name ", " #name "@GLIBC_2.17")
#endif

BIND(dlsym, 2.2.5);
BIND(pthread_attr_setstacksize, 2.2.5);
BIND(pthread_create, 2.2.5);
BIND(pthread_sigmask, 2.2.5);

#endif
