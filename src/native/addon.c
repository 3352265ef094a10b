/* Marshals between JavaScript and the rest of this folder. A failure is a negative errno; marshalling.ts throws it. */
#include <errno.h>
#include <malloc.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <node_api.h>

#include "channels.h"
#include "children.h"
#include "execute.h"
#include "exit.h"
#include "fork.h"
#include "heap-limit.h"
#include "holes.h"
#include "interrupt.h"
#include "notify.h"
#include "rings.h"
#include "signals.h"
#include "sockets.h"
#include "sqlite-random.h"
#include "trim.h"
#include "v8-random.h"
#include "v8.h"

/* Node-API calls fail only on a wrong argument, or with an exception pending, which JavaScript then sees. */
#define OR_RETURN(call)                                                                                                \
  if ((call) != napi_ok) return NULL

enum { ARGUMENTS = 5 };

static bool arguments(napi_env env, napi_callback_info info, napi_value values[ARGUMENTS]) {
  size_t count = ARGUMENTS;
  return napi_get_cb_info(env, info, &count, values, NULL, NULL) == napi_ok;
}

static napi_value number(napi_env env, long value) {
  napi_value result;
  OR_RETURN(napi_create_int64(env, value, &result));
  return result;
}

static napi_value text(napi_env env, const char *value) {
  napi_value result;
  OR_RETURN(napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &result));
  return result;
}

/* Reads an Int32Array. Throws a TypeError for anything else. */
static bool integers(napi_env env, napi_value value, int32_t **items, size_t *count) {
  napi_typedarray_type type;
  void *data;
  if (napi_get_typedarray_info(env, value, &type, count, &data, NULL, NULL) != napi_ok || type != napi_int32_array) {
    napi_throw_type_error(env, NULL, "expected an Int32Array");
    return false;
  }
  *items = data;
  return true;
}

/* fork(sibling): the pid, 0 in the copy, or [negative errno, what failed] */
static napi_value addon_fork(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  bool sibling;
  struct uv_loop_s *loop;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_bool(env, values[0], &sibling));
  OR_RETURN(napi_get_uv_event_loop(env, &loop));
  const char *doing;
  long pid = process_fork(sibling, loop, &doing);
  if (pid >= 0) return number(env, pid);
  napi_value failure;
  OR_RETURN(napi_create_array_with_length(env, 2, &failure));
  OR_RETURN(napi_set_element(env, failure, 0, number(env, pid)));
  OR_RETURN(napi_set_element(env, failure, 1, text(env, doing)));
  return failure;
}

/* holdSignals(Int32Array): 0 or a negative errno */
static napi_value addon_hold_signals(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t *signals;
  size_t count;
  if (!arguments(env, info, values) || !integers(env, values[0], &signals, &count)) return NULL;
  return number(env, signals_hold(signals, count));
}

/* releaseSignals(): 0 or a negative errno */
static napi_value addon_release_signals(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, signals_release());
}

/* reap(pid, Int32Array(2)): 1, and sets the array to [code, signal], one of them -1; 0: still running; or a negative
 * errno */
static napi_value addon_reap(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t pid;
  int32_t *result;
  size_t count;
  if (!arguments(env, info, values) || !integers(env, values[1], &result, &count)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &pid));
  struct ending ending;
  long reaped = count < 2 ? -EINVAL : child_reap(pid, &ending);
  if (reaped == 1) {
    result[0] = ending.code;
    result[1] = ending.signal;
  }
  return number(env, reaped);
}

/* childState(pid): 0: running, 1: ended but not reaped, or a negative errno */
static napi_value addon_child_state(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t pid;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &pid));
  return number(env, pid < 1 ? -ECHILD : child_state(pid));
}

/* reapOrphans(Int32Array of pids to leave alone): the number reaped, or a negative errno */
static napi_value addon_reap_orphans(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t *kept;
  size_t count;
  if (!arguments(env, info, values) || !integers(env, values[0], &kept, &count)) return NULL;
  return number(env, children_reap_orphans(kept, count));
}

/* adoptOrphans(): 0 or a negative errno */
static napi_value addon_adopt_orphans(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, children_adopt_orphans());
}

/* parentDeathSignal(signal, parent): 0 or a negative errno */
static napi_value addon_parent_death_signal(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t signal, parent;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &signal));
  OR_RETURN(napi_get_value_int32(env, values[1], &parent));
  return number(env, parent_death_signal(signal, parent));
}

/* parentDeathDeadline(parent, milliseconds): 0 or a negative errno */
static napi_value addon_parent_death_deadline(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t parent;
  uint32_t milliseconds;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &parent));
  OR_RETURN(napi_get_value_uint32(env, values[1], &milliseconds));
  return number(env, parent_death_deadline(parent, milliseconds));
}

/* ringsAreRenewable() */
static napi_value addon_rings_are_renewable(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  OR_RETURN(napi_get_boolean(env, rings_are_renewable(), &result));
  return result;
}

/* forbidRings(): 0 or a negative errno */
static napi_value addon_forbid_rings(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, rings_forbid());
}

/* Returns a copy of a string, which the caller frees; NULL if an exception is pending or memory is exhausted. */
static char *copy_bytes(napi_env env, napi_value value, size_t *length) {
  OR_RETURN(napi_get_value_string_utf8(env, value, NULL, 0, length));
  char *copy = malloc(*length + 1);
  if (copy && napi_get_value_string_utf8(env, value, copy, *length + 1, length) == napi_ok) return copy;
  free(copy);
  return NULL;
}

static char *copy_text(napi_env env, napi_value value) {
  size_t length;
  return copy_bytes(env, value, &length);
}

/* openSocket(family, reusePort): a descriptor or a negative errno. The family is 4, 6, or 0 for a Unix socket. */
static napi_value addon_open_socket(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t version;
  bool reuse_port;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &version));
  OR_RETURN(napi_get_value_bool(env, values[1], &reuse_port));
  int family = version == 6 ? AF_INET6 : version == 4 ? AF_INET : AF_UNIX;
  return number(env, socket_open(family, reuse_port));
}

/* bindSocket(fd, address, port, v6Only): 0: bound to this address, 1: bound to another, or a negative errno */
static napi_value addon_bind_socket(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t fd;
  uint32_t port;
  bool v6_only;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &fd));
  OR_RETURN(napi_get_value_uint32(env, values[2], &port));
  OR_RETURN(napi_get_value_bool(env, values[3], &v6_only));
  char *address = copy_text(env, values[1]);
  if (!address) return number(env, -ENOMEM);
  long result = socket_bind(fd, address, (uint16_t)port, v6_only);
  free(address);
  return number(env, result);
}

/* bindPath(fd, path): same results as bindSocket() */
static napi_value addon_bind_path(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t fd;
  size_t length;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &fd));
  char *path = copy_bytes(env, values[1], &length);
  if (!path) return number(env, -ENOMEM);
  long result = socket_bind_path(fd, path, length);
  free(path);
  return number(env, result);
}

/* addressOf(fd): the address as text, 0: not bound, or a negative errno */
static napi_value addon_address_of(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t fd;
  char address[NI_MAXHOST];
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &fd));
  long found = socket_address(fd, address, sizeof address);
  return found == 1 ? text(env, address) : number(env, found);
}

/* hasFile(fd): 1, 0 or a negative errno */
static napi_value addon_has_file(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t fd;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &fd));
  return number(env, socket_has_file(fd));
}

/* duplicate(fd): the descriptor or a negative errno */
static napi_value addon_duplicate(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t fd;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &fd));
  return number(env, socket_duplicate(fd));
}

/* openPipe(Int32Array(2)): 0, and sets the array to [read end, write end], or a negative errno */
static napi_value addon_open_pipe(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t *ends;
  size_t count;
  if (!arguments(env, info, values) || !integers(env, values[0], &ends, &count)) return NULL;
  return number(env, count < 2 ? -EINVAL : pipe_open(ends));
}

/* openChannel(messages, Int32Array(2)): 0, and sets the array to both ends, or a negative errno */
static napi_value addon_open_channel(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  bool messages;
  int32_t *ends;
  size_t count;
  if (!arguments(env, info, values) || !integers(env, values[1], &ends, &count)) return NULL;
  OR_RETURN(napi_get_value_bool(env, values[0], &messages));
  return number(env, count < 2 ? -EINVAL : channel_open(messages, ends));
}

/* sendMessage(channel, text, descriptor): 0 or a negative errno */
static napi_value addon_send_message(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t channel, descriptor;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &channel));
  OR_RETURN(napi_get_value_int32(env, values[2], &descriptor));
  char *copy = copy_text(env, values[1]);
  if (!copy) return number(env, -ENOMEM);
  long result = channel_send(channel, copy, strlen(copy), descriptor);
  free(copy);
  return number(env, result);
}

/* receiveMessage(channel, Int32Array(1)): the text, and sets the array to its descriptor or -1; 0: the other end is
 * closed; or a negative errno */
static napi_value addon_receive_message(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS], result;
  int32_t channel;
  int32_t *descriptor;
  size_t count, length;
  char *message;
  if (!arguments(env, info, values) || !integers(env, values[1], &descriptor, &count)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &channel));
  long received = count < 1 ? -EINVAL : channel_receive(channel, &message, &length, descriptor);
  if (received <= 0) return number(env, received);
  napi_status status = napi_create_string_utf8(env, message, length, &result);
  free(message);
  return status == napi_ok ? result : NULL;
}

/* moveDescriptor(from, to): 0 or a negative errno */
static napi_value addon_move_descriptor(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t from, to;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &from));
  OR_RETURN(napi_get_value_int32(env, values[1], &to));
  return number(env, descriptor_move(from, to));
}

/* pid(): getpid(2) */
static napi_value addon_pid(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, getpid());
}

/* notify(address, text): 0 or a negative errno */
static napi_value addon_notify(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  if (!arguments(env, info, values)) return NULL;
  char *address = copy_text(env, values[0]);
  char *text = copy_text(env, values[1]);
  long result = address && text ? notify_send(address, text, strlen(text)) : -ENOMEM;
  free(address);
  free(text);
  return number(env, result);
}

/* Drops an exception that the listener throws: no caller could catch it. */
static void answer_interrupt(napi_env env, napi_value listener, uint64_t blocked, const char *stack) {
  napi_value receiver, exception, values[2];
  bool called = napi_get_undefined(env, &receiver) == napi_ok &&
                napi_create_int64(env, (int64_t)blocked, &values[0]) == napi_ok && (values[1] = text(env, stack)) &&
                napi_call_function(env, receiver, listener, 2, values, NULL) == napi_ok;
  if (!called) napi_get_and_clear_last_exception(env, &exception);
}

/* onInterrupt(signal, listener, fd, line, own): 0 or a negative errno. interrupt.h describes the arguments. */
static napi_value addon_on_interrupt(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  struct interrupt interrupt = {.answer = answer_interrupt};
  int32_t fd;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &interrupt.signal));
  OR_RETURN(napi_get_value_int32(env, values[2], &fd));
  interrupt.fd = fd;
  interrupt.line = copy_text(env, values[3]);
  interrupt.own = copy_text(env, values[4]);
  long result = interrupt.line && interrupt.own ? interrupt_begin(env, values[1], interrupt) : -ENOMEM;
  if (result != 0) {
    free(interrupt.line);
    free(interrupt.own);
  }
  return number(env, result);
}

/* collect(): 0 or a negative errno */
static napi_value addon_collect(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, v8_collect());
}

/* trim(): returns malloc's free memory to the system */
static napi_value addon_trim(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  malloc_trim(0);
  return NULL;
}

/* fillHoles(): see holes.h */
static napi_value addon_fill_holes(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  holes_fill();
  return NULL;
}

/* trimAfterCollections(): 0 or a negative errno */
static napi_value addon_trim_after_collections(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, trim_after_collections());
}

/* onHeapLimit(fd, text): 0 or a negative errno */
static napi_value addon_on_heap_limit(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t fd;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &fd));
  char *text = copy_text(env, values[1]);
  long result = text ? heap_limit_tell(fd, text, strlen(text)) : -ENOMEM;
  if (result != 0) free(text);
  return number(env, result);
}

/* exitWithoutTeardown(milliseconds): 0 or a negative errno */
static napi_value addon_exit_without_teardown(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  uint32_t patience;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_uint32(env, values[0], &patience));
  return number(env, exit_without_teardown(patience));
}

/* noteExitStatus(status) */
static napi_value addon_note_exit_status(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t status;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &status));
  exit_note_status(status);
  return NULL;
}

/* Makes V8 draw a random number, as it does for the identity hash of an object. */
static bool draw_hash(void *context) {
  napi_env env = context;
  napi_value object;
  return napi_create_object(env, &object) == napi_ok && v8_hash(object);
}

/* renewGenerators(): whether V8's generator was renewed, in addition to SQLite's */
static napi_value addon_renew_generators(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  sqlite_random_renew();
  OR_RETURN(napi_get_boolean(env, v8_random_renew(draw_hash, env), &result));
  return result;
}

static void end_environment(void *nothing) {
  (void)nothing;
  exit_now();
}

/* Returns an array of strings for execve(2), in one allocation; NULL if an exception is pending or memory is
 * exhausted. */
static char **strings(napi_env env, napi_value array) {
  uint32_t count;
  OR_RETURN(napi_get_array_length(env, array, &count));
  size_t size = (count + 1) * sizeof(char *);
  for (uint32_t i = 0; i < count; ++i) {
    napi_value item;
    size_t length;
    OR_RETURN(napi_get_element(env, array, i, &item));
    OR_RETURN(napi_get_value_string_utf8(env, item, NULL, 0, &length));
    size += length + 1;
  }
  char **items = malloc(size);
  if (!items) return NULL;
  char *end = (char *)items + size, *next = (char *)(items + count + 1);
  for (uint32_t i = 0; i < count; ++i) {
    napi_value item;
    size_t length;
    items[i] = next;
    if (napi_get_element(env, array, i, &item) != napi_ok ||
        napi_get_value_string_utf8(env, item, next, (size_t)(end - next), &length) != napi_ok) {
      free(items);
      return NULL;
    }
    next += length + 1;
  }
  items[count] = NULL;
  return items;
}

/* execute(path, arguments, environment, Int32Array of descriptors): a negative errno, or does not return */
static napi_value addon_execute(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS], path;
  int32_t *descriptors;
  size_t count;
  if (!arguments(env, info, values) || !integers(env, values[3], &descriptors, &count)) return NULL;
  OR_RETURN(napi_create_array_with_length(env, 1, &path));
  OR_RETURN(napi_set_element(env, path, 0, values[0]));
  char **program = strings(env, path), **given = NULL, **environment = NULL;
  if (program) given = strings(env, values[1]);
  if (given) environment = strings(env, values[2]);
  long result = environment ? process_execute(program[0], given, environment, descriptors, count) : -ENOMEM;
  free(program);
  free(given);
  free(environment);
  return number(env, result);
}

/* exit(code): _exit(2) */
static napi_value addon_exit(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  int32_t code;
  if (!arguments(env, info, values)) return NULL;
  OR_RETURN(napi_get_value_int32(env, values[0], &code));
  _exit(code);
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback function;
  } functions[] = {
      {"fork", addon_fork},
      {"holdSignals", addon_hold_signals},
      {"releaseSignals", addon_release_signals},
      {"reap", addon_reap},
      {"childState", addon_child_state},
      {"reapOrphans", addon_reap_orphans},
      {"adoptOrphans", addon_adopt_orphans},
      {"parentDeathSignal", addon_parent_death_signal},
      {"parentDeathDeadline", addon_parent_death_deadline},
      {"ringsAreRenewable", addon_rings_are_renewable},
      {"forbidRings", addon_forbid_rings},
      {"openSocket", addon_open_socket},
      {"bindSocket", addon_bind_socket},
      {"bindPath", addon_bind_path},
      {"addressOf", addon_address_of},
      {"hasFile", addon_has_file},
      {"duplicate", addon_duplicate},
      {"openPipe", addon_open_pipe},
      {"openChannel", addon_open_channel},
      {"sendMessage", addon_send_message},
      {"receiveMessage", addon_receive_message},
      {"moveDescriptor", addon_move_descriptor},
      {"pid", addon_pid},
      {"notify", addon_notify},
      {"onInterrupt", addon_on_interrupt},
      {"collect", addon_collect},
      {"trim", addon_trim},
      {"fillHoles", addon_fill_holes},
      {"trimAfterCollections", addon_trim_after_collections},
      {"onHeapLimit", addon_on_heap_limit},
      {"exitWithoutTeardown", addon_exit_without_teardown},
      {"noteExitStatus", addon_note_exit_status},
      {"execute", addon_execute},
      {"renewGenerators", addon_renew_generators},
      {"exit", addon_exit},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) {
    napi_value function;
    OR_RETURN(napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function));
    OR_RETURN(napi_set_named_property(env, exports, functions[i].name, function));
  }
  /* Hooks run in reverse order, so this one runs after those of packages that are loaded later. */
  OR_RETURN(napi_add_env_cleanup_hook(env, end_environment, NULL));
  /* unforkable: why this process cannot be copied; absent if it can. */
  const char *reason = process_prepare();
  if (reason) OR_RETURN(napi_set_named_property(env, exports, "unforkable", text(env, reason)));
  return exports;
}
