/* SPDX-License-Identifier: MIT */
/*
 * What hooked calls run through, and what they hardly ever do. What they run through is executed once per call, in
 * between a program that has filled the processor's caches with itself: an instruction costs three times what it
 * does in a loop, and a good part of them were there to get from one small function to the next. So a way is one
 * function, and holds nothing that it does not need; docs/performance.md has what that is worth.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_AGENT_SELDOM_H
#define SCOPETRACE_AGENT_SELDOM_H

/* On a function that a hooked call hardly ever reaches: it is kept out of the way of those that it does. */
#define SELDOM __attribute__((cold, noinline))
/* On one that all of them run through: these lie side by side. */
#define OFTEN __attribute__((hot))
/* On the few where such a way begins: all of it is one function, but for what is apart. */
#define WHOLE __attribute__((hot, flatten))
/* On one that many reach, but not most. */
#define APART __attribute__((noinline))
/* A condition that a hooked call hardly ever meets. */
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#endif
