#define _GNU_SOURCE
#include "watches.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel.h"

/* From uv.h, which node-api-headers does not contain. These are part of libuv's stable interface. */
struct uv_handle_s;
enum { UV_FS_EVENT = 3 };
extern void uv_walk(struct uv_loop_s *loop, void (*visit)(struct uv_handle_s *handle, void *context), void *context);
extern int uv_handle_get_type(const struct uv_handle_s *handle);
extern int uv_fs_event_getpath(struct uv_handle_s *handle, char *buffer, size_t *size);

struct list {
  struct arena *arena;
  struct watch *watches;
  long error;
};

static void visit(struct uv_handle_s *handle, void *context) {
  struct list *list = context;
  if (uv_handle_get_type(handle) != UV_FS_EVENT) return;
  /* Too small for any path. Newer versions of libuv reject a size of 0. */
  char empty;
  size_t size = sizeof empty;
  /* ENOBUFS: `size` is now the size of the path. EINVAL: the handle is not watching. */
  if (uv_fs_event_getpath(handle, &empty, &size) != -ENOBUFS) return;
  char *path = arena_take(list->arena, size + 1);
  struct watch *watch = arena_take(list->arena, sizeof *watch);
  if (!path || !watch) {
    list->error = -ENOMEM;
    return;
  }
  struct stat file;
  /* A file that is gone is no longer watched. */
  if (uv_fs_event_getpath(handle, path, &size) != 0) return;
  if (kernel_call(__NR_newfstatat, AT_FDCWD, path, &file, 0) != 0) return;
  enum { KERNEL_MINOR_BITS = 20 };
  *watch = (struct watch){.next = list->watches,
                          .path = path,
                          .device = (uint64_t)major(file.st_dev) << KERNEL_MINOR_BITS | minor(file.st_dev),
                          .inode = file.st_ino};
  list->watches = watch;
}

long watches_list(struct arena *arena, struct uv_loop_s *loop, struct watch **watches) {
  struct list list = {.arena = arena};
  uv_walk(loop, visit, &list);
  *watches = list.watches;
  return list.error;
}
