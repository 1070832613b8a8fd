/* SPDX-License-Identifier: MIT */
/* The probes of the `scopetrace` provider: the one file that instantiates them. Runs in: the target. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "tracepoints/provider.h"
