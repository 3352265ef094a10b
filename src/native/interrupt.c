#define _GNU_SOURCE
#include "interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "background.h"
#include "kernel.h"
#include "v8.h"

/* Of uv.h, which node-api-headers do not carry. These are part of its stable interface. */
extern uint64_t uv_now(const struct uv_loop_s *loop);
extern uint64_t uv_hrtime(void);

typedef void request_interrupt(struct isolate *isolate, void (*callback)(struct isolate *, void *), void *data);

static struct {
  void (*answer)(void);
  void (*wake)(void);
  request_interrupt *request;
  /* NULL when it has ended. It must not do so while it is asked for something. */
  struct isolate *isolate;
  pthread_mutex_t lock;
  sigset_t signals;
  /* The signal has come and V8 was not asked yet; a futex. */
  _Atomic int noted;
  /* V8 was asked and has not answered yet. */
  _Atomic bool asked;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* V8 takes locks to be asked for an interrupt, so that a signal handler cannot do it. */
static void note(int signal) {
  (void)signal;
  atomic_store(&state.noted, 1);
  kernel_wake_all(&state.noted);
}

static void interrupted(struct isolate *isolate, void *data) {
  (void)isolate;
  (void)data;
  if (atomic_exchange(&state.asked, false)) state.answer();
}

static void *ask(void *argument) {
  (void)argument;
  pthread_sigmask(SIG_UNBLOCK, &state.signals, NULL);
  for (;;) {
    while (atomic_exchange(&state.noted, 0) == 0) kernel_wait(&state.noted, 0, NULL);
    pthread_mutex_lock(&state.lock);
    if (state.isolate && !atomic_exchange(&state.asked, true)) {
      state.request(state.isolate, interrupted, NULL);
      state.wake();
    }
    pthread_mutex_unlock(&state.lock);
  }
  return NULL;
}

static long find_isolate(void) {
  state.request = (request_interrupt *)v8_method("_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_");
  state.isolate = v8_isolate();
  return state.request && state.isolate ? 0 : -ENOSYS;
}

long interrupt_begin(int signal, void (*answer)(void), void (*wake)(void)) {
  if (state.answer) return -EALREADY;
  long error = find_isolate();
  if (error) return error;
  state.answer = answer;
  state.wake = wake;
  sigemptyset(&state.signals);
  sigaddset(&state.signals, signal);
  struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
  struct sigaction former;
  sigfillset(&action.sa_mask);
  if (sigaction(signal, &action, &former) != 0) return -errno;
  error = background_start(ask, NULL);
  if (error) {
    sigaction(signal, &former, NULL);
    return error;
  }
  /* Others are to take it: libuv forgets how long it was idle when a signal ends its wait. */
  return -pthread_sigmask(SIG_BLOCK, &state.signals, NULL);
}

void interrupt_end(void) {
  pthread_mutex_lock(&state.lock);
  state.isolate = NULL;
  /* What V8 was asked for it may still do, but there is nobody left who could answer. */
  atomic_store(&state.asked, false);
  pthread_mutex_unlock(&state.lock);
}

uint64_t interrupt_turn(struct uv_loop_s *loop) {
  uint64_t now = uv_hrtime() / 1000000;
  uint64_t begun = uv_now(loop);
  return now > begun ? now - begun : 0;
}
