#include "execute.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { STDIO = 3 };

/* Ignores descriptors that are not open. */
static void set_descriptor_flags(const int32_t *descriptors, size_t count, int flags) {
  for (size_t i = 0; i < count; ++i) (void)fcntl(descriptors[i], F_SETFD, flags);
}

long process_execute(const char *path, char *const arguments[], char *const environment[], const int32_t *descriptors,
                     size_t count) {
  int status[STDIO];
  for (int fd = 0; fd < STDIO; ++fd) {
    status[fd] = fcntl(fd, F_GETFL);
    if (status[fd] != -1) (void)fcntl(fd, F_SETFL, status[fd] & ~O_NONBLOCK);
  }
  set_descriptor_flags(descriptors, count, 0);
  execve(path, arguments, environment);
  long error = errno;
  set_descriptor_flags(descriptors, count, FD_CLOEXEC);
  for (int fd = 0; fd < STDIO; ++fd) {
    if (status[fd] != -1) (void)fcntl(fd, F_SETFL, status[fd]);
  }
  return -error;
}
