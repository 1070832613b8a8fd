/* SPDX-License-Identifier: MIT */
/* asyncio.timeout() and timeout_at(), and what is built on them (wait_for from 3.12). */
#include "preload/agent/providers/provider.h"

static const struct provider_method methods[] = {
    {"__aenter__", SCOPE_ENTER, true},
    {"__aexit__", SCOPE_EXIT, true},
    {"_on_timeout", SCOPE_IMPLICIT_DEADLINE, true},
    {NULL, SCOPE_ENTER, false},
};

const struct provider provider_asyncio_timeout = {
    .kind = "asyncio.Timeout",
    .module = "asyncio.timeouts",
    .qualname = "Timeout",
    .package = "asyncio",
    .cancel_methods = "_on_timeout",
    .traits = TRAIT_RAISES_TIMEOUT | TRAIT_TAKES_BACK,
    .attributes = {.deadline = "_when", .host = "_task", .entering = "_state", .exiting = "_state"},
    .exit_return = PROVIDER_RETURN_PASSES,
    .methods = methods,
};
