/*
 * Answers a signal even while JavaScript blocks the event loop. V8 interrupts JavaScript at the next function call, at
 * the next iteration of a loop, or within a regular expression.
 *
 * Optimized code relies on interrupts that write nothing to the heap (V8 calls this level kNoHeapWrites), so the
 * interrupt must not run JavaScript. It only records the stack. The event loop does the rest when it turns. If the
 * event loop does not turn soon, the helper thread writes a line instead.
 */
#ifndef SWARM_INTERRUPT_H
#define SWARM_INTERRUPT_H

#include <stdint.h>

#include <node_api.h>

struct interrupt {
  int signal;
  /* Called on the event loop, where JavaScript can run. `blocked`: how long the event loop had not turned, in
   * milliseconds. `stack`: what was running. */
  void (*answer)(napi_env env, napi_value listener, uint64_t blocked, const char *stack);
  /* Written to `fd` if the event loop does not turn. Each % is replaced, in this order: how long the event loop has not
   * turned, in seconds; resident memory, used heap and total heap, in megabytes; the stack. Freed with free(). */
  int fd;
  char *line;
  /* Prefix of paths to omit from the stack, see stack.h. Freed with free(). */
  char *own;
};

/* Starts answering the signal for the calling thread's V8. Call this once. Signals before an answer count as one. Takes
 * ownership of `interrupt` on success. Returns 0 or a negative errno (ENOSYS: an addon cannot interrupt this Node). */
long interrupt_begin(napi_env env, napi_value listener, struct interrupt interrupt);

#endif
