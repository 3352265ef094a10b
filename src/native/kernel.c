#define _GNU_SOURCE
#include "kernel.h"

#if defined(__x86_64__)
/* Debuggers recognize a signal frame by exactly these instructions. */
__asm__(".text\n"
        ".globl kernel_restore\n"
        ".hidden kernel_restore\n"
        ".type kernel_restore, @function\n"
        "kernel_restore:\n"
        "\tmov $15, %rax\n"
        "\tsyscall\n"
        ".size kernel_restore, . - kernel_restore\n");
#endif
