/*
 * System calls without libc. While threads are parked, one of them may hold any lock of libc, so nothing here may take
 * one or set errno: each call returns what the kernel returns, a negative errno on failure.
 *
 * The two architectures differ only in this file.
 */
#ifndef SWARM_KERNEL_H
#define SWARM_KERNEL_H

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>
#include <sys/syscall.h>
#include <linux/futex.h>

#if !defined(__linux__) || !defined(__GLIBC__) || !(defined(__x86_64__) || defined(__aarch64__))
#error "Forking with threads is for Linux with glibc, on x86-64 and arm64."
#endif

/* What the kernel takes in rt_sigaction; glibc's struct sigaction is another one. */
struct kernel_action {
  void (*handler)(int, siginfo_t *, void *);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

enum { KERNEL_MASK_BYTES = 8 };

#if defined(__x86_64__)

static inline long kernel_call6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#else

static inline long kernel_call6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return x0;
}

#endif

#define KERNEL_CALL(number, a, b, c, d, e, f, ...)                                                                     \
  kernel_call6((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* kernel_call(__NR_close, fd): up to six arguments, integers or pointers. */
#define kernel_call(...) KERNEL_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* A new thread of this process, on a stack of its own: `stack` is its upper end, aligned to 16 bytes. It runs `entry`,
 * which must not return. Returns its tid, which the kernel also writes to `tid_field` before the thread runs. */
static inline long kernel_clone_thread(unsigned long flags, void *stack, int *tid_field, int *clear_address, void *tls,
                                       void (*entry)(void *), void *argument) {
#if defined(__x86_64__)
  register int *r10 __asm__("r10") = clear_address;
  register void *r8 __asm__("r8") = tls;
  register void (*r12)(void *) __asm__("r12") = entry;
  register void *r13 __asm__("r13") = argument;
  long result;
  __asm__ volatile("syscall\n\t"
                   "test %%rax, %%rax\n\t"
                   "jnz 1f\n\t"
                   "xor %%ebp, %%ebp\n\t"
                   "mov %%r13, %%rdi\n\t"
                   "call *%%r12\n\t"
                   "ud2\n"
                   "1:"
                   : "=a"(result)
                   : "a"(__NR_clone), "D"(flags), "S"(stack), "d"(tid_field), "r"(r10), "r"(r8), "r"(r12), "r"(r13)
                   : "rcx", "r11", "memory", "cc");
  return result;
#else
  register long x8 __asm__("x8") = __NR_clone;
  register long x0 __asm__("x0") = (long)flags;
  register void *x1 __asm__("x1") = stack;
  register int *x2 __asm__("x2") = tid_field;
  register void *x3 __asm__("x3") = tls;
  register int *x4 __asm__("x4") = clear_address;
  register void (*x9)(void *) __asm__("x9") = entry;
  register void *x10 __asm__("x10") = argument;
  __asm__ volatile("svc #0\n\t"
                   "cbnz x0, 1f\n\t"
                   "mov x29, xzr\n\t"
                   "mov x30, xzr\n\t"
                   "mov x0, x10\n\t"
                   "blr x9\n\t"
                   "brk #1\n"
                   "1:"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x9), "r"(x10)
                   : "memory", "cc");
  return x0;
#endif
}

/* Goes on where a signal handler was entered: the kernel restores every register, the mask and the alternate stack from
 * the frame that it made. `*pending` is counted down once this stack is used no more. */
static inline _Noreturn void kernel_resume(siginfo_t *info, void *context, _Atomic int *pending) {
#if defined(__x86_64__)
  (void)info;
  /* The kernel finds the frame by the ucontext, as it would after the handler's return. */
  __asm__ volatile("mov %0, %%rsp\n\t"
                   "lock decl (%1)\n\t"
                   "mov %2, %%eax\n\t"
                   "syscall\n\t"
                   "ud2"
                   :
                   : "r"(context), "r"(pending), "i"(__NR_rt_sigreturn)
                   : "memory");
#else
  (void)context;
  /* The frame begins with the siginfo. */
  register siginfo_t *x9 __asm__("x9") = info;
  register _Atomic int *x10 __asm__("x10") = pending;
  __asm__ volatile("mov sp, x9\n"
                   "1:\n\t"
                   "ldaxr w11, [x10]\n\t"
                   "sub w11, w11, #1\n\t"
                   "stlxr w12, w11, [x10]\n\t"
                   "cbnz w12, 1b\n\t"
                   "mov x8, %2\n\t"
                   "svc #0\n\t"
                   "brk #1"
                   :
                   : "r"(x9), "r"(x10), "i"(__NR_rt_sigreturn)
                   : "x8", "x11", "x12", "memory");
#endif
  __builtin_unreachable();
}

/* Calls in which a thread waits, and which the kernel repeats after a signal. */
static inline int kernel_is_wait(long number) {
  switch (number) {
    case __NR_futex:
    case __NR_epoll_pwait:
    case __NR_ppoll:
    case __NR_pselect6:
    case __NR_nanosleep:
    case __NR_clock_nanosleep:
    case __NR_rt_sigtimedwait:
    case __NR_read:
    case __NR_recvmsg:
    case __NR_accept4:
    case __NR_wait4:
    case __NR_waitid:
#if defined(__x86_64__)
    case __NR_epoll_wait:
    case __NR_poll:
    case __NR_select:
#endif
      return 1;
    default:
      return 0;
  }
}

/*
 * Whether the signal whose handler got this context has come to a thread that waited for something that had not
 * happened: then the call was interrupted, or is going to be repeated. One that was computing, had been woken or was in
 * the middle of another call is busy.
 */
static inline int kernel_was_waiting(const ucontext_t *context) {
#if defined(__x86_64__)
  const unsigned char *pc = (const unsigned char *)context->uc_mcontext.gregs[REG_RIP];
  long result = context->uc_mcontext.gregs[REG_RAX];
  /* `syscall` is two bytes, and those before `pc` may be on a page that is not there. */
  if (result == -EINTR && ((uintptr_t)pc & 0xfff) >= 2) return pc[-2] == 0x0f && pc[-1] == 0x05;
  return ((uintptr_t)pc & 0xfff) <= 0xffe && pc[0] == 0x0f && pc[1] == 0x05 && kernel_is_wait(result);
#else
  enum { SVC = 0xd4000001 };
  const uint32_t *pc = (const uint32_t *)context->uc_mcontext.pc;
  if ((long)context->uc_mcontext.regs[0] == -EINTR && ((uintptr_t)pc & 0xfff) >= 4) return pc[-1] == (uint32_t)SVC;
  return pc[0] == (uint32_t)SVC && kernel_is_wait((long)context->uc_mcontext.regs[8]);
#endif
}

/* Of a context: the instruction that comes next, the registers for general use, and the stack. */
static inline uintptr_t kernel_next_instruction(const ucontext_t *context) {
#if defined(__x86_64__)
  return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
  return context->uc_mcontext.pc;
#endif
}

#if defined(__x86_64__)
enum { KERNEL_REGISTERS = REG_RCX + 1 };
#else
enum { KERNEL_REGISTERS = 31 };
#endif

static inline uintptr_t kernel_register(const ucontext_t *context, int number) {
#if defined(__x86_64__)
  return (uintptr_t)context->uc_mcontext.gregs[number];
#else
  return context->uc_mcontext.regs[number];
#endif
}

static inline const uintptr_t *kernel_stack(const ucontext_t *context) {
#if defined(__x86_64__)
  return (const uintptr_t *)context->uc_mcontext.gregs[REG_RSP];
#else
  return (const uintptr_t *)context->uc_mcontext.sp;
#endif
}

/* The call in which a thread was waiting. Its arguments are as they were. */
struct kernel_wait {
  /* -EINTR: a wait that has an end is not repeated after a handler, and x86-64 has that in place of the number. */
  long number;
  long second;
  long third;
};

static inline struct kernel_wait kernel_wait_of(const ucontext_t *context) {
#if defined(__x86_64__)
  const greg_t *registers = context->uc_mcontext.gregs;
  return (struct kernel_wait){registers[REG_RAX], registers[REG_RSI], registers[REG_RDX]};
#else
  const unsigned long long *registers = context->uc_mcontext.regs;
  long result = (long)registers[0], number = (long)registers[8];
  return (struct kernel_wait){result == -EINTR ? result : number, (long)registers[1], (long)registers[2]};
#endif
}

#if defined(__x86_64__)
/* x86-64 has no way back from a handler but this one, which libc normally supplies. */
void kernel_restore(void);
enum { KERNEL_SA_RESTORER = 0x04000000 };
#endif

static inline long kernel_set_action(int signal, const struct kernel_action *action, struct kernel_action *former) {
  return kernel_call(__NR_rt_sigaction, signal, action, former, KERNEL_MASK_BYTES);
}

static inline long kernel_set_mask(const uint64_t *mask, uint64_t *former) {
  return kernel_call(__NR_rt_sigprocmask, SIG_SETMASK, mask, former, KERNEL_MASK_BYTES);
}

/* Whether there is memory to read: the kernel looks at a mask first, and then finds that nothing can be done with it.
 */
static inline int kernel_can_read(const void *address) {
  enum { NO_SUCH_CHANGE = -1 };
  return kernel_call(__NR_rt_sigprocmask, NO_SUCH_CHANGE, address, NULL, KERNEL_MASK_BYTES) != -EFAULT;
}

/* Waits while `*word` is `value`. A null timeout means forever. */
static inline long kernel_wait(_Atomic int *word, int value, const struct timespec *timeout) {
  return kernel_call(__NR_futex, word, FUTEX_WAIT_PRIVATE, value, timeout);
}

static inline void kernel_wake_all(_Atomic int *word) { kernel_call(__NR_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX); }

#endif
