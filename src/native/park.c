#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "proc.h"
#include "threads.h"

/* glibc reserves this signal for setxid(): pthread_sigmask() cannot block it, so it reaches every thread. */
enum { PARK_SIGNAL = 33 };

/* How long a thread may take to start, to exit or to leave the kernel, and how often to check, in nanoseconds. */
enum { PARK_TIMEOUT = 1000 * 1000 * 1000, PARK_TICK = 1000 * 1000 };

/* Shared by the handler and the parking thread. It outlives each parking, so that a late signal finds it idle. */
static struct {
  /* The number of the current parking, which tells its signals from older and foreign ones; 0 if there is none. */
  _Atomic int epoch;
  /* The epoch while threads must stay parked; a futex. */
  _Atomic int gate;
  /* Counts threads that have parked; a futex. */
  _Atomic int arrivals;
  /* Counts threads that are in the handler; a futex. */
  _Atomic int inside;
  _Atomic(struct thread *) threads;
  int last_epoch;
  struct kernel_action former;
} parking;

static uint64_t now(void) {
  struct timespec time;
  kernel_call(__NR_clock_gettime, CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* The handler: records the state of its thread, then waits. */
static void park(int signal, siginfo_t *info, void *context) {
  int tid = (int)kernel_call(__NR_gettid);
  int epoch = info->si_code == SI_QUEUE && info->si_pid == kernel_call(__NR_getpid) ? info->si_value.sival_int : 0;
  /* Count before checking the epoch: threads_release() waits for this thread, or this thread sees a new epoch. */
  atomic_fetch_add(&parking.inside, 1);
  bool ours = epoch != 0 && epoch == atomic_load(&parking.epoch);
  struct thread *thread = ours ? atomic_load(&parking.threads) : NULL;
  while (thread && thread->tid != tid) thread = thread->next;
  if (thread) {
    thread->self = (char *)pthread_self();
    thread->thread_pointer = __builtin_thread_pointer();
    thread->info = info;
    thread->context = context;
    kernel_call(__NR_get_robust_list, 0, &thread->robust_list, &thread->robust_list_bytes);
    kernel_call(__NR_prctl, PR_GET_TID_ADDRESS, &thread->clear_address);
    kernel_call(__NR_prctl, PR_GET_NAME, thread->name);
    thread->seccomp = (int)kernel_call(__NR_prctl, PR_GET_SECCOMP);
    atomic_store(&thread->parked, true);
    atomic_fetch_add(&parking.arrivals, 1);
    kernel_wake_all(&parking.arrivals);
    while (atomic_load(&parking.gate) == epoch) kernel_wait(&parking.gate, epoch, NULL);
  }
  if (atomic_fetch_sub(&parking.inside, 1) == 1) kernel_wake_all(&parking.inside);
  /* A signal from another sender, such as glibc itself, must not be lost. */
  if (epoch == 0 && parking.former.flags & SA_SIGINFO) parking.former.handler(signal, info, context);
}

struct search {
  struct arena *arena;
  int pid;
  int caller;
  /* Counts of one listing: all threads, and those that no earlier listing showed. */
  int listed;
  int found;
};

/* Signals a thread that is new in this parking. */
static long summon(void *context, int tid) {
  struct search *search = context;
  ++search->listed;
  if (tid == search->caller) return 0;
  for (struct thread *known = atomic_load(&parking.threads); known; known = known->next) {
    if (known->tid == tid) return 0;
  }
  struct thread *thread = arena_take(search->arena, sizeof *thread);
  if (!thread) return -ENOMEM;
  thread->tid = tid;
  thread->next = atomic_load(&parking.threads);
  atomic_store(&parking.threads, thread);
  ++search->found;

  siginfo_t info = {.si_code = SI_QUEUE};
  info.si_pid = search->pid;
  info.si_value.sival_int = atomic_load(&parking.epoch);
  long error = kernel_call(__NR_rt_tgsigqueueinfo, search->pid, tid, PARK_SIGNAL, &info);
  if (error != -ESRCH) return error;
  thread->absent = true;
  return 0;
}

/* Whether the thread is an io_uring helper: it shares this process's memory, but runs only in the kernel. */
static bool is_kernel_helper(struct arena *arena, int tid) {
  enum { PF_IO_WORKER = 0x10, FIELDS_BEFORE_FLAGS = 6 };
  char *path = proc_path(arena, "/proc/self/task/", tid, "/stat");
  char *text;
  if (!path || proc_read(arena, path, &text) != 0) return false;
  /* The name can contain anything, and ends at the last parenthesis. */
  const char *at = strrchr(text, ')');
  for (int field = 0; at && field <= FIELDS_BEFORE_FLAGS; ++field) {
    at = strchr(at, ' ');
    if (at) ++at;
  }
  uint64_t flags;
  return at && scan_number(&at, 10, &flags) && flags & PF_IO_WORKER;
}

static int missing(void) {
  int count = 0;
  for (struct thread *thread = atomic_load(&parking.threads); thread; thread = thread->next) {
    count += !thread->absent && !atomic_load(&thread->parked);
  }
  return count;
}

/* Waits until every summoned thread has parked or is known to be absent. */
static long await_arrivals(struct search *search, uint64_t deadline) {
  static const struct timespec tick = {.tv_nsec = PARK_TICK};
  for (;;) {
    int seen = atomic_load(&parking.arrivals);
    if (missing() == 0) return 0;
    if (kernel_wait(&parking.arrivals, seen, &tick) != -ETIMEDOUT) continue;
    for (struct thread *thread = atomic_load(&parking.threads); thread; thread = thread->next) {
      if (thread->absent || atomic_load(&thread->parked)) continue;
      thread->absent = kernel_call(__NR_tgkill, search->pid, thread->tid, 0) == -ESRCH ||
                       is_kernel_helper(search->arena, thread->tid);
    }
    if (now() >= deadline) return missing() == 0 ? 0 : -EAGAIN;
  }
}

/* A listing stops early if a thread exits during it. It is complete if it has as many threads as the kernel counts. */
static bool is_complete(const struct search *search) {
  char *status;
  uint64_t threads;
  return proc_read(search->arena, "/proc/self/status", &status) == 0 && scan_field(status, "Threads:", 10, &threads) &&
         threads == (uint64_t)search->listed;
}

static long summon_all(struct search *search) {
  long directory = kernel_call(__NR_openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return directory;
  uint64_t deadline = now() + PARK_TIMEOUT;
  long error = 0;
  /* A thread may start while the others are being listed. Once two complete listings in a row show no new thread, every
   * thread that could create one is parked. */
  for (int unchanged = 0; unchanged < 2 && !error;) {
    search->listed = search->found = 0;
    error = proc_numbers((int)directory, summon, search);
    if (!error) error = await_arrivals(search, deadline);
    if (!error && now() >= deadline) error = -EAGAIN;
    unchanged = search->found == 0 && is_complete(search) ? unchanged + 1 : 0;
  }
  kernel_call(__NR_close, directory);
  return error;
}

long threads_park(struct arena *arena, struct thread **threads) {
  struct kernel_action action = {.handler = park, .flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK, .mask = ~(uint64_t)0};
#if defined(__x86_64__)
  action.flags |= KERNEL_SA_RESTORER;
  action.restorer = kernel_restore;
#endif
  parking.last_epoch = parking.last_epoch == INT32_MAX ? 1 : parking.last_epoch + 1;
  atomic_store(&parking.threads, NULL);
  atomic_store(&parking.gate, parking.last_epoch);
  atomic_store(&parking.epoch, parking.last_epoch);

  struct kernel_action former;
  long error = kernel_set_action(PARK_SIGNAL, &action, &former);
  if (error) return error;
  if (former.handler != park) parking.former = former;

  struct search search = {
      .arena = arena, .pid = (int)kernel_call(__NR_getpid), .caller = (int)kernel_call(__NR_gettid)};
  error = summon_all(&search);
  if (error) {
    threads_release();
    return error;
  }
  *threads = atomic_load(&parking.threads);
  return 0;
}

void threads_release(void) {
  /* If a signal is still pending, libc's own action could end the process. So the handler stays, and passes on signals
   * that are not its own. */
  bool outstanding = missing() > 0;
  atomic_store(&parking.epoch, 0);
  atomic_store(&parking.gate, 0);
  kernel_wake_all(&parking.gate);
  for (int inside; (inside = atomic_load(&parking.inside)) > 0;) kernel_wait(&parking.inside, inside, NULL);
  atomic_store(&parking.threads, NULL);
  if (!outstanding) kernel_set_action(PARK_SIGNAL, &parking.former, NULL);
}

bool threads_are_idle(const struct thread *threads) {
  for (const struct thread *thread = threads; thread; thread = thread->next) {
    if (!thread->absent && !kernel_was_waiting(thread->context)) return false;
  }
  return true;
}

long threads_forget_parking(void) {
  atomic_store(&parking.epoch, 0);
  atomic_store(&parking.gate, 0);
  atomic_store(&parking.inside, 0);
  atomic_store(&parking.threads, NULL);
  return kernel_set_action(PARK_SIGNAL, &parking.former, NULL);
}
