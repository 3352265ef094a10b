/* Asks V8 which JavaScript is running, without running any. */
#ifndef SWARM_STACK_H
#define SWARM_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include <node_api.h>

/* Finds V8's methods. Returns whether this Node has all of them. Call this first. */
bool stack_is_known(void);

/*
 * Describes the functions that are running in the calling thread's isolate, innermost first:
 * "spin (/app/jobs.js:12:9) < work (/app/jobs.js:20:3)". Omits Node's functions, and those in a file or URL that begins
 * with `own`. The text has no quotation marks, backslashes or control characters. It is empty if no function of the
 * application is running.
 */
void stack_describe(napi_env env, const char *own, char *text, size_t size);

#endif
