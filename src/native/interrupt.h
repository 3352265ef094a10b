/*
 * A signal that is answered even while JavaScript blocks the event loop. V8 is asked to interrupt JavaScript, which it
 * does at the next call, at the next turn of a loop, or within a regular expression.
 *
 * Optimized code relies on an interrupt writing to nothing that it can see (V8's name for the level of this one is
 * kNoHeapWrites), so no JavaScript may run in it. The interrupt only notes where JavaScript is. The event loop does the
 * rest when it turns; if it does not turn soon, a thread writes a line.
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
