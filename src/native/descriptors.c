#define _GNU_SOURCE
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include "kernel.h"
#include "proc.h"
#include "rings.h"

enum kind { EVENT, TIMER, PIPE, INOTIFY, RING, EPOLL };

/* One file that an epoll watches. */
struct registration {
  struct registration *next;
  int fd;
  struct epoll_event event;
};

/* One file that an inotify watches. */
struct watched {
  struct watched *next;
  uint64_t number;
  uint64_t mask;
  const char *path;
};

struct descriptor {
  struct descriptor *next;
  int fd;
  enum kind kind;
  /* Status flags of the open file, plus O_CLOEXEC if the descriptor has FD_CLOEXEC. */
  int flags;
  /* An earlier descriptor of the same open file; NULL if this is the first. */
  const struct descriptor *same;
  union {
    struct {
      uint64_t count;
      bool semaphore;
    } event;
    struct {
      uint64_t clock;
      uint64_t ticks;
      struct itimerspec setting;
    } timer;
    struct {
      uint64_t inode;
      /* The copy's pipe, made before the fork with the content of the old one. Set in one read end; the `maker` of each
       * end points to that one. */
      bool made;
      int ends[2];
      const struct descriptor *maker;
    } pipe;
    struct watched *watched;
    struct ring *ring;
    struct registration *registrations;
  };
};

struct notes {
  struct arena *arena;
  const char *maps;
  const struct watch *watches;
  int directory;
  struct descriptor *first;
  struct descriptor **end;
};

/* ---- Recognizing objects */

static bool recognize(const char *target, struct descriptor *descriptor) {
  static const struct {
    const char *name;
    enum kind kind;
  } kinds[] = {
      {"anon_inode:[eventfd]", EVENT}, {"anon_inode:[timerfd]", TIMER},   {"anon_inode:inotify", INOTIFY},
      {"anon_inode:[io_uring]", RING}, {"anon_inode:[eventpoll]", EPOLL},
  };
  if (scan_word(&target, "pipe:[")) {
    descriptor->kind = PIPE;
    return scan_number(&target, 10, &descriptor->pipe.inode);
  }
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
    descriptor->kind = kinds[i].kind;
    if (strcmp(target, kinds[i].name) == 0) return true;
  }
  return false;
}

static bool is_same_file(int a, int b) {
#ifndef F_DUPFD_QUERY
  enum { F_DUPFD_QUERY = 1027 };
#endif
  long answer = kernel_call(__NR_fcntl, a, F_DUPFD_QUERY, b);
  if (answer >= 0) return answer == 1;
  /* Before Linux 6.10. */
  long pid = kernel_call(__NR_getpid);
  return kernel_call(__NR_kcmp, pid, pid, KCMP_FILE, a, b) == 0;
}

/* ---- Recording */

static long note_event(const char *info, struct descriptor *descriptor) {
  uint64_t semaphore;
  /* Kernels before 6.5 do not report this. Neither Node nor libuv makes a semaphore. */
  descriptor->event.semaphore = scan_field(info, "eventfd-semaphore:", 10, &semaphore) && semaphore;
  return scan_field(info, "eventfd-count:", 16, &descriptor->event.count) ? 0 : -ENOTSUP;
}

/* "it_value: (0, 49406829)" */
static bool scan_time(const char *info, const char *key, struct timespec *time) {
  uint64_t seconds, nanoseconds;
  for (const char *at = info; *at; scan_line(&at)) {
    if (!scan_word(&at, key)) continue;
    if (!scan_number(&at, 10, &seconds) || !scan_word(&at, ",") || !scan_number(&at, 10, &nanoseconds)) return false;
    *time = (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)nanoseconds};
    return true;
  }
  return false;
}

static long note_timer(const char *info, struct descriptor *descriptor) {
  bool complete = scan_field(info, "clockid:", 10, &descriptor->timer.clock) &&
                  scan_field(info, "ticks:", 10, &descriptor->timer.ticks) &&
                  scan_time(info, "it_value: (", &descriptor->timer.setting.it_value) &&
                  scan_time(info, "it_interval: (", &descriptor->timer.setting.it_interval);
  return complete ? 0 : -ENOTSUP;
}

static const char *path_of(const struct watch *watches, uint64_t device, uint64_t inode) {
  for (; watches; watches = watches->next) {
    if (watches->device == device && watches->inode == inode) return watches->path;
  }
  return NULL;
}

/* "inotify wd:3 ino:1f6 sdev:1b mask:fce ignored_mask:0 ...", latest first. Sorts the watches in ascending order. */
static long note_inotify(struct notes *notes, const char *info, struct descriptor *descriptor) {
  const char *at = info;
  do {
    uint64_t inode, device;
    if (!scan_word(&at, "inotify wd:")) continue;
    struct watched *watched = arena_take(notes->arena, sizeof *watched);
    if (!watched) return -ENOMEM;
    if (!scan_number(&at, 16, &watched->number) || !scan_word(&at, " ino:") || !scan_number(&at, 16, &inode) ||
        !scan_word(&at, " sdev:") || !scan_number(&at, 16, &device) || !scan_word(&at, " mask:") ||
        !scan_number(&at, 16, &watched->mask)) {
      return -ENOTSUP;
    }
    /* Without a path, the watch belongs to the event loop of a worker thread. */
    watched->path = path_of(notes->watches, device, inode);
    if (!watched->path) return -ENOTSUP;
    struct watched **place = &descriptor->watched;
    while (*place && (*place)->number < watched->number) place = &(*place)->next;
    watched->next = *place;
    *place = watched;
  } while (scan_line(&at));
  return 0;
}

/* "tfd:       13 events:       19 data:                d  pos:0 ino:63c7 sdev:f" */
static long note_epoll(struct notes *notes, const char *info, struct descriptor *descriptor) {
  const char *at = info;
  do {
    uint64_t fd, events, data, inode;
    if (!scan_word(&at, "tfd:")) continue;
    if (!scan_number(&at, 10, &fd) || !scan_word(&at, " events:") || !scan_number(&at, 16, &events) ||
        !scan_word(&at, " data:") || !scan_number(&at, 16, &data)) {
      return -ENOTSUP;
    }
    while (*at && *at != '\n' && !scan_word(&at, "ino:")) ++at;
    /* The kernel keeps a registration after `fd` is closed here if another process still has the file open. Skip it. */
    struct stat file;
    if (!scan_number(&at, 16, &inode) || kernel_call(__NR_fstat, fd, &file) != 0 || file.st_ino != inode) continue;
    struct registration *registration = arena_take(notes->arena, sizeof *registration);
    if (!registration) return -ENOMEM;
    *registration = (struct registration){
        .next = descriptor->registrations, .fd = (int)fd, .event = {.events = (uint32_t)events, .data = {.u64 = data}}};
    descriptor->registrations = registration;
  } while (scan_line(&at));
  return 0;
}

static long note_content(struct notes *notes, struct descriptor *descriptor) {
  /* make_pipes() handles pipes once all of their ends are known. */
  if (descriptor->kind == PIPE) return 0;
  char *path = proc_path(notes->arena, "/proc/self/fdinfo/", descriptor->fd, "");
  char *info;
  if (!path) return -ENOMEM;
  long error = proc_read(notes->arena, path, &info);
  if (error) return error;
  switch (descriptor->kind) {
    case EVENT:
      return note_event(info, descriptor);
    case TIMER:
      return note_timer(info, descriptor);
    case INOTIFY:
      return note_inotify(notes, info, descriptor);
    case RING:
      return ring_note(notes->arena, notes->maps, info, &descriptor->ring);
    case EPOLL:
      return note_epoll(notes, info, descriptor);
    case PIPE:
      break;
  }
  return 0;
}

static const struct descriptor *find_same(const struct notes *notes, const struct descriptor *descriptor) {
  for (const struct descriptor *other = notes->first; other; other = other->next) {
    if (other->kind == descriptor->kind && is_same_file(other->fd, descriptor->fd)) {
      return other->same ? other->same : other;
    }
  }
  return NULL;
}

static long note(void *context, int fd) {
  struct notes *notes = context;
  if (fd == notes->directory) return 0;
  char *path = proc_path(notes->arena, "/proc/self/fd/", fd, "");
  struct descriptor *descriptor = arena_take(notes->arena, sizeof *descriptor);
  if (!path || !descriptor) return -ENOMEM;
  char target[64];
  long length = kernel_call(__NR_readlinkat, AT_FDCWD, path, target, sizeof target - 1);
  if (length < 0) return length;
  target[length] = 0;
  /* A longer target is a path, not a kernel object. */
  if (!recognize(target, descriptor)) return 0;

  descriptor->fd = fd;
  long status = kernel_call(__NR_fcntl, fd, F_GETFL);
  if (status < 0) return status;
  long own = kernel_call(__NR_fcntl, fd, F_GETFD);
  if (own < 0) return own;
  descriptor->flags = (int)status | (own & FD_CLOEXEC ? O_CLOEXEC : 0);
  if (descriptor->kind != PIPE) descriptor->same = find_same(notes, descriptor);
  if (!descriptor->same) {
    long error = note_content(notes, descriptor);
    if (error) return error;
  }
  *notes->end = descriptor;
  notes->end = &descriptor->next;
  return 0;
}

/* ---- Pipes with both ends in this process: libuv's signal pipes. The others lead to other processes and stay. */

static bool is_reader(const struct descriptor *descriptor) { return (descriptor->flags & O_ACCMODE) == O_RDONLY; }

static struct descriptor *find_end(struct descriptor *descriptors, uint64_t inode, bool reader) {
  for (struct descriptor *other = descriptors; other; other = other->next) {
    if (other->kind == PIPE && other->pipe.inode == inode && is_reader(other) == reader) return other;
  }
  return NULL;
}

static bool is_standard(const struct descriptor *descriptors, uint64_t inode) {
  for (const struct descriptor *other = descriptors; other; other = other->next) {
    if (other->kind == PIPE && other->pipe.inode == inode && other->fd <= 2) return true;
  }
  return false;
}

static long fill(int from, const int to[2]) {
  long capacity = kernel_call(__NR_fcntl, from, F_GETPIPE_SZ);
  if (capacity < 0) return capacity;
  if (capacity > kernel_call(__NR_fcntl, to[1], F_GETPIPE_SZ)) {
    long error = kernel_call(__NR_fcntl, to[1], F_SETPIPE_SZ, capacity);
    if (error < 0) return error;
  }
  int held = 0;
  int copied = 0;
  long error = kernel_call(__NR_ioctl, from, FIONREAD, &held);
  if (error) return error;
  if (held == 0) return 0;
  error = kernel_call(__NR_tee, from, to[1], capacity, SPLICE_F_NONBLOCK);
  if (error < 0) return error;
  error = kernel_call(__NR_ioctl, to[0], FIONREAD, &copied);
  if (error) return error;
  return copied == held ? 0 : -EAGAIN;
}

static long make_pipes(struct descriptor *descriptors) {
  for (struct descriptor *reader = descriptors; reader; reader = reader->next) {
    if (reader->kind != PIPE || reader->pipe.maker || !is_reader(reader)) continue;
    uint64_t inode = reader->pipe.inode;
    if (!find_end(descriptors, inode, false) || is_standard(descriptors, inode)) continue;
    long error = kernel_call(__NR_pipe2, reader->pipe.ends, O_CLOEXEC);
    if (error) return error;
    reader->pipe.made = true;
    error = fill(reader->fd, reader->pipe.ends);
    if (error) return error;
    for (struct descriptor *end = descriptors; end; end = end->next) {
      if (end->kind == PIPE && end->pipe.inode == inode) end->pipe.maker = reader;
    }
  }
  return 0;
}

long descriptors_note(struct arena *arena, const char *maps, const struct watch *watches,
                      struct descriptor **descriptors) {
  struct notes notes = {.arena = arena, .maps = maps, .watches = watches};
  notes.end = &notes.first;
  long directory = kernel_call(__NR_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return directory;
  notes.directory = (int)directory;
  long error = proc_numbers(notes.directory, note, &notes);
  kernel_call(__NR_close, directory);
  if (!error) error = make_pipes(notes.first);
  *descriptors = notes.first;
  return error;
}

void descriptors_forget(struct descriptor *descriptors) {
  for (struct descriptor *descriptor = descriptors; descriptor; descriptor = descriptor->next) {
    if (descriptor->kind != PIPE || !descriptor->pipe.made) continue;
    kernel_call(__NR_close, descriptor->pipe.ends[0]);
    kernel_call(__NR_close, descriptor->pipe.ends[1]);
    descriptor->pipe.made = false;
  }
}

/* ---- Renewing, in the copy */

static long make_event(const struct descriptor *descriptor) {
  long fd = kernel_call(__NR_eventfd2, 0, descriptor->event.semaphore ? EFD_SEMAPHORE : 0);
  if (fd < 0 || descriptor->event.count == 0) return fd;
  long written = kernel_call(__NR_write, fd, &descriptor->event.count, sizeof descriptor->event.count);
  return written < 0 ? written : fd;
}

static long make_timer(const struct descriptor *descriptor) {
#ifndef TFD_IOC_SET_TICKS
  enum { TFD_IOC_SET_TICKS = 0x40085400 };
#endif
  long fd = kernel_call(__NR_timerfd_create, descriptor->timer.clock, 0);
  if (fd < 0) return fd;
  /* fdinfo shows the remaining time, even of a timer that was set to an instant. So this setting is relative. */
  long error = kernel_call(__NR_timerfd_settime, fd, 0, &descriptor->timer.setting, NULL);
  if (!error && descriptor->timer.ticks > 0) {
    error = kernel_call(__NR_ioctl, fd, TFD_IOC_SET_TICKS, &descriptor->timer.ticks);
  }
  return error ? error : fd;
}

/* The kernel assigns watch numbers in ascending order and does not reuse them. Skips the number of a removed watch by
 * adding a watch and removing it. */
static long make_inotify(const struct descriptor *descriptor) {
  long fd = kernel_call(__NR_inotify_init1, 0);
  if (fd < 0) return fd;
  for (const struct watched *watched = descriptor->watched; watched; watched = watched->next) {
    long number;
    while ((number = kernel_call(__NR_inotify_add_watch, fd, watched->path, watched->mask)) > 0 &&
           (uint64_t)number < watched->number) {
      long error = kernel_call(__NR_inotify_rm_watch, fd, number);
      if (error) return error;
    }
    if (number < 0) return number;
    if ((uint64_t)number != watched->number) return -ENOTSUP;
  }
  /* Discard the IN_IGNORED event that each removal left. */
  char events[512];
  long flags = kernel_call(__NR_fcntl, fd, F_SETFL, O_NONBLOCK);
  if (flags < 0) return flags;
  while (kernel_call(__NR_read, fd, events, sizeof events) > 0) continue;
  return fd;
}

static long make(const struct descriptor *descriptor) {
  switch (descriptor->kind) {
    case EVENT:
      return make_event(descriptor);
    case TIMER:
      return make_timer(descriptor);
    case INOTIFY:
      return make_inotify(descriptor);
    case RING:
      return ring_make(descriptor->ring);
    case EPOLL:
      return kernel_call(__NR_epoll_create1, 0);
    case PIPE:
      break;
  }
  return -EINVAL;
}

/* Puts an open file at the descriptor's number, with the descriptor's flags. */
static long place(long fd, const struct descriptor *descriptor) {
  long error = kernel_call(__NR_dup3, fd, descriptor->fd, descriptor->flags & O_CLOEXEC);
  if (error < 0) return error;
  error = kernel_call(__NR_fcntl, descriptor->fd, F_SETFL, descriptor->flags & ~O_CLOEXEC);
  return error < 0 ? error : 0;
}

static long renew(const struct descriptor *descriptor) {
  if (descriptor->kind == PIPE) {
    const struct descriptor *maker = descriptor->pipe.maker;
    return maker ? place(maker->pipe.ends[is_reader(descriptor) ? 0 : 1], descriptor) : 0;
  }
  if (descriptor->same) return place(descriptor->same->fd, descriptor);
  long fd = make(descriptor);
  if (fd < 0) return fd;
  long error = place(fd, descriptor);
  kernel_call(__NR_close, fd);
  return error;
}

static long register_all(const struct descriptor *epoll) {
  const struct registration *registration = epoll->registrations;
  for (; registration; registration = registration->next) {
    struct epoll_event event = registration->event;
    long error = kernel_call(__NR_epoll_ctl, epoll->fd, EPOLL_CTL_ADD, registration->fd, &event);
    if (error) return error;
  }
  return 0;
}

long descriptors_renew(struct descriptor *descriptors) {
  for (struct descriptor *descriptor = descriptors; descriptor; descriptor = descriptor->next) {
    long error = renew(descriptor);
    if (error) return error;
  }
  /* Last, when every file that an epoll watches exists. It may watch another epoll. */
  for (struct descriptor *descriptor = descriptors; descriptor; descriptor = descriptor->next) {
    if (descriptor->kind != EPOLL || descriptor->same) continue;
    long error = register_all(descriptor);
    if (error) return error;
  }
  descriptors_forget(descriptors);
  return 0;
}
