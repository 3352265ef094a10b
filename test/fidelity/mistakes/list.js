// Mistakes that a fork with threads invites, as changes of src/native; most were made once, each was found with a debugger.
// `found` is the command line, in test/fidelity, that fails when the mistake is made. `node`: the first that shows it.

/** @type {{ name: string, does: string, file: string, changes: [from: string, to: string][], found: string, node?: number }[]} */
export const mistakes = [
  {
    name: 'libc-while-parked',
    does: "libc between parking and releasing: a parked thread may hold the lock of malloc's arena, and the mold waits for ever.",
    file: 'fork.c',
    changes: [
      [
        '  *fork->doing = "the memory map could not be read";',
        `  void *volatile memory = malloc(50000);
  free(memory);
  *fork->doing = "the memory map could not be read";`,
      ],
      [
        '#include <stdint.h>',
        `#include <stdint.h>
#include <stdlib.h>`,
      ],
    ],
    found: 'soak.js hammers --forks 60',
  },
  {
    name: 'libc-in-the-copy',
    does: "libc in the copy, before all threads are back: nobody is there who would unlock malloc's arena.",
    file: 'fork.c',
    changes: [
      [
        `  signals_forget();
`,
        `  signals_forget();
  void *volatile memory = malloc(50000);
  free(memory);
`,
      ],
      [
        '#include <stdint.h>',
        `#include <stdint.h>
#include <stdlib.h>`,
      ],
    ],
    found: 'soak.js hammers --forks 60',
  },
  {
    name: 'uv-loop-fork',
    does: 'uv_loop_fork() in the copy zeroes every pending async: completions that were in flight are lost.',
    file: 'addon.c',
    changes: [
      [
        '  if (pid >= 0) return number(env, pid);',
        `  extern int uv_loop_fork(struct uv_loop_s *);
  if (pid == 0) uv_loop_fork(loop);
  if (pid >= 0) return number(env, pid);`,
      ],
    ],
    found: 'soak.js flight --forks 60',
  },
  {
    name: 'one-listing',
    does: 'One listing of the threads: who was born meanwhile is not parked, and missing in the copy.',
    file: 'park.c',
    changes: [
      ['unchanged < 2 && !error', 'unchanged < 1 && !error'],
      [
        '    unchanged = search->found == 0 && is_complete(search) ? unchanged + 1 : 0;',
        '    unchanged = is_complete(search) ? 1 : 0;',
      ],
    ],
    found: 'soak.js births --forks 100',
  },
  {
    name: 'waiting-for-ever',
    does: 'Waiting for a thread that exited with the signal pending.',
    file: 'park.c',
    changes: [
      [
        `      thread->absent = kernel_call(__NR_tgkill, search->pid, thread->tid, 0) == -ESRCH ||
                       is_kernel_helper(search->arena, thread->tid);
`,
        `      thread->absent = is_kernel_helper(search->arena, thread->tid);
`,
      ],
      [
        `    if (now() >= deadline) return missing() == 0 ? 0 : -EAGAIN;
`,
        `    (void)deadline;
`,
      ],
    ],
    found: 'soak.js births --forks 100',
  },
  {
    name: 'clear-address-left-out',
    does: 'The kernel does not say that a thread has ended (in glibc 2.43: CLONE_CHILD_CLEARTID at the tid): joins never return.',
    file: 'resurrect.c',
    changes: [[' | CLONE_CHILD_CLEARTID;', ';']],
    found: "matrix.js --rows 'threads of C,a live Worker'",
  },
  {
    name: 'rseq-not-registered',
    does: 'rseq is not registered again: sched_getcpu() tells the processor of the time of the fork.',
    file: 'resurrect.c',
    changes: [
      [
        `  libc_register_rseq(thread->thread_pointer);
`,
        '',
      ],
    ],
    found: "matrix.js --rows 'threads of C'",
  },
  {
    name: 'flags-changed',
    does: 'All renewed descriptors are close-on-exec and non-blocking.',
    file: 'descriptors.c',
    changes: [
      ['descriptor->flags & O_CLOEXEC)', 'O_CLOEXEC)'],
      ['descriptor->flags & ~O_CLOEXEC)', 'O_NONBLOCK)'],
    ],
    found: 'matrix.js --rows descriptors',
  },
  {
    name: 'semaphore-forgotten',
    does: 'An eventfd that counts down by one is made one that counts down to 0.',
    file: 'descriptors.c',
    changes: [['descriptor->event.semaphore ? EFD_SEMAPHORE : 0', '0']],
    found: "matrix.js --rows 'eventfds'",
  },
  {
    name: 'named-mappings-left-out',
    does: '[anon:...] mappings are not in the sweep, and missing in the copy.',
    file: 'memory.c',
    changes: [['mapping.inode != 0 ||', "mapping.inode != 0 || mapping.name[0] == '[' ||"]],
    found: 'matrix.js --rows mappings',
  },
  {
    name: 'completions-forgotten',
    does: 'An eventfd that was just written to is empty in the copy: completions in flight are never looked at.',
    file: 'descriptors.c',
    changes: [['return scan_field(info, "eventfd-count:", 16, &descriptor->event.count) ? 0 : -ENOTSUP;', 'return 0;']],
    found: 'soak.js flight --forks 60',
  },
  {
    name: 'pipes-empty',
    does: "What is in libuv's signal pipe at the fork is missing in the copy.",
    file: 'descriptors.c',
    changes: [['  if (held == 0) return 0;', '  if (held >= 0) return 0;']],
    found: "matrix.js --rows 'eventfds and pipes,a signal that'",
  },
  {
    name: 'inotify-shared',
    does: "Both processes read one inotify, and take each other's events.",
    file: 'descriptors.c',
    changes: [['{"anon_inode:inotify", INOTIFY}', '{"anon_inode:?", INOTIFY}']],
    found: "matrix.js --rows 'fs.watch of the mold'",
  },
  {
    name: 'ring-shared',
    does: 'Both processes use one io_uring: one of them aborts in uv__epoll_ctl_flush.',
    file: 'descriptors.c',
    changes: [['{"anon_inode:[io_uring]", RING}', '{"anon_inode:?", RING}']],
    found: 'soak.js sockets --forks 40',
    node: 22,
  },
  {
    name: 'epoll-shared',
    does: 'Both processes change one epoll.',
    file: 'descriptors.c',
    changes: [['{"anon_inode:[eventpoll]", EPOLL}', '{"anon_inode:?", EPOLL}']],
    found: 'soak.js idle --forks 40',
  },
  {
    name: 'names-lost',
    does: "All threads of the copy have the mold's name.",
    file: 'resurrect.c',
    changes: [
      [
        `  if (!error) error = kernel_call(__NR_prctl, PR_SET_NAME, thread->name);
`,
        '',
      ],
    ],
    found: "matrix.js --rows 'threads of C'",
  },
  {
    name: 'affinity-lost',
    does: 'The threads of the copy may run wherever its main thread may.',
    file: 'resurrect.c',
    changes: [['  if (!error && thread->affinity) {', '  if (!error && thread->affinity && thread->absent) {']],
    found: "matrix.js --rows 'threads of C'",
  },
  {
    name: 'lock-being-taken',
    does: 'A thread is copied while it takes a lock that knows its owner: it writes the id that it had in the mold.',
    file: 'locks.c',
    changes: [['    if (!thread->absent && is_taking(thread)) return true;', '    (void)is_taking;']],
    found: "matrix.js --rows 'a lock that a thread waits'",
  },
  {
    name: 'timed-wait-interrupted',
    does: 'A thread waits for a lock until some moment, and writes the id that it had in the mold: that call, interrupted, has no number.',
    file: 'locks.c',
    changes: [['return wait.number == -EINTR && may', 'return wait.number == __NR_futex && may']],
    found: "matrix.js --rows 'a lock that a thread waits'",
  },
  {
    name: 'timed-wait-as-bit-set',
    does: 'The same: most versions of libc wait as part of a bit set then.',
    file: 'locks.c',
    changes: [['command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET', 'command == FUTEX_WAIT']],
    found: "matrix.js --rows 'a lock that a thread waits'",
  },
  {
    name: 'waiters-not-expected',
    does: 'A held lock with which others wait for a condition is not taken for one: it keeps the holder that it had in the mold.',
    file: 'locks.c',
    changes: [['is_count(lock->__nusers)', 'lock->__nusers == 1']],
    found: 'soak.js hammers --forks 120',
  },
  {
    name: 'lookalikes',
    does: 'The copy of a busy mold takes other words for a lock, and rewrites them.',
    file: 'locks.c',
    changes: [['is_count(lock->__nusers)', 'lock->__nusers < MANY']],
    found: "matrix.js --rows 'words that look'",
  },
  {
    name: 'busy-forgotten',
    does: 'Locks are repaired only if a thread was computing at the last look: one that waits may hold a lock as well.',
    file: 'fork.c',
    changes: [['if (!idle || taking) fork->busy = true;', 'fork->busy = !idle;']],
    found: "matrix.js --rows 'a lock that a thread holds'",
  },
  {
    name: 'holder-forgotten',
    does: 'Locks are repaired only if a thread was computing: one that sleeps has the lock for which another has waited.',
    file: 'fork.c',
    changes: [['if (!idle || taking) fork->busy = true;', 'if (!idle) fork->busy = true;']],
    found: "matrix.js --rows 'a lock that a thread has'",
  },
  {
    name: 'guard-page-touched',
    does: 'The copy of a busy mold looks for locks in guard pages, which are swapped out as far as the kernel tells: it dies.',
    file: 'locks.c',
    changes: [['  return entry & swapped && kernel_call', '  return entry & swapped || kernel_call']],
    found: "matrix.js --rows 'locks that know'",
  },
  {
    name: 'javascript-in-an-interrupt',
    does: 'JavaScript runs in the middle of other JavaScript: what its last regular expression has found is lost.',
    file: 'interrupt.c',
    changes: [
      [
        '  advance(ASKED, NOTED);',
        `  napi_value source, result;
  napi_create_string_utf8(state.env, "/x/.test('x')", NAPI_AUTO_LENGTH, &source);
  napi_run_script(state.env, source, &result);
  advance(ASKED, NOTED);`,
      ],
    ],
    found: 'storm.js --interrupts 3000',
  },
  {
    name: 'niceness-lost',
    does: "The threads of the copy have the main thread's priority.",
    file: 'resurrect.c',
    changes: [
      ['  if (!error && thread->scheduling) error', '  if (!error && thread->scheduling && thread->absent) error'],
    ],
    found: "matrix.js --rows 'threads of C'",
  },
  {
    name: 'robust-list-lost',
    does: "The kernel does not know the robust mutexes of the copy's threads.",
    file: 'resurrect.c',
    changes: [['kernel_call(__NR_set_robust_list, thread->robust_list, thread->robust_list_bytes);', '0;']],
    found: "matrix.js --rows 'threads of C'",
  },
  {
    name: 'forked-by-libc',
    does: "glibc's fork() takes the other threads for dead and their stacks for free: new threads are put on the stacks of old ones.",
    file: 'fork.c',
    changes: [
      [
        '    pid = kernel_call(__NR_clone, SIGCHLD | CLONE_PIDFD | (sibling ? CLONE_PARENT : 0), 0, &pidfd);',
        `    (void)sibling;
    pid = fork_by_libc();`,
      ],
      [
        'struct fork {',
        `#define fork fork_
#include <unistd.h>
#undef fork
extern pid_t fork_by_libc(void) __asm__("fork");
struct fork {`,
      ],
    ],
    found: 'soak.js join,churn --forks 60',
  },
];
