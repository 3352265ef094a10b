#define _GNU_SOURCE
#include "locks.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "kernel.h"
#include "libc.h"
#include "memory.h"

/* Address ranges in which a thread that takes a lock can be: the library that implements locks; the library that reads
 * the clock, which is a different one before glibc 2.34; and the vDSO. */
static struct range {
  uintptr_t start;
  uintptr_t end;
} lock_library, time_library, clock_code;

/* An upper bound for the size of the vDSO. */
enum { CLOCK_BYTES = 4 * 4096 };

static bool contains(const struct range *range, uintptr_t address) {
  return address >= range->start && address < range->end;
}

/* A function, and the executable segment that contains it. */
struct search {
  uintptr_t function;
  struct range library;
};

static int look_into(struct dl_phdr_info *info, size_t bytes, void *context) {
  (void)bytes;
  struct search *search = context;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
    struct range range = {.start = info->dlpi_addr + segment->p_vaddr};
    range.end = range.start + segment->p_memsz;
    if (!contains(&range, search->function)) continue;
    search->library = range;
    return 1;
  }
  return 0;
}

static struct range library_of(const char *function) {
  struct search search = {.function = (uintptr_t)dlsym(RTLD_DEFAULT, function)};
  dl_iterate_phdr(look_into, &search);
  return search.library;
}

void locks_prepare(void) {
  lock_library = library_of("pthread_mutex_lock");
  time_library = library_of("clock_gettime");
  clock_code.start = getauxval(AT_SYSINFO_EHDR);
  clock_code.end = clock_code.start + CLOCK_BYTES;
}

/*
 * Whether the thread's id is in a register or near the top of its stack. Whichever libc function takes a lock, and
 * however it was compiled: between reading the thread's id and writing it, the id is in a register, or on the stack in
 * the frame of that function or of one that it calls. These frames are small.
 */
static bool has_its_id_at_hand(const struct thread *thread) {
  enum { STACK_BYTES = 384 };
  const ucontext_t *context = thread->context;
  for (int i = 0; i < KERNEL_REGISTERS; ++i) {
    if ((int)kernel_register(context, i) == thread->tid) return true;
  }
  const int *stack = (const int *)kernel_stack(context);
  for (const int *at = stack; at < stack + STACK_BYTES / sizeof *stack; ++at) {
    /* A stack that a library allocated itself may end with the previous page. */
    if ((uintptr_t)at % libc_page_bytes() == 0 && !kernel_can_read(at)) return false;
    if (*at == thread->tid) return true;
  }
  return false;
}

/*
 * Whether the thread waits for one of libc's low-level locks, which each mutex contains. libc waits while the lock is
 * 2. Without a timeout, nothing else waits this way. With one (pthread_mutex_timedlock()), the interrupted call may
 * have been another with the same arguments, but then the id is unlikely to be at hand.
 */
static bool is_waiting_for_lock(const struct thread *thread) {
  enum { CONTENDED = 2 };
  struct kernel_wait wait = kernel_wait_of(thread->context);
  int command = (int)wait.second & FUTEX_CMD_MASK;
  if ((int)wait.third != CONTENDED) return false;
  if (wait.number == __NR_futex) return command == FUTEX_WAIT;
  /* With a timeout, most versions of libc use FUTEX_WAIT_BITSET. */
  bool may_be_futex = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
  return wait.number == -EINTR && may_be_futex && has_its_id_at_hand(thread);
}

static bool is_taking(const struct thread *thread) {
  const ucontext_t *context = thread->context;
  if (kernel_was_waiting(context)) return is_waiting_for_lock(thread);
  uintptr_t at = kernel_next_instruction(context);
  bool may_be = contains(&lock_library, at) || contains(&time_library, at) || contains(&clock_code, at);
  return may_be && has_its_id_at_hand(thread);
}

bool locks_are_being_taken(const struct thread *threads) {
  for (const struct thread *thread = threads; thread; thread = thread->next) {
    if (!thread->absent && is_taking(thread)) return true;
  }
  return false;
}

typedef struct __pthread_mutex_s mutex;
typedef struct __pthread_rwlock_arch_t rwlock;

/* The threads of the original process, and the range of their ids, by which held locks are recognized. */
struct holders {
  const struct thread *threads;
  int lowest;
  int highest;
};

static struct holders find_holders(const struct thread *threads) {
  struct holders holders = {.threads = threads, .lowest = INT_MAX, .highest = 0};
  for (const struct thread *thread = threads; thread; thread = thread->next) {
    if (thread->tid < holders.lowest) holders.lowest = thread->tid;
    if (thread->tid > holders.highest) holders.highest = thread->tid;
  }
  return holders;
}

/* The new id of the thread that had this id in the original; 0 if none had it. */
static int heir(const struct holders *holders, int former) {
  for (const struct thread *thread = holders->threads; thread; thread = thread->next) {
    if (!thread->absent && thread->tid == former) return *libc_tid(thread->self);
  }
  return 0;
}

static bool is_zero(const void *from, const void *to) {
  for (const char *at = from; at < (const char *)to; ++at) {
    if (*at) return false;
  }
  return true;
}

/* No lock has more holders or waiters than this at a time. The users of a mutex include its holder, and threads that
 * wait for a condition variable with it. Every field is checked, so that no other data is mistaken for a lock. */
enum { MANY = 10000 };

static bool is_count(unsigned int count) { return count > 0 && count < MANY; }

static bool is_held_mutex(const mutex *lock) {
  /* The type, and the bits in which glibc records lock elision. */
  enum { TYPE = 0x7f, ELISION = 0x300 };
  int type = lock->__kind & TYPE;
  bool is_counted = type == PTHREAD_MUTEX_RECURSIVE_NP && is_count(lock->__count);
  bool is_checked = type == PTHREAD_MUTEX_ERRORCHECK_NP && lock->__count == 0;
  return (is_counted || is_checked) && (lock->__kind & ~(TYPE | ELISION)) == 0 &&
         (lock->__lock == 1 || lock->__lock == 2) && is_count(lock->__nusers) && is_zero(&lock->__list, lock + 1);
}

static bool is_held_rwlock(const rwlock *lock) {
  /* The low bits of __readers say that the lock is in its write phase and held by a writer; the count is above them.
   * Both futexes agree. */
  enum { WRITE_HELD = 3, COUNT_SHIFT = 3, FUTEX_HELD = 1, FUTEX_MAX = 3, FLAGS_MAX = 2 };
  return (lock->__readers & WRITE_HELD) == WRITE_HELD && lock->__readers >> COUNT_SHIFT < MANY &&
         lock->__writers < MANY && lock->__wrphase_futex & FUTEX_HELD && lock->__wrphase_futex <= FUTEX_MAX &&
         lock->__writers_futex & FUTEX_HELD && lock->__writers_futex <= FUTEX_MAX &&
         is_zero(&lock->__pad3, &lock->__cur_writer) && is_zero(&lock->__shared, &lock->__flags) &&
         lock->__flags <= FLAGS_MAX;
}

/* If the word is the owner in a held lock, replaces it with the new id. */
static void reown_word(int *word, const char *start, const char *end, const struct holders *holders) {
  mutex *as_mutex = (mutex *)((char *)word - offsetof(mutex, __owner));
  rwlock *as_rwlock = (rwlock *)((char *)word - offsetof(rwlock, __cur_writer));
  bool held = (char *)as_mutex >= start && (char *)(as_mutex + 1) <= end && is_held_mutex(as_mutex);
  held = held || ((char *)as_rwlock >= start && (char *)(as_rwlock + 1) <= end && is_held_rwlock(as_rwlock));
  int owner = held ? heir(holders, *word) : 0;
  if (owner) *word = owner;
}

static void reown_range(const char *start, const char *end, const struct holders *holders) {
  _Static_assert(offsetof(mutex, __owner) % 8 == 0 && offsetof(rwlock, __cur_writer) % 8 == 0, "every eighth byte");
  for (const char *at = start; at < end; at += 8) {
    int *word = (int *)at;
    if (*word >= holders->lowest && *word <= holders->highest) reown_word(word, start, end, holders);
  }
}

/* Whether a page was ever written, from its entry in /proc/self/pagemap. Most mapped pages were never touched, and
 * touching them now would take memory. A guard page also appears as swapped: from 2.43 on, glibc puts one below each
 * stack, in the middle of a mapping, if the kernel has MADV_GUARD_INSTALL (Linux 6.13). Touching it is fatal. */
static bool was_written(uint64_t entry, uintptr_t page, size_t bytes) {
  static const uint64_t present = (uint64_t)1 << 63, swapped = (uint64_t)1 << 62;
#ifndef MADV_POPULATE_READ
  enum { MADV_POPULATE_READ = 22 };
#endif
  if (entry & present) return true;
  /* Any other error means that this kernel has no such guard pages. */
  return entry & swapped && kernel_call(__NR_madvise, page, bytes, MADV_POPULATE_READ) != -EFAULT;
}

static long reown_mapping(long pagemap, const struct mapping *mapping, const struct holders *holders) {
  enum { BATCH = 512 };
  size_t page = libc_page_bytes();
  uint64_t pages[BATCH];
  /* The start of a run of written pages: a lock may span two. */
  const char *start = NULL;
  for (uintptr_t at = mapping->start; at < mapping->end;) {
    size_t count = (mapping->end - at) / page;
    if (count > BATCH) count = BATCH;
    size_t wanted = count * sizeof *pages;
    long bytes = kernel_call(__NR_pread64, pagemap, pages, wanted, at / page * sizeof *pages);
    if (bytes != (long)wanted) return bytes < 0 ? bytes : -EIO;
    for (size_t i = 0; i < count; ++i, at += page) {
      if (was_written(pages[i], at, page)) {
        if (!start) start = (const char *)at;
      } else if (start) {
        reown_range(start, (const char *)at, holders);
        start = NULL;
      }
    }
  }
  if (start) reown_range(start, (const char *)mapping->end, holders);
  return 0;
}

long locks_reown(const char *maps, const struct thread *threads) {
  struct holders holders = find_holders(threads);
  long pagemap = kernel_call(__NR_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (pagemap < 0) return pagemap;
  long error = 0;
  struct mapping mapping;
  while (!error && memory_next(&maps, &mapping)) {
    if (mapping.writable && !mapping.shared) error = reown_mapping(pagemap, &mapping, &holders);
  }
  kernel_call(__NR_close, pagemap);
  return error;
}
