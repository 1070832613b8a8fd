/* SPDX-License-Identifier: MIT */
/* The report on a core file. Runs in: the command. */
#ifndef SCOPETRACE_COMMANDS_RECOVER_CORE_H
#define SCOPETRACE_COMMANDS_RECOVER_CORE_H

#include "cli/options.h"

/* Reports on settings->core, and on trace unless that is NULL. Returns the exit status. */
int recover_core(const struct settings *settings, const char *trace);

#endif
