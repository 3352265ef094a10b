#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "probe.h"

/* ---- Descriptors. A pair is returned as one number: the first plus 1,000 times the second. */

enum kind { SEMAPHORE, EVENT, EVENT_NONBLOCKING, EVENT_OF_LIBUV, TIMER, TIMER_OF_LIBUV, EPOLL, PIPE };

static long make_timer(int flags) {
  int fd = timerfd_create(CLOCK_MONOTONIC, flags);
  struct itimerspec setting = {.it_value = {.tv_sec = 3600}, .it_interval = {.tv_sec = 7, .tv_nsec = 5}};
  timerfd_settime(fd, 0, &setting, NULL);
  return fd;
}

static long make_epoll(void) {
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.u64 = 0x0123456789abcdef}};
  int waited_for = eventfd(0, 0);
  epoll_ctl(epoll, EPOLL_CTL_ADD, waited_for, &event);
  return epoll + 1000L * waited_for;
}

static long make_pipe(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
  /* The two ends have different flags. */
  fcntl(ends[0], F_SETFD, 0);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  if (write(ends[1], "in the pipe", strlen("in the pipe")) < 0) return -errno;
  return ends[0] + 1000L * ends[1];
}

long object_make(long kind) {
  switch ((enum kind)kind) {
    case SEMAPHORE:
      return eventfd(3, EFD_SEMAPHORE);
    case EVENT:
      return eventfd(5, 0);
    case EVENT_NONBLOCKING:
      return eventfd(0, EFD_NONBLOCK);
    case EVENT_OF_LIBUV:
      return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    case TIMER:
      return make_timer(0);
    case TIMER_OF_LIBUV:
      return make_timer(TFD_CLOEXEC | TFD_NONBLOCK);
    case EPOLL:
      return make_epoll();
    case PIPE:
      return make_pipe();
  }
  return -EINVAL;
}

long object_duplicate(long descriptor) { return fcntl((int)descriptor, F_DUPFD_CLOEXEC, 0); }

/* ---- Mappings */

static struct mapping {
  int protection;
  int advice;
  const char *name;
  /* Whether it is part of the kernel's [heap]. */
  int is_heap;
  char *address;
} mappings[] = {
    {.protection = PROT_READ | PROT_WRITE, .advice = MADV_NORMAL},
    {.protection = PROT_READ | PROT_WRITE, .advice = MADV_DONTFORK},
    {.protection = PROT_READ, .advice = MADV_DONTFORK},
    {.protection = PROT_READ | PROT_WRITE, .advice = MADV_DONTFORK, .name = "probe"},
    {.protection = PROT_READ | PROT_WRITE, .advice = MADV_DONTFORK, .is_heap = 1},
    {.protection = PROT_READ | PROT_EXEC, .advice = MADV_DONTFORK, .name = "probe code"},
};

enum { MAPPINGS = sizeof mappings / sizeof *mappings, PAGE = 65536, BYTES = 3 * PAGE };

static char content(int number, int offset) { return (char)(number * 31 + offset / 4096 * 7 + 1); }

/* Does not use sbrk(2): other threads move the break at the same time, and a mapping may be in the way. */
static char *from_heap(size_t bytes) {
  mallopt(M_MMAP_THRESHOLD, 2 * (int)bytes);
  return malloc(bytes);
}

long mappings_make(long unused) {
  (void)unused;
  long named = 0;
  for (int i = 0; i < MAPPINGS; ++i) {
    struct mapping *mapping = &mappings[i];
    /* With space on both sides, so that the mapping consists of whole pages. */
    char *area =
        mapping->is_heap ? from_heap(3 * BYTES) : mmap(NULL, 3 * BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!area || area == MAP_FAILED) return -errno;
    mapping->address = (char *)(((uintptr_t)area + BYTES) & ~(uintptr_t)(PAGE - 1));
    mprotect(mapping->address, BYTES, PROT_READ | PROT_WRITE);
    for (int offset = 0; offset < BYTES; ++offset) mapping->address[offset] = content(i, offset);
    mprotect(mapping->address, BYTES, mapping->protection);
    madvise(mapping->address, BYTES, mapping->advice);
    /* The kernel may not support names. */
    if (mapping->name && prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, mapping->address, BYTES, mapping->name) == 0) ++named;
  }
  return named;
}

long mappings_faults(long unused) {
  (void)unused;
  long faults = 0;
  for (int i = 0; i < MAPPINGS; ++i) {
    unsigned char present[BYTES / 4096];
    /* For a missing mapping, mincore() fails with ENOMEM; reading it would be a segmentation fault. */
    int missing = mincore(mappings[i].address, BYTES, present) != 0;
    for (int offset = 0; !missing && offset < BYTES; ++offset) {
      missing = mappings[i].address[offset] != content(i, offset);
    }
    if (missing) faults |= 1L << i;
  }
  return faults;
}
