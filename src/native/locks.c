#define _GNU_SOURCE
#include "locks.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>

#include "kernel.h"
#include "libc.h"
#include "memory.h"

/* glibc 2.34 moved these into libc. The names of before are in all of them. */
#if defined(__x86_64__)
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
__asm__(".symver dladdr1, dladdr1@GLIBC_2.3.3");
#else
__asm__(".symver dlsym, dlsym@GLIBC_2.17");
__asm__(".symver dladdr1, dladdr1@GLIBC_2.17");
#endif

/* The functions that make their caller the holder; not all of them are in every libc. */
static const char *const taker_names[] = {
    "pthread_mutex_lock",    "pthread_mutex_trylock",    "pthread_mutex_timedlock",    "pthread_mutex_clocklock",
    "pthread_rwlock_wrlock", "pthread_rwlock_trywrlock", "pthread_rwlock_timedwrlock", "pthread_rwlock_clockwrlock",
};
enum { TAKERS = sizeof taker_names / sizeof *taker_names };
static struct {
  uintptr_t start;
  uintptr_t end;
} takers[TAKERS];

void locks_prepare(void) {
  for (int i = 0; i < TAKERS; ++i) {
    const void *function = dlsym(RTLD_DEFAULT, taker_names[i]);
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    if (!function || !dladdr1(function, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol) continue;
    takers[i].start = (uintptr_t)info.dli_saddr;
    takers[i].end = takers[i].start + symbol->st_size;
  }
}

static bool is_in_taker(uintptr_t address) {
  /* Without the signature that an arm64 may have put above it. */
  address &= ((uintptr_t)1 << 48) - 1;
  for (int i = 0; i < TAKERS; ++i) {
    if (address >= takers[i].start && address < takers[i].end) return true;
  }
  return false;
}

static bool is_taking(const ucontext_t *context) {
  if (kernel_was_waiting(context)) return kernel_was_waiting_for_lock(context);
  if (is_in_taker(kernel_next_instruction(context)) || is_in_taker(kernel_return_address(context))) return true;
  /* It has been woken, and is on its way back from the wait, whose frame is small. */
  enum { FRAME_WORDS = 8 };
  const uintptr_t *stack = kernel_stack(context);
  for (int i = 0; i < FRAME_WORDS; ++i) {
    if (is_in_taker(stack[i])) return true;
  }
  return false;
}

bool locks_are_being_taken(const struct thread *threads) {
  for (const struct thread *thread = threads; thread; thread = thread->next) {
    if (!thread->absent && is_taking(thread->context)) return true;
  }
  return false;
}

typedef struct __pthread_mutex_s mutex;
typedef struct __pthread_rwlock_arch_t rwlock;

/* Who was copied, and by whose ids a lock can be known. */
struct holders {
  const struct thread *threads;
  int former_caller;
  int lowest;
  int highest;
};

static struct holders find_holders(const struct thread *threads, int former_caller) {
  struct holders holders = {.threads = threads, .former_caller = former_caller};
  holders.lowest = holders.highest = former_caller;
  for (const struct thread *thread = threads; thread; thread = thread->next) {
    if (thread->tid < holders.lowest) holders.lowest = thread->tid;
    if (thread->tid > holders.highest) holders.highest = thread->tid;
  }
  return holders;
}

/* The new id of the thread that had this one. 0: none had. */
static int heir(const struct holders *holders, int former) {
  if (former == holders->former_caller) return *libc_tid((char *)pthread_self());
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

/* No lock is held or waited for more often than this at one time. Every field is looked at: other things that the
 * memory holds must not be taken for a lock. */
enum { MANY = 10000 };

static bool is_held_mutex(const mutex *lock) {
  /* The type, and beside it what glibc notes of transactional memory. */
  enum { TYPE = 0x7f, ELISION = 0x300 };
  int type = lock->__kind & TYPE;
  return (type == PTHREAD_MUTEX_RECURSIVE_NP || type == PTHREAD_MUTEX_ERRORCHECK_NP) &&
         (lock->__kind & ~(TYPE | ELISION)) == 0 && (lock->__lock == 1 || lock->__lock == 2) && lock->__count < MANY &&
         lock->__nusers == 1 && is_zero(&lock->__list, lock + 1);
}

static bool is_held_rwlock(const rwlock *lock) {
  /* Of __readers, which counts above them: the write phase, and that a writer holds it. Both futexes say so too. */
  enum { WRITE_HELD = 3, COUNT_SHIFT = 3, FUTEX_HELD = 1, FUTEX_MAX = 3, FLAGS_MAX = 2 };
  return (lock->__readers & WRITE_HELD) == WRITE_HELD && lock->__readers >> COUNT_SHIFT < MANY &&
         lock->__writers < MANY && lock->__wrphase_futex & FUTEX_HELD && lock->__wrphase_futex <= FUTEX_MAX &&
         lock->__writers_futex & FUTEX_HELD && lock->__writers_futex <= FUTEX_MAX &&
         is_zero(&lock->__pad3, &lock->__cur_writer) && is_zero(&lock->__shared, &lock->__flags) &&
         lock->__flags <= FLAGS_MAX;
}

/* The word may be the owner in a lock that begins before it. */
static void reown_word(int *word, const char *start, const char *end, const struct holders *holders) {
  mutex *as_mutex = (mutex *)((char *)word - offsetof(mutex, __owner));
  rwlock *as_rwlock = (rwlock *)((char *)word - offsetof(rwlock, __cur_writer));
  bool held = (char *)as_mutex >= start && (char *)(as_mutex + 1) <= end && is_held_mutex(as_mutex);
  held = held || ((char *)as_rwlock >= start && (char *)(as_rwlock + 1) <= end && is_held_rwlock(as_rwlock));
  int owner = held ? heir(holders, *word) : 0;
  if (owner) *word = owner;
}

static void reown_range(const char *start, const char *end, const struct holders *holders) {
  _Static_assert(offsetof(mutex, __owner) % 8 == 0 && offsetof(rwlock, __cur_writer) % 8 == 0, "found at every eighth");
  for (const char *at = start; at < end; at += 8) {
    int *word = (int *)at;
    if (*word >= holders->lowest && *word <= holders->highest) reown_word(word, start, end, holders);
  }
}

/* By its eight bytes of /proc/self/pagemap. Most of what is mapped was never touched, and touching it now would take
 * memory. Guard pages say that they are swapped, too: glibc puts one below each stack (2.43, where Linux 6.13 has
 * MADV_GUARD_INSTALL), in the middle of a mapping, and to touch it is death. */
static bool was_written(uint64_t entry, uintptr_t page, size_t bytes) {
  static const uint64_t present = (uint64_t)1 << 63, swapped = (uint64_t)1 << 62;
#ifndef MADV_POPULATE_READ
  enum { MADV_POPULATE_READ = 22 };
#endif
  if (entry & present) return true;
  /* Any other error comes from a kernel that has no guard pages either. */
  return entry & swapped && kernel_call(__NR_madvise, page, bytes, MADV_POPULATE_READ) != -EFAULT;
}

static long reown_mapping(long pagemap, const struct mapping *mapping, const struct holders *holders) {
  enum { BATCH = 512 };
  size_t page = libc_page_bytes();
  uint64_t pages[BATCH];
  /* Of the pages that are there in a row: a lock may lie across two. */
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

long locks_reown(const char *maps, const struct thread *threads, int former_caller) {
  struct holders holders = find_holders(threads, former_caller);
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
