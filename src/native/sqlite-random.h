/* SQLite's random number generator, behind randomblob(), random() and the names of temporary files. */
#ifndef SWARM_SQLITE_RANDOM_H
#define SWARM_SQLITE_RANDOM_H

/*
 * Makes each SQLite that has already drawn, Node's own and those inside addons, take a new seed from the system at its
 * next draw. Otherwise all copies of a process would draw the same numbers.
 *
 * Returns how many there were.
 */
int sqlite_random_renew(void);

#endif
