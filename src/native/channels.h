/* Socket pairs between the supervisor, its molds and its workers. Both ends are close-on-exec. */
#ifndef SWARM_CHANNELS_H
#define SWARM_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Opens both ends of a channel: with `messages`, SOCK_SEQPACKET, which keeps message boundaries; otherwise SOCK_STREAM.
 * Returns 0 or a negative errno.
 */
long channel_open(bool messages, int ends[2]);

/* Sends one message and a copy of a descriptor, without waiting. Returns 0 or a negative errno (EAGAIN: the channel is
 * full). */
long channel_send(int channel, const char *text, size_t length, int descriptor);

/*
 * Waits for one message. Returns 1, 0 if the other end is closed, or a negative errno. The caller frees `text`.
 * `descriptor` came with the message and is close-on-exec; it is -1 if this process cannot open another.
 */
long channel_receive(int channel, char **text, size_t *length, int *descriptor);

/* Moves descriptor `from` to the number `to`, close-on-exec. Returns 0 or a negative errno. */
long descriptor_move(int from, int to);

#endif
