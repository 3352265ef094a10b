/*
 * System calls without libc. While threads are parked, one of them may hold any of libc's locks, so nothing here may
 * take one or set errno. Each call returns what the kernel returns: on failure, a negative errno.
 *
 * Almost everything that depends on the architecture is in this file.
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
#error "Forking with threads needs Linux with glibc, on x86-64 or arm64."
#endif

/* The kernel's struct sigaction, for rt_sigaction. glibc's has another layout. */
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
/* kernel_call(__NR_close, fd). Takes up to six arguments, integers or pointers. */
#define kernel_call(...) KERNEL_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* Creates a thread of this process. `stack` is the upper end of its stack, aligned to 16 bytes. `entry` must not
 * return. Returns the tid, which the kernel also writes to `tid_field` before the thread runs, or a negative errno. */
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

/* Continues where the signal interrupted the thread: the kernel restores every register, the signal mask and the
 * alternate stack from the signal frame. Decrements `*pending` once the current stack is no longer in use. */
static inline _Noreturn void kernel_resume(siginfo_t *info, void *context, _Atomic int *pending) {
#if defined(__x86_64__)
  (void)info;
  /* The kernel expects rsp at the ucontext in the frame, where the handler's `ret` would leave it. */
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
  /* The kernel expects sp at the frame, which begins with the siginfo. */
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

/* System calls in which a thread waits, and which the kernel restarts after a signal. */
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
 * Whether the signal with this context reached a thread that was waiting for an event that had not happened: its system
 * call was interrupted, or will be restarted. A thread that was computing, had been woken, or was in another system
 * call is busy.
 */
static inline int kernel_was_waiting(const ucontext_t *context) {
#if defined(__x86_64__)
  const unsigned char *pc = (const unsigned char *)context->uc_mcontext.gregs[REG_RIP];
  long result = context->uc_mcontext.gregs[REG_RAX];
  /* `syscall` is two bytes long. The bytes before `pc` may be on an unmapped page. */
  if (result == -EINTR && ((uintptr_t)pc & 0xfff) >= 2) return pc[-2] == 0x0f && pc[-1] == 0x05;
  return ((uintptr_t)pc & 0xfff) <= 0xffe && pc[0] == 0x0f && pc[1] == 0x05 && kernel_is_wait(result);
#else
  enum { SVC = 0xd4000001 };
  const uint32_t *pc = (const uint32_t *)context->uc_mcontext.pc;
  if ((long)context->uc_mcontext.regs[0] == -EINTR && ((uintptr_t)pc & 0xfff) >= 4) return pc[-1] == (uint32_t)SVC;
  return pc[0] == (uint32_t)SVC && kernel_is_wait((long)context->uc_mcontext.regs[8]);
#endif
}

/* From a context: the address of the next instruction, the general-purpose registers and the stack pointer. */
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

/* The system call in which a thread was waiting. The kernel preserves its arguments. */
struct kernel_wait {
  /* -EINTR for a wait with a timeout, which is not restarted: on x86-64, the result has replaced the number. */
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
/* On x86-64 a handler can return only through a restorer, which libc normally supplies. */
void kernel_restore(void);
enum { KERNEL_SA_RESTORER = 0x04000000 };
#endif

static inline long kernel_set_action(int signal, const struct kernel_action *action, struct kernel_action *former) {
  return kernel_call(__NR_rt_sigaction, signal, action, former, KERNEL_MASK_BYTES);
}

static inline long kernel_set_mask(const uint64_t *mask, uint64_t *former) {
  return kernel_call(__NR_rt_sigprocmask, SIG_SETMASK, mask, former, KERNEL_MASK_BYTES);
}

/* Whether the address is readable. The kernel reads the mask first, and only then rejects the unknown operation. */
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
