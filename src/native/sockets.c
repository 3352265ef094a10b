#define _GNU_SOURCE
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static long set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0 ? 0 : -errno;
}

long socket_open(int family, bool reuse_port) {
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  long error = reuse_port ? set(fd, SOL_SOCKET, SO_REUSEPORT, 1) : 0;
  if (!error) return fd;
  close(fd);
  return error;
}

/* Resolves a scope ("fe80::1%eth0") to the number of the interface. */
static long parse(const char *address, uint16_t port, struct addrinfo **parsed) {
  char service[6];
  snprintf(service, sizeof service, "%u", port);
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
  int error = getaddrinfo(address, service, &hints, parsed);
  if (error == EAI_SYSTEM) return -errno;
  if (error == EAI_MEMORY) return -ENOMEM;
  return error ? -EINVAL : 0;
}

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* Returns 1 if the socket has this address, 0 if it has another, or a negative errno (EINVAL: it has none). */
static long is_bound_to(int fd, const union address *wanted, bool v6_only) {
  union address bound = {0};
  socklen_t length = sizeof bound;
  if (getsockname(fd, &bound.any, &length) != 0) return -errno;
  if (bound.any.sa_family != wanted->any.sa_family) return 0;
  if (bound.any.sa_family == AF_INET) {
    if (bound.v4.sin_port == 0) return -EINVAL;
    return bound.v4.sin_port == wanted->v4.sin_port && bound.v4.sin_addr.s_addr == wanted->v4.sin_addr.s_addr;
  }
  if (bound.v6.sin6_port == 0) return -EINVAL;
  if (bound.v6.sin6_port != wanted->v6.sin6_port || bound.v6.sin6_scope_id != wanted->v6.sin6_scope_id ||
      memcmp(&bound.v6.sin6_addr, &wanted->v6.sin6_addr, sizeof bound.v6.sin6_addr) != 0) {
    return 0;
  }
  /* For any other address, bind() itself sets the option. */
  if (!IN6_IS_ADDR_UNSPECIFIED(&wanted->v6.sin6_addr)) return 1;
  int is_v6_only = 0;
  length = sizeof is_v6_only;
  if (getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_v6_only, &length) != 0) return -errno;
  return (is_v6_only != 0) == v6_only;
}

static long bind_once(int fd, const union address *wanted, socklen_t length, bool v6_only) {
  long error = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (error) return error;
  /* EINVAL, here and below, means that the socket is already bound. Another process may set this option or bind the
   * socket at any moment, so check the outcome in each case. */
  if (wanted->any.sa_family == AF_INET6) error = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6_only);
  if (error && error != -EINVAL) return error;
  if (bind(fd, &wanted->any, length) != 0 && errno != EINVAL) return -errno;
  long same = is_bound_to(fd, wanted, v6_only);
  if (same < 0) return same;
  return same ? SOCKET_BOUND : SOCKET_TAKEN;
}

long socket_bind(int fd, const char *address, uint16_t port, bool v6_only) {
  struct addrinfo *parsed;
  long error = parse(address, port, &parsed);
  if (error) return error;
  union address wanted = {0};
  socklen_t length = parsed->ai_addrlen;
  if (length <= sizeof wanted) memcpy(&wanted, parsed->ai_addr, length);
  freeaddrinfo(parsed);
  return length <= sizeof wanted ? bind_once(fd, &wanted, length, v6_only) : -EINVAL;
}

long socket_address(int fd, char *text, size_t size) {
  union address bound = {0};
  socklen_t length = sizeof bound;
  if (getsockname(fd, &bound.any, &length) != 0) return -errno;
  in_port_t port = bound.any.sa_family == AF_INET ? bound.v4.sin_port : bound.v6.sin6_port;
  if (port == 0) return 0;
  int error = getnameinfo(&bound.any, length, text, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
  if (error == EAI_SYSTEM) return -errno;
  return error ? -EINVAL : 1;
}

/* Gets the name of a Unix socket. Returns its length, 0 for a socket without a name, or a negative errno. */
static long name_of(int fd, struct sockaddr_un *bound) {
  socklen_t length = sizeof *bound;
  memset(bound, 0, sizeof *bound);
  if (getsockname(fd, (struct sockaddr *)bound, &length) != 0) return -errno;
  long name = (long)length - (long)offsetof(struct sockaddr_un, sun_path);
  if (name <= 0 || bound->sun_path[0] == '\0') return name < 0 ? 0 : name;
  /* The length of a path includes the zero byte, which may not fit into sun_path. */
  return (long)strnlen(bound->sun_path, sizeof bound->sun_path);
}

/* Same results as is_bound_to(). */
static long is_named(int fd, const struct sockaddr_un *wanted, long length) {
  struct sockaddr_un bound;
  long bound_length = name_of(fd, &bound);
  if (bound_length < 0) return bound_length;
  if (bound_length == 0) return -EINVAL;
  return bound_length == length && memcmp(bound.sun_path, wanted->sun_path, (size_t)length) == 0;
}

long socket_bind_path(int fd, const char *path, size_t length) {
  struct sockaddr_un wanted = {.sun_family = AF_UNIX};
  /* Truncate a name that is too long, as libuv does. */
  if (length > sizeof wanted.sun_path) length = sizeof wanted.sun_path;
  if (length == 0) return -EINVAL;
  memcpy(wanted.sun_path, path, length);
  bool is_abstract = path[0] == '\0';
  socklen_t size = is_abstract ? (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length) : sizeof wanted;
  /* Check first: if the socket already has this path, bind() would report that the path is in use. */
  long same = is_named(fd, &wanted, (long)length);
  if (same == -EINVAL) {
    int error = bind(fd, (struct sockaddr *)&wanted, size) == 0 ? 0 : errno;
    /* Another process may have bound it in between. */
    same = is_named(fd, &wanted, (long)length);
    /* Report EACCES for a missing directory, as libuv does. */
    if (same == -EINVAL && error) return error == ENOENT ? -EACCES : -error;
  }
  if (same < 0) return same;
  return same ? SOCKET_BOUND : SOCKET_TAKEN;
}

long socket_has_file(int fd) {
  struct sockaddr_un bound;
  long length = name_of(fd, &bound);
  return length < 0 ? length : length > 0 && bound.sun_path[0] != '\0';
}

long socket_duplicate(int fd) {
  int other = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return other < 0 ? -errno : other;
}

long pipe_open(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno; }
