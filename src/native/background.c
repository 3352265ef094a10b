#include "background.h"

#include <pthread.h>
#include <signal.h>

/* Small, because the kernel may back a stack of the default 8 MB with a 2 MB huge page. */
enum { STACK_BYTES = 128 * 1024 };

long background_start(void *(*run)(void *), void *argument) {
  pthread_t thread;
  pthread_attr_t attributes;
  sigset_t all, former;
  int error = pthread_attr_init(&attributes);
  if (error) return -error;
  error = pthread_attr_setstacksize(&attributes, STACK_BYTES);
  if (!error) error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (!error) {
    /* The thread inherits a full mask: signals are for the application's threads. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    error = pthread_create(&thread, &attributes, run, argument);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
  }
  pthread_attr_destroy(&attributes);
  return -error;
}
