#define _GNU_SOURCE
#include "channels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

long channel_open(bool messages, int ends[2]) {
  int type = messages ? SOCK_SEQPACKET : SOCK_STREAM;
  return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : -errno;
}

/* Room for one descriptor, aligned as the kernel requires. */
union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

long channel_send(int channel, const char *text, size_t length, int descriptor) {
  struct iovec piece = {.iov_base = (void *)text, .iov_len = length};
  union control control = {0};
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  return sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* Waits for a message without consuming it. Returns its length, 0 at end of file, or a negative errno. */
static long await_message(int channel) {
  ssize_t length;
  do {
    length = recv(channel, NULL, 0, MSG_PEEK | MSG_TRUNC);
  } while (length < 0 && errno == EINTR);
  return length < 0 ? -errno : (long)length;
}

static int descriptor_in(struct msghdr *message) {
  struct cmsghdr *header = CMSG_FIRSTHDR(message);
  if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return -1;
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

long channel_receive(int channel, char **text, size_t *length, int *descriptor) {
  long size = await_message(channel);
  if (size <= 0) return size;
  char *buffer = malloc((size_t)size);
  if (!buffer) return -ENOMEM;
  struct iovec piece = {.iov_base = buffer, .iov_len = (size_t)size};
  union control control = {0};
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t received = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  if (received < 0) {
    long error = -errno;
    free(buffer);
    return error;
  }
  *text = buffer;
  *length = (size_t)received;
  *descriptor = descriptor_in(&message);
  return 1;
}

long descriptor_move(int from, int to) {
  if (from == to) return 0;
  if (dup3(from, to, O_CLOEXEC) < 0) return -errno;
  close(from);
  return 0;
}
