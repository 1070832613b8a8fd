/* SPDX-License-Identifier: MIT */
/*
 * For doctor: traces a tiny program with each interpreter found. It is the proof that nothing else gives: daemon,
 * libraries, LTTng's protocol versions and memory work together.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CLI_DOCTOR_TRIAL_H
#define SCOPETRACE_CLI_DOCTOR_TRIAL_H

#include <glib.h>

/* TRUE when at least one interpreter was traced; detail lists each, and why the others were not. */
gboolean doctor_trial(GString *detail, GError **error);

#endif
