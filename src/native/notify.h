/* Notifies the service manager: sd_notify(3) without its library, and without ever waiting. */
#ifndef SWARM_NOTIFY_H
#define SWARM_NOTIFY_H

#include <stddef.h>

/*
 * Sends the text as one datagram to a Unix socket: a path, or "@" and an abstract name. Returns 0 or a negative errno.
 * EAGAIN: the socket's queue is full. ENOENT, ECONNREFUSED: nothing listens there. ENAMETOOLONG: the address is too
 * long. EAFNOSUPPORT: it is neither a path nor a name.
 */
long notify_send(const char *address, const char *text, size_t length);

#endif
