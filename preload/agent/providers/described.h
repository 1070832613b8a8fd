/* SPDX-License-Identifier: MIT */
/*
 * Providers that the user described (--providers): made of what the control file holds.
 *
 * Runs in: the target, GIL held. What is made lives as long as the process: scopes and hooks point to it. An
 * attach that brings other descriptions than the one before adds to them.
 */
#ifndef SCOPETRACE_AGENT_PROVIDERS_DESCRIBED_H
#define SCOPETRACE_AGENT_PROVIDERS_DESCRIBED_H

/* Wants the providers that the control file describes now, and no other described ones. */
void described_read(void);

#endif
