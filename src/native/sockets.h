/*
 * Sockets that several processes share. They are created unbound before the processes, and the first process that needs
 * one binds it for all. Each has one queue of connections, which lasts as long as any process has the socket.
 */
#ifndef SWARM_SOCKETS_H
#define SWARM_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOCKET_BOUND = 0, SOCKET_TAKEN = 1 };

/*
 * Opens a stream socket of AF_INET, AF_INET6 or AF_UNIX, non-blocking and close-on-exec. Returns the descriptor or a
 * negative errno (EAFNOSUPPORT: the kernel lacks this family). With `reuse_port`, several such sockets of the same user
 * can have the same address.
 */
long socket_open(int family, bool reuse_port);

/*
 * Binds the socket as libuv does, unless it is already bound. Returns SOCKET_BOUND if it has this address now,
 * SOCKET_TAKEN if it already had another, or a negative errno, after which the caller may try again.
 */
long socket_bind(int fd, const char *address, uint16_t port, bool v6_only);

/* The same for AF_UNIX. A name that begins with a zero byte is abstract: no file system contains it. */
long socket_bind_path(int fd, const char *path, size_t length);

/* Writes the address of an AF_INET or AF_INET6 socket as text. Returns 1, 0 if it has none, or a negative errno. */
long socket_address(int fd, char *text, size_t size);

/* Returns 1 if this AF_UNIX socket has a file, 0 if it has none, or a negative errno. */
long socket_has_file(int fd);

/* Returns another descriptor of the same socket, close-on-exec, or a negative errno. */
long socket_duplicate(int fd);

/* Opens both ends of a pipe, close-on-exec. Returns 0 or a negative errno. */
long pipe_open(int ends[2]);

#endif
