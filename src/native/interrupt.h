/*
 * A signal that is answered although JavaScript keeps the event loop from it: V8 is asked to interrupt that, which it
 * does at the next call or turn of a loop, or of a regular expression.
 *
 * Optimized code relies on an interrupt writing to nothing that it can see (V8's own name for this one's level is
 * kNoHeapWrites), and so no JavaScript may run in it. All that is done there is to note where JavaScript is. The event
 * loop does the rest when it turns; where it does not do that soon, a thread writes a line.
 */
#ifndef SWARM_INTERRUPT_H
#define SWARM_INTERRUPT_H

#include <stdint.h>

#include <node_api.h>

struct interrupt {
  int signal;
  /* Called with JavaScript on the event loop: for how long that had not turned, milliseconds, and what was running. */
  void (*answer)(napi_env env, napi_value listener, uint64_t blocked, const char *stack);
  /* What is written to `fd` where the event loop does not turn: each % of it in turn becomes for how long it has not,
   * seconds; the resident memory; the used and the whole heap, megabytes; and the stack. Freed with free(). */
  int fd;
  char *line;
  /* What begins so is not told, see stack.h. Freed with free(). */
  char *own;
};

/* For the calling thread's V8, and once; several signals that came before an answer are one. Takes over `interrupt` if
 * it succeeds. 0 or a negative errno; ENOSYS: this Node does not let an addon do that. */
long interrupt_begin(napi_env env, napi_value listener, struct interrupt interrupt);

#endif
