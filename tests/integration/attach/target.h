/* SPDX-License-Identifier: MIT */
/*
 * Programs to be attached to, and the commands that do so. What fails, fails the test.
 *
 * Runs in: the tests. Single-threaded.
 */
#ifndef SCOPETRACE_TESTS_ATTACH_TARGET_H
#define SCOPETRACE_TESTS_ATTACH_TARGET_H

#include <glib.h>
#include <jansson.h>
#include <sys/types.h>

#include "tests/integration/command.h"

#define PYTHON "/usr/bin/python3"
#define ATTACH_SOURCES SOURCE_DIRECTORY "/tests/integration/attach"

/* A process that runs target.py, and the file in which that says how it is. */
struct target {
    pid_t pid;
    char *state;
};

/* Runs a program, NULL-terminated, and kills one. */
pid_t target_spawn(const char *const *arguments);
void target_end(pid_t pid);

struct target target_start(const char *python, const char *mode);
void target_stop(struct target *target);
/* new, NULL: it has not begun. */
json_t *target_state(const struct target *target);
json_int_t target_beats(const struct target *target);
/* How many methods are not the original ones. */
size_t target_hooks(const struct target *target);
/* Waits until it has gone on by some beats. */
void target_beats_on(const struct target *target);

struct outcome target_command(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Attaches and detaches: it goes on afterwards, without hooks. */
void target_attaches(const struct target *target, const char *what);
/* `scopetrace ps` shows text among what is alive. */
void target_ps_shows(const struct target *target, const char *text);
/* Every command that attaches says in one line that it cannot, and doctor in one of its. */
void target_refused(pid_t pid, const char *message);
/* The same, and nothing of ours is in the process. */
void target_refused_untouched(pid_t pid, const char *message);

#endif
