/* SPDX-License-Identifier: MIT */
/* asgiref.timeout, an early copy of async_timeout. */
#include "preload/agent/providers/provider.h"

static const struct provider_method methods[] = {
    {"_do_enter", SCOPE_ENTER, true},
    {"_do_exit", SCOPE_EXIT, true},
    {"_cancel_task", SCOPE_IMPLICIT_DEADLINE, true},
    {NULL, SCOPE_ENTER, false},
};

const struct provider provider_asgiref_timeout = {
    .kind = "asgiref.timeout",
    .module = "asgiref.timeout",
    .qualname = "timeout",
    .package = "asgiref",
    .cancel_methods = "_cancel_task",
    .traits = TRAIT_RAISES_TIMEOUT | TRAIT_TAKES_BACK,
    .attributes = {.cancelled = "_cancelled", .host = "_task"},
    .methods = methods,
};
