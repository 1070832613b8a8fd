/* SPDX-License-Identifier: MIT */
/*
 * What the preloaded entry does by its functions' names, where an attach has loaded the agent into a program
 * without it: the program's references to those functions are pointed at the agent's (preload/interposed/), so
 * that it keeps its hands off LTTng's descriptors, and the interpreter does not count LTTng's threads. LTTng stays
 * when the command has gone, and so does this.
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_AGENT_INTERPOSITION_H
#define SCOPETRACE_AGENT_INTERPOSITION_H

/* GIL held, process_setup() called; again at each attach. Raises nothing, keeps errno. In a program that was
 * preloaded the entry is told of the agent, and nothing is pointed anywhere. Objects that are loaded afterwards
 * are looked at when the interpreter asks for a function of theirs. */
void interposition_begin(void);

#endif
