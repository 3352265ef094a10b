/*
 * A signal that is answered although JavaScript keeps the event loop from it: V8 is asked to interrupt that, which it
 * does at the next call or turn of a loop, or of a regular expression.
 */
#ifndef SWARM_INTERRUPT_H
#define SWARM_INTERRUPT_H

#include <stdint.h>

struct uv_loop_s;

/*
 * For the calling thread's V8, and once: `answer` is called there soon after the signal has come; several that came
 * before that are one. `wake` is called on another thread, and is to let the event loop run JavaScript, no matter
 * which: it may have nothing else to do. 0 or a negative errno; ENOSYS: this Node does not let an addon do that.
 */
long interrupt_begin(int signal, void (*answer)(void), void (*wake)(void));

/* V8 is about to end. Nothing is called any more, and the signal has no effect. */
void interrupt_end(void);

/* How long the event loop has been about what it does now, milliseconds. */
uint64_t interrupt_turn(struct uv_loop_s *loop);

#endif
