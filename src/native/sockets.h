/*
 * Sockets that several processes have in common: they are made before these processes, unbound, and whichever process
 * needs one first binds it for all. Each has one queue of connections, which lasts as long as any process has the
 * socket.
 */
#ifndef SWARM_SOCKETS_H
#define SWARM_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOCKET_BOUND = 0, SOCKET_TAKEN = 1 };

/*
 * AF_INET, AF_INET6 or AF_UNIX, close-on-exec: the descriptor, or a negative errno. EAFNOSUPPORT: the kernel does not
 * have this family. With reuse_port, other sockets of this user that have it may be bound to the same address.
 */
long socket_open(int family, bool reuse_port);

/*
 * Binds the socket as libuv does, unless that has been done. SOCKET_BOUND: it has this address now. SOCKET_TAKEN: it
 * was given another one before. Or a negative errno, and it can be tried again.
 */
long socket_bind(int fd, const char *address, uint16_t port, bool v6_only);

/* The same for AF_UNIX. A name that begins with a zero byte is abstract: it is in no file system. */
long socket_bind_path(int fd, const char *path, size_t length);

/* The address of a socket of AF_INET or AF_INET6 as text. 1, 0: it has none, or a negative errno. */
long socket_address(int fd, char *text, size_t size);

/* 1: this socket of AF_UNIX has a file, 0: it has none, or a negative errno. */
long socket_has_file(int fd);

/* Another descriptor of the same socket, close-on-exec, or a negative errno. */
long socket_duplicate(int fd);

/* Both ends of a pipe, close-on-exec. 0 or a negative errno. */
long pipe_open(int ends[2]);

#endif
