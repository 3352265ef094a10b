#include <node_api.h>
#include <stddef.h>

#include "probe.h"

typedef long function(long);

static napi_value call(napi_env env, napi_callback_info info) {
  napi_value value;
  size_t count = 1;
  void *data;
  int64_t argument = 0;
  if (napi_get_cb_info(env, info, &count, &value, NULL, &data) != napi_ok) return NULL;
  if (count > 0) napi_get_value_int64(env, value, &argument);
  function *const *called = data;
  napi_value result;
  return napi_create_int64(env, (*called)((long)argument), &result) == napi_ok ? result : NULL;
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    function *called;
  } functions[] = {
      {"startKeepers", keepers_start},
      {"keeperFaults", keepers_faults},
      {"joinKeepers", keepers_join},
      {"startBirths", births_start},
      {"births", births_count},
      {"stopBirths", births_stop},
      {"startHammers", hammers_start},
      {"hammerBlows", hammers_count},
      {"stopHammers", hammers_stop},
      {"startHolder", holder_start},
      {"stopHolder", holder_stop},
      {"lookalikesChanged", holder_lookalikes_changed},
      {"makeObject", object_make},
      {"duplicate", object_duplicate},
      {"makeMappings", mappings_make},
      {"mappingFaults", mappings_faults},
      {"processorFaults", processor_faults},
      {"startPacer", pacer_start},
      {"stopPacer", pacer_stop},
      {"startQueue", queue_start},
      {"stopQueue", queue_stop},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) {
    napi_value value;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, call, (void *)&functions[i].called, &value) !=
            napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, value) != napi_ok) {
      return NULL;
    }
  }
  return exports;
}
