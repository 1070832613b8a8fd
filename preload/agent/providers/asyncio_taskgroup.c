/* SPDX-License-Identifier: MIT */
/* asyncio.TaskGroup. */
#include "preload/agent/providers/provider.h"

static const struct provider_method methods[] = {
    {"__aenter__", SCOPE_ENTER, true},
    {"__aexit__", SCOPE_EXIT, true},
    {"_on_task_done", SCOPE_IMPLICIT_CHILD, true},
    {"_abort", SCOPE_IMPLICIT_CHILD, true},
    {"cancel", SCOPE_CANCEL, false}, /* 3.15 */
    {NULL, SCOPE_ENTER, false},
};

const struct provider provider_asyncio_taskgroup = {
    .kind = "asyncio.TaskGroup",
    .module = "asyncio.taskgroups",
    .qualname = "TaskGroup",
    .package = "asyncio",
    .cancel_methods = "_on_task_done,_abort,cancel",
    .traits = TRAIT_RAISES_GROUP | TRAIT_REARMS | TRAIT_TAKES_BACK | TRAIT_GROUP,
    .attributes = {.host = "_parent_task", .entering = "_entered", .exiting = "_exiting"},
    .exit_return = PROVIDER_RETURN_SWALLOWS,
    .methods = methods,
};
