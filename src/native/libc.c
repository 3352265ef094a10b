#define _GNU_SOURCE
#include "libc.h"

#include <dlfcn.h>
#include <linux/rseq.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

#include "kernel.h"

static struct {
  size_t page_bytes;
  /* struct pthread: its known size, and the offset of the tid. */
  size_t bytes;
  size_t tid;
  /* Offset of the rseq area from the thread pointer, and its size; a size of 0 means not registered. */
  ptrdiff_t rseq;
  uint32_t rseq_bytes;
} layout;

static bool find_tid(const char *self, const char *clear_address) {
  /* glibc exports this for debuggers (libthread_db): { bits, elements, offset }. */
  const uint32_t *tid = dlsym(RTLD_DEFAULT, "_thread_db_pthread_tid");
  const uint32_t *bytes = dlsym(RTLD_DEFAULT, "_thread_db_sizeof_pthread");
  if (tid && bytes) {
    layout.tid = tid[2];
    layout.bytes = *bytes;
    return tid[0] == 32 && layout.tid + sizeof(int) <= layout.bytes;
  }
  /* Before 2.34, only debuggers find these symbols. But there, the kernel clears the tid itself when a thread ends. */
  enum { MOST_BYTES = 4096 };
  layout.tid = (size_t)(clear_address - self);
  layout.bytes = layout.tid + sizeof(int);
  return clear_address > self && layout.bytes <= MOST_BYTES;
}

const char *libc_prepare(void) {
  layout.page_bytes = getauxval(AT_PAGESZ);
  char *self = (char *)pthread_self(), *clear_address;
  if (kernel_call(__NR_prctl, PR_GET_TID_ADDRESS, &clear_address) != 0) {
    return "this kernel does not report the tid addresses of threads (CONFIG_CHECKPOINT_RESTORE)";
  }
  if (!find_tid(self, clear_address)) return "this libc does not reveal where it keeps thread ids";
  if (*libc_tid(self) != kernel_call(__NR_gettid)) return "this libc does not keep thread ids where it says";

  /* Both exist since 2.35. */
  const ptrdiff_t *rseq_offset = dlsym(RTLD_DEFAULT, "__rseq_offset");
  const unsigned *rseq_size = dlsym(RTLD_DEFAULT, "__rseq_size");
  if (rseq_offset && rseq_size && *rseq_size > 0) {
    enum { ORIGINAL_BYTES = 32 };
#ifndef AT_RSEQ_FEATURE_SIZE
    enum { AT_RSEQ_FEATURE_SIZE = 27 };
#endif
    layout.rseq = *rseq_offset;
    layout.rseq_bytes = ORIGINAL_BYTES;
    /* Since 2.40 glibc registers everything that the kernel supports, in multiples of the original size. */
    if (*rseq_size > ORIGINAL_BYTES) {
      uint32_t known = (uint32_t)getauxval(AT_RSEQ_FEATURE_SIZE);
      layout.rseq_bytes = (known + ORIGINAL_BYTES - 1) / ORIGINAL_BYTES * ORIGINAL_BYTES;
    }
  }
  return NULL;
}

size_t libc_page_bytes(void) { return layout.page_bytes; }

int *libc_tid(char *self) { return (int *)(self + layout.tid); }

bool libc_contains(const char *self, const void *address) {
  const char *at = address;
  return at >= self && at < self + layout.bytes;
}

void libc_register_rseq(char *thread_pointer) {
  enum {
    SIGNATURE =
#if defined(__x86_64__)
        0x53053053
#else
        0xd428bc00
#endif
  };
  if (layout.rseq_bytes == 0) return;
  struct rseq *area = (struct rseq *)(thread_pointer + layout.rseq);
  area->cpu_id_start = 0;
  area->cpu_id = (uint32_t)RSEQ_CPU_ID_UNINITIALIZED;
  if (kernel_call(__NR_rseq, area, layout.rseq_bytes, 0, (uint32_t)SIGNATURE) != 0) {
    area->cpu_id = (uint32_t)RSEQ_CPU_ID_REGISTRATION_FAILED;
  }
}
