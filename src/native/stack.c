#define _GNU_SOURCE
#include "stack.h"

#include <stdio.h>
#include <string.h>

#include "v8.h"

/* How many frames to read, most of which may be Node's, and how many to report. */
enum { DEPTH = 50, TOLD = 16 };

/* v8::StackTrace::StackTraceOptions: all details, including frames of other contexts. */
enum { DETAILED = 0x17f };

/* v8::Location, whose numbers start at 0. */
struct location {
  int line;
  int column;
};

/* A v8::Local, which is a pointer, like a napi_value; NULL if it is empty. */
typedef void *local;

typedef local current_trace(struct isolate *isolate, int depth, int options);
typedef int frame_count(local trace);
typedef local frame_at(local trace, struct isolate *isolate, uint32_t index);
typedef local frame_text(local frame);
typedef struct location frame_location(local frame);

static struct {
  current_trace *current;
  frame_count *count;
  frame_at *frame;
  frame_text *function;
  frame_text *script;
  frame_location *location;
} methods;

bool stack_is_known(void) {
  methods.current =
      (current_trace *)v8_method("_ZN2v810StackTrace17CurrentStackTraceEPNS_7IsolateEiNS0_17StackTraceOptionsE");
  methods.count = (frame_count *)v8_method("_ZNK2v810StackTrace13GetFrameCountEv");
  methods.frame = (frame_at *)v8_method("_ZNK2v810StackTrace8GetFrameEPNS_7IsolateEj");
  methods.function = (frame_text *)v8_method("_ZNK2v810StackFrame15GetFunctionNameEv");
  methods.script = (frame_text *)v8_method("_ZNK2v810StackFrame24GetScriptNameOrSourceURLEv");
  methods.location = (frame_location *)v8_method("_ZNK2v810StackFrame11GetLocationEv");
  return methods.current && methods.count && methods.frame && methods.function && methods.script && methods.location;
}

/* Reads a string, cut between two characters if it is too long, and replaces characters that JSON would escape. */
static void read_text(napi_env env, local string, char *text, size_t size) {
  text[0] = 0;
  if (!string || napi_get_value_string_utf8(env, string, text, size, NULL) != napi_ok) text[0] = 0;
  for (char *at = text; *at; ++at) {
    if ((unsigned char)*at < ' ') *at = ' ';
    if (*at == '"') *at = '\'';
    if (*at == '\\') *at = '/';
  }
}

static bool begins_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

/* Returns the length of the description, or 0 if the frame is not the application's. */
static size_t describe_frame(napi_env env, local frame, const char *own, char *text, size_t size) {
  static const char scheme[] = "file://";
  char script[1024], function[256];
  read_text(env, methods.script(frame), script, sizeof script);
  const char *path = begins_with(script, scheme) ? script + sizeof scheme - 1 : script;
  if (path[0] == 0 || begins_with(path, "node:") || begins_with(path, own)) return 0;
  read_text(env, methods.function(frame), function, sizeof function);
  struct location at = methods.location(frame);
  const char *format = function[0] ? "%s (%s:%d:%d)" : "%s%s:%d:%d";
  int length = snprintf(text, size, format, function, path, at.line + 1, at.column + 1);
  return length > 0 ? (size_t)length : 0;
}

static void describe_trace(napi_env env, const char *own, char *text, size_t size) {
  static const char separator[] = " < ", more[] = " < …";
  struct isolate *isolate = v8_isolate();
  local trace = methods.current(isolate, DEPTH, DETAILED);
  int count = trace ? methods.count(trace) : 0;
  size_t length = 0;
  for (int i = 0, told = 0; i < count; ++i) {
    char frame[2048];
    size_t bytes = describe_frame(env, methods.frame(trace, isolate, (uint32_t)i), own, frame, sizeof frame);
    if (bytes == 0) continue;
    if (told++ == TOLD || length + sizeof separator + bytes + sizeof more > size) {
      memcpy(text + length, length ? more : more + sizeof separator - 1, sizeof more);
      return;
    }
    length += (size_t)sprintf(text + length, "%s%s", length ? separator : "", frame);
  }
}

void stack_describe(napi_env env, const char *own, char *text, size_t size) {
  napi_handle_scope scope;
  text[0] = 0;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  describe_trace(env, own, text, size);
  napi_close_handle_scope(env, scope);
}
