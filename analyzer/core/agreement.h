/* SPDX-License-Identifier: MIT */
/*
 * What the memory of a process says beside what its trace says: both number tasks and events alike.
 *
 * Runs in: the command. Pure.
 */
#ifndef SCOPETRACE_CORE_AGREEMENT_H
#define SCOPETRACE_CORE_AGREEMENT_H

#include "analyzer/core/report.h"

/* Adds to moment->remarks where they agree and where they do not. */
void agreement_note(struct last_moment *moment, const struct report *trace);

#endif
