/* SQLite's generator of random numbers: that of randomblob(), random(), and of the names of temporary files. */
#ifndef SWARM_SQLITE_RANDOM_H
#define SWARM_SQLITE_RANDOM_H

/*
 * Every SQLite in this process that has drawn before takes a new seed from the system when it draws again; Node's own,
 * and those inside of addons. The copies of a process would go on with the same numbers.
 *
 * Returns how many there were.
 */
int sqlite_random_renew(void);

#endif
