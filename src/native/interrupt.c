#define _GNU_SOURCE
#include "interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "background.h"
#include "kernel.h"
#include "proc.h"
#include "stack.h"
#include "v8.h"

/* From uv.h, which node-api-headers does not contain. These are part of libuv's stable interface. */
struct uv_loop_s;
extern uint64_t uv_now(const struct uv_loop_s *loop);
extern uint64_t uv_hrtime(void);

typedef void request_interrupt(struct isolate *isolate, void (*callback)(struct isolate *, void *), void *data);

/* How long the event loop may take to turn after the interrupt, in nanoseconds. */
enum { PATIENCE = 100 * 1000 * 1000 };

/* In bytes: a stack that fits into a log line with everything else, and that line. */
enum { STACK_BYTES = 1500, LINE_BYTES = 3000 };

enum stage { NOTHING, ASKED, NOTED, WRITING };

static struct {
  struct interrupt interrupt;
  napi_env env;
  struct uv_loop_s *loop;
  napi_threadsafe_function turn;
  request_interrupt *request;
  /* NULL once it has ended. It must not end during a request; `lock` prevents that. */
  struct isolate *isolate;
  pthread_mutex_t lock;
  sigset_t signals;
  /* 1 after a signal, until V8 is asked for an interrupt; a futex. */
  _Atomic int signalled;
  /* Only the helper thread sets ASKED and WRITING, and only V8's thread sets NOTED. Either may answer. A futex. */
  _Atomic int stage;
  /* Whether the event loop has been woken and has not turned yet. */
  _Atomic bool called;
  /* What the interrupt recorded. */
  uint64_t blocked;
  struct heap_size heap;
  char stack[STACK_BYTES];
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Wakes the helper thread. Requesting an interrupt takes V8's locks, so a signal handler cannot do it. */
static void signalled(int signal) {
  (void)signal;
  atomic_store(&state.signalled, 1);
  kernel_wake_all(&state.signalled);
}

static bool advance(int from, int to) {
  bool advanced = atomic_compare_exchange_strong(&state.stage, &from, to);
  if (advanced) kernel_wake_all(&state.stage);
  return advanced;
}

/* ---- In V8's thread */

/* How long the current turn of the event loop has taken, in milliseconds. */
static uint64_t turn_duration(void) {
  uint64_t now = uv_hrtime() / 1000000;
  uint64_t begun = uv_now(state.loop);
  return now > begun ? now - begun : 0;
}

/* Runs in the middle of JavaScript, and must not run any itself. */
static void interrupted(struct isolate *isolate, void *data) {
  (void)isolate;
  (void)data;
  if (atomic_load(&state.stage) != ASKED) return;
  state.blocked = turn_duration();
  state.heap = v8_heap_size();
  stack_describe(state.env, state.interrupt.own, state.stack, sizeof state.stack);
  advance(ASKED, NOTED);
}

/* Called when the event loop turns. */
static void turned(napi_env env, napi_value listener, void *context, void *data) {
  (void)context;
  (void)data;
  atomic_store(&state.called, false);
  /* NULL if the environment is ending. */
  if (!env) return;
  if (advance(ASKED, NOTHING)) {
    state.interrupt.answer(env, listener, 0, "");
  } else if (advance(NOTED, NOTHING)) {
    state.interrupt.answer(env, listener, state.blocked, state.stack);
  }
}

/* Called before V8 ends. From now on the signal has no effect. */
static void end(void *context) {
  (void)context;
  pthread_mutex_lock(&state.lock);
  state.isolate = NULL;
  pthread_mutex_unlock(&state.lock);
  atomic_store(&state.stage, NOTHING);
  kernel_wake_all(&state.stage);
}

/* ---- In the helper thread */

static bool ask(void) {
  pthread_mutex_lock(&state.lock);
  bool lives = state.isolate != NULL;
  if (lives) {
    atomic_store(&state.stage, ASKED);
    state.request(state.isolate, interrupted, NULL);
    /* A failure means that the environment is ending and needs no answer. */
    if (!atomic_exchange(&state.called, true)) napi_call_threadsafe_function(state.turn, NULL, napi_tsfn_nonblocking);
  }
  pthread_mutex_unlock(&state.lock);
  return lives;
}

/* Writes the line in a single call, which the kernel performs completely or not at all. */
static void write_line(void) {
  enum { NUMBER_BYTES = 24, VALUES = 5 };
  char seconds[NUMBER_BYTES], resident[NUMBER_BYTES], used[NUMBER_BYTES], whole[NUMBER_BYTES];
  double blocked = (double)state.blocked / 1000;
  snprintf(seconds, sizeof seconds, "%.*f", blocked < 10 ? 1 : 0, blocked);
  snprintf(resident, sizeof resident, "%zu", proc_resident() >> 20);
  snprintf(used, sizeof used, "%zu", state.heap.used >> 20);
  snprintf(whole, sizeof whole, "%zu", state.heap.whole >> 20);
  const char *values[VALUES] = {seconds, resident, used, whole, state.stack};

  char line[LINE_BYTES];
  size_t length = 0, next = 0;
  for (const char *at = state.interrupt.line; *at; ++at) {
    char plain[] = {*at, 0};
    const char *piece = *at == '%' && next < VALUES ? values[next++] : plain;
    size_t bytes = strlen(piece);
    if (length + bytes > sizeof line) return;
    memcpy(line + length, piece, bytes);
    length += bytes;
  }
  /* The channel may have no reader. There is no other way to report this. */
  ssize_t written = write(state.interrupt.fd, line, length);
  (void)written;
}

static void await_answer(void) {
  static const struct timespec patience = {.tv_nsec = PATIENCE};
  while (atomic_load(&state.stage) == ASKED) kernel_wait(&state.stage, ASKED, NULL);
  while (atomic_load(&state.stage) == NOTED) {
    if (kernel_wait(&state.stage, NOTED, &patience) == -ETIMEDOUT && advance(NOTED, WRITING)) {
      write_line();
      advance(WRITING, NOTHING);
    }
  }
}

static void *serve(void *argument) {
  (void)argument;
  pthread_sigmask(SIG_UNBLOCK, &state.signals, NULL);
  for (;;) {
    while (atomic_exchange(&state.signalled, 0) == 0) kernel_wait(&state.signalled, 0, NULL);
    if (ask()) await_answer();
  }
  return NULL;
}

/* ---- Setup */

static bool find_methods(void) {
  state.request = (request_interrupt *)v8_method("_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_");
  state.isolate = v8_isolate();
  return state.request && state.isolate && stack_is_known();
}

/* Makes a threadsafe function that does not keep the process alive. */
static bool make_turn(napi_env env, napi_value listener) {
  napi_value name;
  return napi_create_string_utf8(env, "swarm interrupt", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_get_uv_event_loop(env, &state.loop) == napi_ok &&
         napi_create_threadsafe_function(env, listener, NULL, name, 0, 1, NULL, NULL, NULL, turned, &state.turn) ==
             napi_ok &&
         napi_unref_threadsafe_function(env, state.turn) == napi_ok &&
         /* Hooks run in reverse order: this one stops the helper thread before the function is destroyed. */
         napi_add_env_cleanup_hook(env, end, NULL) == napi_ok;
}

long interrupt_begin(napi_env env, napi_value listener, struct interrupt interrupt) {
  if (state.env) return -EALREADY;
  if (!find_methods()) return -ENOSYS;
  if (!make_turn(env, listener)) return -EINVAL;
  state.env = env;
  state.interrupt = interrupt;
  sigemptyset(&state.signals);
  sigaddset(&state.signals, interrupt.signal);
  struct sigaction action = {.sa_handler = signalled, .sa_flags = SA_RESTART};
  struct sigaction former;
  sigfillset(&action.sa_mask);
  if (sigaction(interrupt.signal, &action, &former) != 0) return -errno;
  long error = background_start(serve, NULL);
  if (error) {
    sigaction(interrupt.signal, &former, NULL);
    return error;
  }
  /* Another thread must take the signal: libuv loses its idle time when a signal interrupts its wait. */
  return -pthread_sigmask(SIG_BLOCK, &state.signals, NULL);
}
