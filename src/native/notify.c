#define _GNU_SOURCE
#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Returns the length of the parsed address, or a negative errno. */
static long parse(const char *address, struct sockaddr_un *parsed) {
  size_t length = strlen(address);
  if (address[0] != '/' && address[0] != '@') return -EAFNOSUPPORT;
  /* A path includes its zero byte, which must fit. An abstract name does not: the byte would be part of the name. */
  size_t size = address[0] == '/' ? length + 1 : length;
  if (size > sizeof parsed->sun_path) return -ENAMETOOLONG;
  parsed->sun_family = AF_UNIX;
  memcpy(parsed->sun_path, address, length);
  if (address[0] == '@') parsed->sun_path[0] = '\0';
  return (long)(offsetof(struct sockaddr_un, sun_path) + size);
}

long notify_send(const char *address, const char *text, size_t length) {
  union {
    struct sockaddr any;
    struct sockaddr_un local;
  } to = {0};
  long size = parse(address, &to.local);
  if (size < 0) return size;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  ssize_t sent = sendto(fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT, &to.any, (socklen_t)size);
  long error = sent < 0 ? -errno : 0;
  close(fd);
  return error;
}
