/* SPDX-License-Identifier: MIT */
/* async_timeout.Timeout up to 4.x; from 5.0 it is asyncio's own on these interpreters. */
#include "preload/agent/providers/provider.h"

static const struct provider_method methods[] = {
    {"_do_enter", SCOPE_ENTER, true},
    {"_do_exit", SCOPE_EXIT, true},
    {"_on_timeout", SCOPE_IMPLICIT_DEADLINE, true},
    {NULL, SCOPE_ENTER, false},
};

const struct provider provider_async_timeout = {
    .kind = "async_timeout.Timeout",
    .module = "async_timeout",
    .qualname = "Timeout",
    .package = "async_timeout",
    .cancel_methods = "_on_timeout",
    .traits = TRAIT_RAISES_TIMEOUT | TRAIT_TAKES_BACK,
    .attributes = {.deadline = "_deadline"},
    .methods = methods,
};
