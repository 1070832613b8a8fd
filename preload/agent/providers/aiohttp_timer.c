/* SPDX-License-Identifier: MIT */
/* aiohttp's client time-outs. */
#include "preload/agent/providers/provider.h"

static const struct provider_method methods[] = {
    {"__enter__", SCOPE_ENTER, true},
    {"__exit__", SCOPE_EXIT, true},
    {"timeout", SCOPE_IMPLICIT_DEADLINE, true},
    {NULL, SCOPE_ENTER, false},
};

const struct provider provider_aiohttp_timer = {
    .kind = "aiohttp.TimerContext",
    .module = "aiohttp.helpers",
    .qualname = "TimerContext",
    .package = "aiohttp",
    .cancel_methods = "timeout",
    .traits = TRAIT_RAISES_TIMEOUT | TRAIT_TAKES_BACK | TRAIT_REUSABLE,
    .attributes = {.cancelled = "_cancelled"},
    .methods = methods,
};
