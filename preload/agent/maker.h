/* SPDX-License-Identifier: MIT */
/*
 * Functions that make scopes and are over before the scope is entered (anyio.move_on_after): no stack tells of
 * them at the entry. The function stays the object that it is, whoever holds it; only calls of it are led through
 * here.
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_MAKER_H
#define SCOPETRACE_AGENT_MAKER_H

#include "preload/agent/identity.h"

/* Follows the provider's makers, as far as they are plain functions. Does nothing the second time. */
void maker_follow(const struct provider *provider);
/* The same where the hooks were taken out since. */
void maker_follow_again(const struct provider *provider);

/* The hooks of this class are taken out. */
void maker_forget(PyObject *class);

/* The stack with the scope's maker in front of it, where one was seen to make it. */
uint32_t maker_stack(struct scope *scope, uint32_t stack);

#endif
