/* SPDX-License-Identifier: MIT */
/* `scopetrace doctor PID`. Runs in: the command. */
#ifndef SCOPETRACE_CLI_DOCTOR_PROCESS_H
#define SCOPETRACE_CLI_DOCTOR_PROCESS_H

#include <stdbool.h>

/* Prints what would keep process `text` from being attached to, and where it stands; quiet: the former alone. The
 * exit status. */
int doctor_process(const char *text, bool quiet);

#endif
