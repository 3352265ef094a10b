/*
 * The Makefile includes this before every file. It binds the addon to glibc 2.28, the oldest one that Node itself runs
 * on. Later versions have moved these functions between libraries, and still have each under its version of before. So
 * the addon runs with any glibc from 2.28 on, whichever it was built with. floor.sh finds what is missing here.
 */
#ifndef SWARM_GLIBC_H
#define SWARM_GLIBC_H

/* A function, and the version that it had on x86-64. All that is older than arm64 has one version there. */
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
