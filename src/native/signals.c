#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

static struct {
  bool held;
  struct sigaction former;
  _Atomic bool noted;
} signals[NSIG];

static void note(int signal) { atomic_store(&signals[signal].noted, true); }

static long hold(int signal) {
  struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
  struct sigaction former;
  sigfillset(&action.sa_mask);
  if (sigaction(signal, &action, &former) != 0) return -errno;
  /* Node's own handler for TERM and INT runs once, makes stdout blocking again and lets the signal kill the process.
   * Other workers share that stdout, and would block in their next write. */
  if (former.sa_flags & SA_RESETHAND) former = (struct sigaction){.sa_handler = SIG_DFL};
  /* `note` itself means that the signal is already held. Any other action must be restored on release. */
  if (former.sa_handler != note) signals[signal].former = former;
  signals[signal].held = true;
  return 0;
}

long signals_hold(const int32_t *list, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (list[i] < 1 || list[i] >= NSIG) return -EINVAL;
    long error = hold(list[i]);
    if (error) return error;
  }
  return 0;
}

void signals_forget(void) {
  for (int signal = 1; signal < NSIG; ++signal) atomic_store(&signals[signal].noted, false);
}

long signals_release(void) {
  for (int signal = 1; signal < NSIG; ++signal) {
    if (!signals[signal].held) continue;
    struct sigaction current;
    if (sigaction(signal, NULL, &current) != 0) return -errno;
    if (current.sa_handler == note && sigaction(signal, &signals[signal].former, NULL) != 0) return -errno;
    signals[signal].held = false;
    if (atomic_exchange(&signals[signal].noted, false) && kill(getpid(), signal) != 0) return -errno;
  }
  return 0;
}
