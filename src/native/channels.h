/* The sockets between the supervisor, its molds and its workers: pairs that are close-on-exec at both ends. */
#ifndef SWARM_CHANNELS_H
#define SWARM_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Opens both ends of a channel: SOCK_SEQPACKET with `messages`, which keeps message boundaries, else SOCK_STREAM. 0 or
 * a negative errno.
 */
long channel_open(bool messages, int ends[2]);

/* Sends one message and a copy of a descriptor, without waiting. 0 or a negative errno; EAGAIN: the channel is full. */
long channel_send(int channel, const char *text, size_t length, int descriptor);

/*
 * Waits for one message. 1: `text` is its text, to be freed, and `descriptor` what came with it, close-on-exec, or -1
 * if this process may not have another descriptor. 0: the other end is closed. Or a negative errno.
 */
long channel_receive(int channel, char **text, size_t *length, int *descriptor);

/* Makes descriptor `to` what `from` is, close-on-exec, and closes `from`. 0 or a negative errno. */
long descriptor_move(int from, int to);

#endif
