/* SPDX-License-Identifier: MIT */
/*
 * On a function that a hooked call hardly ever reaches. The compiler keeps it out of the way of what each of them
 * runs through: by far the most of that is a few loads that find everything as usual.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_AGENT_SELDOM_H
#define SCOPETRACE_AGENT_SELDOM_H

#define SELDOM __attribute__((cold, noinline))

#endif
