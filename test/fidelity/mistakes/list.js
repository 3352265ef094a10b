// Likely mistakes in a fork with threads, as changes to src/native. Most were made once, and found with a debugger.
// `found`: the command, in test/fidelity, that fails with the mistake. `node`: the first version of Node that shows it.

/** @type {{ name: string, does: string, file: string, changes: [from: string, to: string][], found: string, node?: number }[]} */
export const mistakes = [
  {
    name: 'libc-while-parked',
    does: "Calls libc while threads are parked: one of them may hold the lock of malloc's arena, so the mold hangs.",
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
    does: "Calls libc in the copy before all threads are back: no thread is there to unlock malloc's arena.",
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
    does: 'Calls uv_loop_fork() in the copy, which zeroes every pending async: completions in flight are lost.',
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
    does: 'Lists the threads only once: a thread that starts meanwhile is not parked, and is missing from the copy.',
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
    does: 'Waits forever for a thread that exited with the signal pending.',
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
    does: 'Omits CLONE_CHILD_CLEARTID (in glibc 2.43, pointing it at the tid does the same): joins never return.',
    file: 'resurrect.c',
    changes: [[' | CLONE_CHILD_CLEARTID;', ';']],
    found: "matrix.js --rows 'C threads,a live Worker'",
  },
  {
    name: 'rseq-not-registered',
    does: 'Does not register rseq again: sched_getcpu() returns the CPU from the time of the fork.',
    file: 'resurrect.c',
    changes: [
      [
        `  libc_register_rseq(thread->thread_pointer);
`,
        '',
      ],
    ],
    found: "matrix.js --rows 'C threads'",
  },
  {
    name: 'flags-changed',
    does: 'Makes all renewed descriptors close-on-exec and non-blocking.',
    file: 'descriptors.c',
    changes: [
      ['descriptor->flags & O_CLOEXEC)', 'O_CLOEXEC)'],
      ['descriptor->flags & ~O_CLOEXEC)', 'O_NONBLOCK)'],
    ],
    found: 'matrix.js --rows descriptors',
  },
  {
    name: 'semaphore-forgotten',
    does: 'Replaces an eventfd semaphore, which counts down by one, with an eventfd that is read down to 0.',
    file: 'descriptors.c',
    changes: [['descriptor->event.semaphore ? EFD_SEMAPHORE : 0', '0']],
    found: "matrix.js --rows 'eventfds'",
  },
  {
    name: 'named-mappings-left-out',
    does: 'Leaves [anon:...] mappings out of the sweep: they are missing from the copy.',
    file: 'memory.c',
    changes: [['mapping.inode != 0 ||', "mapping.inode != 0 || mapping.name[0] == '[' ||"]],
    found: 'matrix.js --rows mappings',
  },
  {
    name: 'completions-forgotten',
    does: 'Empties eventfds in the copy: completions in flight are never handled.',
    file: 'descriptors.c',
    changes: [['return scan_field(info, "eventfd-count:", 16, &descriptor->event.count) ? 0 : -ENOTSUP;', 'return 0;']],
    found: 'soak.js flight --forks 60',
  },
  {
    name: 'pipes-empty',
    does: "Empties libuv's signal pipe in the copy.",
    file: 'descriptors.c',
    changes: [['  if (held == 0) return 0;', '  if (held >= 0) return 0;']],
    found: "matrix.js --rows 'eventfds and pipes,a signal that'",
  },
  {
    name: 'inotify-shared',
    does: "Shares inotify instances: both processes read them, and take each other's events.",
    file: 'descriptors.c',
    changes: [['{"anon_inode:inotify", INOTIFY}', '{"anon_inode:?", INOTIFY}']],
    found: "matrix.js --rows 'fs.watch of the mold'",
  },
  {
    name: 'ring-shared',
    does: 'Shares io_uring rings: one of the two processes aborts in uv__epoll_ctl_flush.',
    file: 'descriptors.c',
    changes: [['{"anon_inode:[io_uring]", RING}', '{"anon_inode:?", RING}']],
    found: 'soak.js sockets --forks 40',
    node: 22,
  },
  {
    name: 'epoll-shared',
    does: 'Shares epoll instances: each process changes what the other waits for.',
    file: 'descriptors.c',
    changes: [['{"anon_inode:[eventpoll]", EPOLL}', '{"anon_inode:?", EPOLL}']],
    found: 'soak.js idle --forks 40',
  },
  {
    name: 'names-lost',
    does: "Gives all threads of the copy the main thread's name.",
    file: 'resurrect.c',
    changes: [
      [
        `  if (!error) error = kernel_call(__NR_prctl, PR_SET_NAME, thread->name);
`,
        '',
      ],
    ],
    found: "matrix.js --rows 'C threads'",
  },
  {
    name: 'affinity-lost',
    does: "Gives all threads of the copy the main thread's CPU affinity.",
    file: 'resurrect.c',
    changes: [['  if (!error && thread->affinity) {', '  if (!error && thread->affinity && thread->absent) {']],
    found: "matrix.js --rows 'C threads'",
  },
  {
    name: 'lock-being-taken',
    does: 'Copies a thread while it takes a lock that records its owner: the thread writes its id from the mold.',
    file: 'locks.c',
    changes: [['    if (!thread->absent && is_taking(thread)) return true;', '    (void)is_taking;']],
    found: "matrix.js --rows 'a lock that a thread waits'",
  },
  {
    name: 'timed-wait-interrupted',
    does: 'Overlooks an interrupted wait with a timeout, which has no call number: the thread writes its id from the mold.',
    file: 'locks.c',
    changes: [['return wait.number == -EINTR && may', 'return wait.number == __NR_futex && may']],
    found: "matrix.js --rows 'a lock that a thread waits'",
  },
  {
    name: 'timed-wait-as-bit-set',
    does: 'Overlooks FUTEX_WAIT_BITSET, which most versions of libc use with a timeout: the same happens.',
    file: 'locks.c',
    changes: [['command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET', 'command == FUTEX_WAIT']],
    found: "matrix.js --rows 'a lock that a thread waits'",
  },
  {
    name: 'waiters-not-expected',
    does: 'Overlooks a held lock with which other threads wait for a condition variable: it keeps its owner from the mold.',
    file: 'locks.c',
    changes: [['is_count(lock->__nusers)', 'lock->__nusers == 1']],
    found: 'soak.js hammers --forks 120',
  },
  {
    name: 'lookalikes',
    does: 'Mistakes other data for locks in the copy of a busy mold, and overwrites it.',
    file: 'locks.c',
    changes: [['is_count(lock->__nusers)', 'lock->__nusers < MANY']],
    found: "matrix.js --rows 'data that looks'",
  },
  {
    name: 'busy-forgotten',
    does: 'Repairs locks only if a thread was computing at the last attempt: a waiting thread may also hold one.',
    file: 'fork.c',
    changes: [['if (!idle || taking) fork->busy = true;', 'fork->busy = !idle;']],
    found: "matrix.js --rows 'a lock held by'",
  },
  {
    name: 'holder-forgotten',
    does: 'Repairs locks only if a thread was computing: a sleeping thread may hold a lock that another waited for.',
    file: 'fork.c',
    changes: [['if (!idle || taking) fork->busy = true;', 'if (!idle) fork->busy = true;']],
    found: "matrix.js --rows 'a lock that a thread waited'",
  },
  {
    name: 'guard-page-touched',
    does: 'Searches guard pages for locks in the copy of a busy mold, because they appear as swapped: the copy dies.',
    file: 'locks.c',
    changes: [['  return entry & swapped && kernel_call', '  return entry & swapped || kernel_call']],
    found: "matrix.js --rows 'locks that record'",
  },
  {
    name: 'javascript-in-an-interrupt',
    does: "Runs JavaScript in the middle of other JavaScript, which loses its last regular expression's match.",
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
    does: "Gives all threads of the copy the main thread's priority.",
    file: 'resurrect.c',
    changes: [
      ['  if (!error && thread->scheduling) error', '  if (!error && thread->scheduling && thread->absent) error'],
    ],
    found: "matrix.js --rows 'C threads'",
  },
  {
    name: 'robust-list-lost',
    does: "Does not tell the kernel about the robust mutexes of the copy's threads.",
    file: 'resurrect.c',
    changes: [['kernel_call(__NR_set_robust_list, thread->robust_list, thread->robust_list_bytes);', '0;']],
    found: "matrix.js --rows 'C threads'",
  },
  {
    name: 'forked-by-libc',
    does: "Calls glibc's fork(), which considers other threads dead: new threads get stacks that are still in use.",
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
