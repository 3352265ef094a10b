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

/* A mapped part of a ring, and its content at the fork. */
struct area {
  char *address;
  size_t bytes;
  char *content;
};

struct ring {
  uint64_t entries;
  uint64_t completions;
  /* The kernel's own counters, which only increase. */
  uint64_t submitted;
  uint64_t completed;
  struct area queues;
  struct area submissions;
};

static long note_area(struct arena *arena, const struct mapping *mapping, struct area *area) {
  /* Two rings with the same inode cannot be told apart. */
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
  /* The kernel omits these while the ring is busy. */
  if (!scan_field(fdinfo, "SqMask:\t0x", 16, &mask) || !scan_field(fdinfo, "CqMask:\t0x", 16, &completion_mask) ||
      !scan_field(fdinfo, "CachedSqHead:", 10, &ring->submitted) ||
      !scan_field(fdinfo, "CachedCqTail:", 10, &ring->completed)) {
    return -EAGAIN;
  }
  /* A kernel thread that polls the ring (SQPOLL) cannot be copied. Without one, this field is -1. */
  if (scan_field(fdinfo, "SqThread:", 10, &poller)) return -ENOTSUP;
  ring->entries = mask + 1;
  ring->completions = completion_mask + 1;
  *noted = ring;
  return note_areas(arena, maps, inode, ring);
}

/* Replaces the ring's memory, which is shared with the parent, with private memory. */
static long clear(const struct area *area) {
  long address = kernel_call(__NR_mmap, area->address, area->bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return address < 0 ? address : 0;
}

/* Since Linux 6.10, a ring can be in any memory of the process. From 6.5 to 6.9 it had to be in one page. */
static long set_up_in_place(const struct ring *ring, struct io_uring_params *params) {
#ifndef IORING_SETUP_NO_MMAP
  enum { IORING_SETUP_NO_MMAP = 1 << 14 };
#endif
  long error = clear(&ring->queues);
  if (!error) error = clear(&ring->submissions);
  if (error) return error;
  params->flags |= IORING_SETUP_NO_MMAP;
  /* user_addr, the last reserved word in older headers. */
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

/* Before Linux 6.4. Since then, a ring cannot be mapped at a given address. */
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

/* The kernel keeps its own counts of submissions and completions. Advances those of the new ring to the old ring's with
 * no-ops. Once the completions have caught up, further no-ops make none. */
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

  /* The kernel takes submissions in order. The owner of the ring never touches this table if it made the old ring
   * without one (IORING_SETUP_NO_SQARRAY). */
  uint32_t *order = (uint32_t *)(ring->queues.address + params.sq_off.array);
  for (uint32_t i = 0; i < params.sq_entries; ++i) order[i] = i;
  long error = advance(fd, ring, &params);
  if (error) return error;

  /* Restore entries that were submitted but not taken, and completions that were not read. */
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
  /* The size of libuv's ring. */
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
  /* A process that cannot make a ring has none to renew. */
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
  /* An unprivileged process may only install a filter with no_new_privs. */
  error = kernel_call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1);
  return error ? error : kernel_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
