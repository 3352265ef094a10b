#define _GNU_SOURCE
#include "rings.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "kernel.h"
#include "memory.h"
#include "proc.h"

/* Part of a ring in memory, and what was in it. */
struct area {
  char *address;
  size_t bytes;
  char *content;
};

struct ring {
  uint64_t entries;
  uint64_t completions;
  /* How far the kernel has come: counters that never go back. */
  uint64_t submitted;
  uint64_t completed;
  struct area queues;
  struct area submissions;
};

static long note_area(struct arena *arena, const struct mapping *mapping, struct area *area) {
  /* Two rings with one inode cannot be told apart. */
  if (area->address) return -ENOTSUP;
  area->address = (char *)mapping->start;
  area->bytes = mapping->end - mapping->start;
  area->content = arena_take(arena, area->bytes);
  if (!area->content) return -ENOMEM;
  memcpy(area->content, area->address, area->bytes);
  return 0;
}

static long note_areas(struct arena *arena, const char *maps, uint64_t inode, struct ring *ring) {
  struct mapping mapping;
  while (memory_next(&maps, &mapping)) {
    if (mapping.inode != inode || !scan_word(&mapping.name, "anon_inode:[io_uring]")) continue;
    long error = -ENOTSUP;
    if (mapping.offset == IORING_OFF_SQ_RING) error = note_area(arena, &mapping, &ring->queues);
    if (mapping.offset == IORING_OFF_SQES) error = note_area(arena, &mapping, &ring->submissions);
    if (error) return error;
  }
  return ring->queues.address && ring->submissions.address ? 0 : -ENOTSUP;
}

long ring_note(struct arena *arena, const char *maps, const char *fdinfo, struct ring **noted) {
  struct ring *ring = arena_take(arena, sizeof *ring);
  uint64_t inode, mask, completion_mask, poller;
  if (!ring) return -ENOMEM;
  if (!scan_field(fdinfo, "ino:", 10, &inode)) return -ENOTSUP;
  /* The kernel leaves these out while the ring is busy. */
  if (!scan_field(fdinfo, "SqMask:\t0x", 16, &mask) || !scan_field(fdinfo, "CqMask:\t0x", 16, &completion_mask) ||
      !scan_field(fdinfo, "CachedSqHead:", 10, &ring->submitted) ||
      !scan_field(fdinfo, "CachedCqTail:", 10, &ring->completed)) {
    return -EAGAIN;
  }
  /* A thread of the kernel's that polls the ring cannot be copied. It has a pid here instead of -1. */
  if (scan_field(fdinfo, "SqThread:", 10, &poller)) return -ENOTSUP;
  ring->entries = mask + 1;
  ring->completions = completion_mask + 1;
  *noted = ring;
  return note_areas(arena, maps, inode, ring);
}

/* Private memory in the place of the ring that is shared with the parent. */
static long clear(const struct area *area) {
  long address = kernel_call(__NR_mmap, area->address, area->bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return address < 0 ? address : 0;
}

/* Since Linux 6.10, which has a ring in any memory of ours. Between 6.5 and that it had to be in one page. */
static long set_up_in_place(const struct ring *ring, struct io_uring_params *params) {
#ifndef IORING_SETUP_NO_MMAP
  enum { IORING_SETUP_NO_MMAP = 1 << 14 };
#endif
  long error = clear(&ring->queues);
  if (!error) error = clear(&ring->submissions);
  if (error) return error;
  params->flags |= IORING_SETUP_NO_MMAP;
  /* user_addr, which older headers have as the last reserved word. */
  uint64_t queues = (uintptr_t)ring->queues.address;
  uint64_t submissions = (uintptr_t)ring->submissions.address;
  memcpy((char *)(&params->cq_off + 1) - sizeof queues, &queues, sizeof queues);
  memcpy((char *)(&params->sq_off + 1) - sizeof submissions, &submissions, sizeof submissions);
  return kernel_call(__NR_io_uring_setup, ring->entries, params);
}

static long map(long fd, const struct area *area, uint64_t offset) {
  long address = kernel_call(__NR_mmap, area->address, area->bytes, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, offset);
  return address < 0 ? address : 0;
}

/* Before Linux 6.4, which does not let a ring be mapped at a given address any more. */
static long set_up_and_map(const struct ring *ring, struct io_uring_params *params) {
  long fd = kernel_call(__NR_io_uring_setup, ring->entries, params);
  if (fd < 0) return fd;
  long error = params->features & IORING_FEAT_SINGLE_MMAP ? 0 : -ENOTSUP;
  if (!error) error = map(fd, &ring->queues, IORING_OFF_SQ_RING);
  if (!error) error = map(fd, &ring->submissions, IORING_OFF_SQES);
  if (error) kernel_call(__NR_close, fd);
  return error ? error : fd;
}

static long set_up(const struct ring *ring, struct io_uring_params *params) {
  const struct io_uring_params plain = {.flags = IORING_SETUP_CQSIZE, .cq_entries = (uint32_t)ring->completions};
  *params = plain;
  long fd = set_up_in_place(ring, params);
  if (fd != -EINVAL && fd != -ENOMEM) return fd;
  *params = plain;
  return set_up_and_map(ring, params);
}

/* The kernel counts for itself what it has taken and given. Operations that do nothing bring a new ring to where the
 * old one was; those beyond the completions that the old one has seen make none. */
static long advance(long fd, const struct ring *ring, const struct io_uring_params *params) {
  _Atomic uint32_t *tail = (_Atomic uint32_t *)(ring->queues.address + params->sq_off.tail);
  _Atomic uint32_t *completion_head = (_Atomic uint32_t *)(ring->queues.address + params->cq_off.head);
  _Atomic uint32_t *completion_tail = (_Atomic uint32_t *)(ring->queues.address + params->cq_off.tail);
  struct io_uring_sqe *operations = (struct io_uring_sqe *)ring->submissions.address;
  uint32_t submitted = 0;
  uint32_t completed = 0;
  while (submitted != (uint32_t)ring->submitted) {
    uint32_t count = 0;
    for (; count < ring->entries && submitted != (uint32_t)ring->submitted; ++count, ++submitted) {
      struct io_uring_sqe *operation = &operations[submitted & (ring->entries - 1)];
      memset(operation, 0, sizeof *operation);
      operation->opcode = IORING_OP_NOP;
      if (completed == (uint32_t)ring->completed)
        operation->flags = IOSQE_CQE_SKIP_SUCCESS;
      else
        ++completed;
    }
    atomic_store(tail, submitted);
    long taken = kernel_call(__NR_io_uring_enter, fd, count, 0, 0);
    if (taken < 0) return taken;
    if (taken != (long)count) return -EAGAIN;
    atomic_store(completion_head, atomic_load(completion_tail));
  }
  return atomic_load(completion_tail) == (uint32_t)ring->completed ? 0 : -ENOTSUP;
}

long ring_make(const struct ring *ring) {
  struct io_uring_params params;
  long fd = set_up(ring, &params);
  if (fd < 0) return fd;

  /* Submissions are taken in their order. The creator of the old ring may have done without this table
   * (IORING_SETUP_NO_SQARRAY); then it never touches it. */
  uint32_t *order = (uint32_t *)(ring->queues.address + params.sq_off.array);
  for (uint32_t i = 0; i < params.sq_entries; ++i) order[i] = i;
  long error = advance(fd, ring, &params);
  if (error) return error;

  /* What was submitted but not taken, and completed but not read. */
  memcpy(ring->submissions.address, ring->submissions.content, ring->submissions.bytes);
  size_t completions = params.cq_off.cqes;
  memcpy(ring->queues.address + completions, ring->queues.content + completions,
         ring->completions * sizeof(struct io_uring_cqe));
  const uint32_t counters[] = {params.sq_off.tail, params.cq_off.head};
  for (size_t i = 0; i < sizeof counters / sizeof *counters; ++i) {
    memcpy(ring->queues.address + counters[i], ring->queues.content + counters[i], sizeof(uint32_t));
  }
  return fd;
}

bool rings_are_renewable(void) {
  /* As large as libuv's. */
  enum { ENTRIES = 256, QUEUE_BYTES = 3 * 4096, SUBMISSION_BYTES = ENTRIES * sizeof(struct io_uring_sqe) };
  struct ring ring = {.entries = ENTRIES, .completions = 2 * ENTRIES};
  struct io_uring_params params;
  char *memory = mmap(NULL, QUEUE_BYTES + SUBMISSION_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  ring.queues = (struct area){.address = memory, .bytes = QUEUE_BYTES};
  ring.submissions = (struct area){.address = memory + QUEUE_BYTES, .bytes = SUBMISSION_BYTES};
  long fd = set_up(&ring, &params);
  if (fd >= 0) kernel_call(__NR_close, fd);
  munmap(memory, QUEUE_BYTES + SUBMISSION_BYTES);
  /* A process that may not make a ring has none to renew. */
  return fd >= 0 || fd == -ENOSYS || fd == -EPERM;
}

long rings_forbid(void) {
  static struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  long error = kernel_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
  if (error != -EACCES) return error;
  /* Without privileges only those may filter who will not get any. */
  error = kernel_call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1);
  return error ? error : kernel_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
