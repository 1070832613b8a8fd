/* SPDX-License-Identifier: MIT */
/* quattro.CancelScope. */
#include "preload/agent/providers/provider.h"

static const struct provider_method methods[] = {
    {"__enter__", SCOPE_ENTER, true}, {"__exit__", SCOPE_EXIT, true},
    {"cancel", SCOPE_CANCEL, true},   {"_CancelScope__timeout_cb", SCOPE_EXPIRE, false},
    {NULL, SCOPE_ENTER, false},
};

const struct provider provider_quattro = {
    .kind = "quattro.CancelScope",
    .module = "quattro",
    .qualname = "CancelScope",
    .package = "quattro",
    .cancel_methods = "cancel",
    .traits = TRAIT_TAKES_BACK | TRAIT_REUSABLE,
    .attributes = {.deadline = "_deadline"},
    .methods = methods,
};
