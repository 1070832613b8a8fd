/* SPDX-License-Identifier: MIT */
/*
 * What the agent knows of the interpreter. A program that embeds Python may end it and begin another one in the
 * same process: objects of the one that ended must not be touched any more, not even to give them back.
 *
 * Runs in: the target, GIL held, except where it says otherwise.
 */
#ifndef SCOPETRACE_AGENT_OF_INTERPRETER_H
#define SCOPETRACE_AGENT_OF_INTERPRETER_H

/* On a static variable: it becomes zero when the interpreter has ended. */
#define OF_INTERPRETER __attribute__((section("of_interpreter")))

/* Has all that forgotten at the end of this interpreter, and `gone` called then: no GIL, no Python. 0, or -1 with
 * no exception set. */
int of_interpreter_setup(void (*gone)(void));

#endif
