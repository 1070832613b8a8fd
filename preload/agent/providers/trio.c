/* SPDX-License-Identifier: MIT */
/* trio.CancelScope, which nurseries, fail_after and the like are built on. Trio's tasks are trio_task.c's. */
#include "preload/agent/providers/provider.h"

static const struct provider_method methods[] = {
    {"__enter__", SCOPE_ENTER, true}, {"_close", SCOPE_CLOSE, true},
    {"cancel", SCOPE_CANCEL, true},   {"_cancel", SCOPE_CANCEL, false}, /* 0.31 and later: for deadlines, too */
    {NULL, SCOPE_ENTER, false},
};

const struct provider provider_trio = {
    .kind = "trio.CancelScope",
    .module = "trio._core._run",
    .qualname = "CancelScope",
    .package = "trio",
    .cancel_methods = "cancel,_cancel",
    .traits = TRAIT_NO_COUNTER | TRAIT_LEVEL_TRIGGERED | TRAIT_GROUP,
    .attributes = {.shield = "_shield", .cancelled = "_cancel_called", .active = "_cancel_status"},
    .methods = methods,
};
