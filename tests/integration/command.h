/* SPDX-License-Identifier: MIT */
/*
 * Runs the built command, and looks for what it left behind. Each test has a temporary folder of its own (TMPDIR),
 * so that tests and other users of LTTng do not see each other.
 *
 * Runs in: the tests. Single-threaded.
 */
#ifndef SCOPETRACE_TESTS_COMMAND_H
#define SCOPETRACE_TESTS_COMMAND_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

struct outcome {
    int status; /* the exit status; 128 + signal when killed */
    char *out, *err;
};

/* Makes this test's TMPDIR; command_teardown() fails when anything is left in it or still runs for it after some
 * seconds, and ends that, so that a test which fails does no harm to the next ones or to who waits for the end of
 * their output. Both for cmocka. */
int command_setup(void **state);
int command_teardown(void **state);
/* The exit status of a test program whose group of tests has command_teardown() for its end, which cmocka says has
 * failed but does not count. */
int command_verdict(int failed);
const char *command_folder(void);

/* arguments: of scopetrace, NULL-terminated, separated by spaces in one string (none has a space in it), or an
 * array where that is not enough. Runs to the end. */
struct outcome command_run(const char *arguments);
struct outcome command_run_array(const char *const *arguments, const char *input);
/* The program without scopetrace, for comparison. */
struct outcome command_plain(const char *const *program, const char *input);
/* Whether a user without rights can run it, as root asks. Not where it was built in root's own folder. */
bool command_is_for_others(void);
void outcome_clear(struct outcome *outcome);

/* Starts it, in a process group of its own, with its output in a pipe that command_read_until() reads. */
struct running {
    pid_t pid;
    int out;
};
struct running command_start(const char *const *arguments);
/* The same of a program without scopetrace, whose path is the first of these. */
struct running command_start_plain(const char *const *program);
/* Reads the output until it holds text, for at most ten seconds; fails the test when it does not come. Returns
 * what was read. */
char *command_read_until(const struct running *running, const char *text);
/* Waits for its end. Returns the exit status. */
int command_finish(struct running *running);
/* Waits for its end; fails the test, with what the command said, when its exit status is another one. */
void command_finish_with(struct running *running, int expected);

/* Whether a process has this test's TMPDIR in its environment (daemons, keepers), this one left out. */
bool command_has_processes(void);
/* Waits at most ten seconds for condition. */
bool command_wait_until(bool (*condition)(void));
bool command_left_nothing(void);

/* The number in this environment variable, for who wants a test longer than usual. */
long command_count(const char *variable, long usual);

/* Whether this user may attach, by whatever means, to a process that is no child of his; prints why not. */
bool command_may_attach(void);

/* The path of this test program, which plays the traced program when it is given an argument. */
const char *command_self(void);

/* Asserts that err is one line of scopetrace's that holds text. */
void assert_one_line(const char *err, const char *text);
/* The command refuses these arguments, with status 2 and such a line. */
void assert_command_refuses(const char *arguments, const char *text);

#endif
