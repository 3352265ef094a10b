/*
 * A TCP socket that several processes have in common: one is made before them, unbound, and whoever needs it first
 * binds it for all. There is one queue of connections, which lasts as long as anybody has the socket.
 */
#ifndef SWARM_SOCKETS_H
#define SWARM_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

enum { SOCKET_BOUND = 0, SOCKET_TAKEN = 1 };

/* For IPv4 or IPv6, close-on-exec: the descriptor, or a negative errno. EAFNOSUPPORT: the kernel has no such family. */
long socket_open(int version);

/*
 * Binds the socket as libuv does, unless that has been done. SOCKET_BOUND: it has this address now. SOCKET_TAKEN: it
 * was given another one before. Or a negative errno, and it can be tried again.
 */
long socket_bind(int fd, const char *address, uint16_t port, bool v6_only);

/* Another descriptor of the same socket, close-on-exec, or a negative errno. */
long socket_duplicate(int fd);

/* Both ends of a pipe, close-on-exec. 0 or a negative errno. */
long pipe_open(int ends[2]);

#endif
