#define _GNU_SOURCE
#include "exit.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "background.h"
#include "v8.h"

/* From node.h, which is C++. A v8::Local is one pointer. */
struct environment;
struct context;
typedef struct context *get_context(struct isolate *isolate);
typedef struct environment *get_environment(struct context *context);
typedef void run_at_exit(struct environment *environment);
typedef void tear_down(struct environment *environment, int status);

/* A std::function<void(Environment *, int)> as libstdc++ lays it out. The layout is part of libstdc++'s ABI, and only a
 * Node built with libstdc++ has the symbol that takes one. */
struct exit_handler {
  void *state[2];
  bool (*manage)(void *to, const void *from, int operation);
  void (*call)(const void *state, struct environment **environment, int *status);
};
typedef void set_exit_handler(struct environment *environment, struct exit_handler *handler);

static struct {
  /* Of the thread that called exit_without_teardown(). Each worker_thread has its own environment. */
  struct isolate *isolate;
  struct environment *environment;
  run_at_exit *run_at_exit;
  tear_down *tear_down;
  uint32_t patience;
  int status;
  bool has_status;
} state;

static _Noreturn void leave(int status) {
  /* For native code that printed through stdio. */
  fflush(NULL);
  _exit(status);
}

static void *lose_patience(void *argument) {
  (void)argument;
  struct timespec rest = {.tv_sec = state.patience / 1000, .tv_nsec = state.patience % 1000 * 1000000L};
  while (nanosleep(&rest, &rest) != 0 && errno == EINTR) continue;
  _exit(state.status);
}

/* Whether Node should continue its teardown. If so, starts the time limit. */
static bool is_patient(int status) {
  state.status = status;
  return state.patience > 0 && background_start(lose_patience, NULL) == 0;
}

/* std::function calls this to copy or destroy its state. There is none. */
static bool manage(void *to, const void *from, int operation) {
  (void)to;
  (void)from;
  (void)operation;
  return false;
}

/* process.exit() and uncaught exceptions end here, after the callbacks that were registered with node::AtExit(). */
static void handle_exit(const void *nothing, struct environment **environment, int *status) {
  (void)nothing;
  if (is_patient(*status)) state.tear_down(*environment, *status);
  leave(*status);
}

static struct environment *current_environment(void) {
  get_context *context_of = (get_context *)v8_method("_ZN2v87Isolate17GetCurrentContextEv");
  get_environment *environment_of =
      (get_environment *)v8_method("_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE");
  struct isolate *isolate = v8_isolate();
  if (!context_of || !environment_of || !isolate) return NULL;
  struct context *context = context_of(isolate);
  return context ? environment_of(context) : NULL;
}

long exit_without_teardown(uint32_t patience) {
  set_exit_handler *set =
      (set_exit_handler *)v8_method("_ZN4node21SetProcessExitHandlerEPNS_11EnvironmentEOSt8functionIFvS1_iEE");
  state.run_at_exit = (run_at_exit *)v8_method("_ZN4node9RunAtExitEPNS_11EnvironmentE");
  state.tear_down = (tear_down *)v8_method("_ZN4node25DefaultProcessExitHandlerEPNS_11EnvironmentEi");
  struct environment *environment = current_environment();
  if (!set || !state.run_at_exit || !state.tear_down || !environment) return -ENOSYS;
  struct exit_handler handler = {.manage = manage, .call = handle_exit};
  set(environment, &handler);
  state.isolate = v8_isolate();
  state.environment = environment;
  state.patience = patience;
  return 0;
}

void exit_note_status(int status) {
  state.status = status;
  state.has_status = true;
}

void exit_now(void) {
  bool is_ours = state.isolate && state.isolate == v8_isolate();
  if (!is_ours || !state.has_status || is_patient(state.status)) return;
  state.run_at_exit(state.environment);
  leave(state.status);
}
