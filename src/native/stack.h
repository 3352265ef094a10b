/* What JavaScript is running, asked of V8 without running any. */
#ifndef SWARM_STACK_H
#define SWARM_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include <node_api.h>

/* Whether this Node lets an addon ask. */
bool stack_is_known(void);

/*
 * The functions that are running in the calling thread's isolate, innermost first: "spin (/app/jobs.js:12:9) < work
 * (/app/jobs.js:20:3)". It omits functions of Node, and those in a file or URL that begins with `own`. It has no
 * quotation marks, backslashes or control characters, and is empty if no function of the application is running.
 */
void stack_describe(napi_env env, const char *own, char *text, size_t size);

#endif
