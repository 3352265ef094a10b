/* Another program in place of this one. */
#ifndef SWARM_EXECUTE_H
#define SWARM_EXECUTE_H

#include <stddef.h>
#include <stdint.h>

/*
 * execve(2). The descriptors stay open, although Node has them closed on exec, and stdio is blocking, although Node
 * makes pipes non-blocking for all who share them. A negative errno, and this process is as it was; otherwise it does
 * not return.
 */
long process_execute(const char *path, char *const arguments[], char *const environment[], const int32_t *descriptors,
                     size_t count);

#endif
