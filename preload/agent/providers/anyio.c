/* SPDX-License-Identifier: MIT */
/* anyio.CancelScope on asyncio, 3.0 and later. Task groups, fail_after and the like are built on it. */
#include "preload/agent/providers/provider.h"

static const struct provider_method methods[] = {
    {"__enter__", SCOPE_ENTER, true},  {"__exit__", SCOPE_EXIT, true},
    {"cancel", SCOPE_CANCEL, true},    {"_deliver_cancellation", SCOPE_DELIVER, true},
    {"_timeout", SCOPE_EXPIRE, false}, {NULL, SCOPE_ENTER, false},
};

static const char *const makers[] = {"move_on_after", "move_on_at", NULL};

const struct provider provider_anyio = {
    .kind = "anyio.CancelScope",
    .module = "anyio._backends._asyncio",
    .qualname = "CancelScope",
    .package = "anyio",
    .maker_module = "anyio._core._tasks",
    .makers = makers,
    .cancel_methods = "cancel",
    .traits = TRAIT_LEVEL_TRIGGERED | TRAIT_HANDS_UP | TRAIT_TAKES_BACK | TRAIT_GROUP | TRAIT_REUSABLE,
    .newer = "cancelled_caught", /* 4.0 */
    .older_traits = TRAIT_STOPS_IN_WAIT,
    .attributes = {.shield = "_shield",
                   .deadline = "_deadline",
                   .parent = "_parent_scope",
                   .cancelled = "_cancel_called",
                   .active = "_active",
                   .host = "_host_task"},
    .methods = methods,
};
