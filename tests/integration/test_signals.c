/* SPDX-License-Identifier: MIT */
/* Signals, terminals and sudden deaths around a program under `run`. This program plays the traced one, too: with
 * the argument "count" it counts the signals that reach it. */
#include <errno.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/command.h"
#include "tests/skip.h"

/* How long the program goes on listening after a signal. */
#define QUIET_MS 400

/* Prints its pid, waits for signals, and prints how often each came when no more come. */
static int count_signals(void)
{
    unsigned counts[NSIG] = {0};
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGTSTP);
    sigprocmask(SIG_BLOCK, &all, NULL);
    printf("ready %d\n", getpid());
    fflush(stdout);
    struct timespec patience = {.tv_sec = 10};
    for (int number; (number = sigtimedwait(&all, NULL, &patience)) > 0 || errno == EINTR;) {
        if (number < 0)
            continue;
        counts[number]++;
        patience = (struct timespec){.tv_nsec = QUIET_MS * 1000000L};
    }
    for (int number = 1; number < NSIG; number++)
        if (counts[number])
            printf("%s %u\n", strsignal(number), counts[number]);
    printf("end\n");
    return 0;
}

static struct running start_counting(void)
{
    const char *const arguments[] = {"run", "--allow-empty", command_self(), "count", NULL};
    return command_start(arguments);
}

/* Never one that stands for many: -1 given to kill() would be every process of the machine. */
static pid_t pid_in(const char *text)
{
    const char *ready = strstr(text, "ready ");
    const long pid = ready ? strtol(ready + strlen("ready "), NULL, 10) : 0;
    if (pid <= 1)
        fail_msg("not the pid of the program: \"%s\"", text);
    return (pid_t)pid;
}

static void await_text(const struct running *running, const char *text)
{
    g_free(command_read_until(running, text));
}

static void assert_came_once(const char *text, int number)
{
    g_autofree char *line = g_strdup_printf("%s 1\r\nend", strsignal(number));
    g_autofree char *plain = g_strdup_printf("%s 1\nend", strsignal(number));
    if (!strstr(text, line) && !strstr(text, plain))
        fail_msg("%s did not come once: %s", strsignal(number), text);
}

static void check_delivery(int number, bool to_group)
{
    struct running running = start_counting();
    await_text(&running, "\n");
    assert_int_equal(kill(to_group ? -running.pid : running.pid, number), 0);
    g_autofree char *text = command_read_until(&running, "end\n");
    assert_came_once(text, number);
    command_finish_with(&running, 0);
}

static void signals_to_the_command_are_forwarded_once(void **state)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM, SIGCONT};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        check_delivery(numbers[i], false);
}

static void signals_to_the_group_come_once(void **state)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCONT};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        check_delivery(numbers[i], true);
}

static bool is_named(const char *pid, const char *file, const char *word)
{
    g_autofree char *path = g_build_filename("/proc", pid, file, NULL);
    g_autofree char *text = NULL;
    gsize size = 0;
    return g_file_get_contents(path, &text, &size, NULL) && memmem(text, size, word, strlen(word));
}

/* As pkill does, with -f and without. */
static void kill_by_name(pid_t group, const char *file, const char *name, int number)
{
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    for (const char *pid; (pid = g_dir_read_name(processes));)
        if (g_ascii_isdigit(*pid) && getpgid((pid_t)atol(pid)) == group && is_named(pid, file, name))
            assert_int_equal(kill((pid_t)atol(pid), number), 0);
}

/* Each process that has it gets the signal by itself; the program does not have it. */
static void signals_to_all_of_our_name_come_once(void **state)
{
    static const char *const names[][2] = {{"comm", "scopetrace"}, {"cmdline", "bin/scopetrace"}};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct running running = start_counting();
        await_text(&running, "\n");
        kill_by_name(running.pid, names[i][0], names[i][1], SIGTERM);
        g_autofree char *text = command_read_until(&running, "end\n");
        assert_came_once(text, SIGTERM);
        command_finish_with(&running, 0);
    }
}

/* From a terminal or to the group: it cannot have reached a program that is not there yet. */
static void interrupt_before_the_program_starts_counts(void **state)
{
    (void)state;
    const char *const command[] = {"/usr/bin/env",
                                   "LD_PRELOAD=" JUST_BEFORE,
                                   "ASAN_OPTIONS=verify_asan_link_order=0", /* the preload comes before it */
                                   COMMAND,
                                   "run",
                                   "--allow-empty",
                                   "--",
                                   command_self(),
                                   "count",
                                   NULL};
    struct running running = command_start_plain(command);
    command_finish_with(&running, 128 + SIGINT);
}

static void killed_program_is_reported(void **state)
{
    (void)state;
    struct running running = start_counting();
    g_autofree char *ready = command_read_until(&running, "\n");
    assert_int_equal(kill(pid_in(ready), SIGKILL), 0);
    command_finish_with(&running, 128 + SIGKILL);
}

static pid_t survivor;

static bool survivor_alone(void)
{
    g_autoptr(GDir) entries = g_dir_open(command_folder(), 0, NULL);
    return !g_dir_read_name(entries);
}

static void killed_command_leaves_nothing(void **state)
{
    (void)state;
    struct running running = start_counting();
    g_autofree char *ready = command_read_until(&running, "\n");
    survivor = pid_in(ready);
    assert_int_equal(kill(running.pid, SIGKILL), 0);
    command_finish_with(&running, 128 + SIGKILL);
    assert_true(command_wait_until(survivor_alone));
    assert_int_equal(kill(survivor, 0), 0); /* the program itself runs on */
    assert_int_equal(kill(survivor, SIGKILL), 0);
    assert_true(command_wait_until(command_left_nothing));
}

static void killed_while_starting_leaves_nothing(void **state)
{
    (void)state;
    for (unsigned milliseconds = 0; milliseconds < 200; milliseconds += milliseconds < 16 ? 2 : 23) {
        const char *const arguments[] = {"run", "--allow-empty", "true", NULL};
        struct running running = command_start(arguments);
        g_usleep(milliseconds * 1000);
        kill(running.pid, SIGKILL);
        command_finish(&running);
        assert_true(command_wait_until(command_left_nothing));
    }
}

static void two_at_once_do_not_meet(void **state)
{
    (void)state;
    struct running first = start_counting(), second = start_counting();
    await_text(&first, "\n");
    await_text(&second, "\n");
    assert_int_equal(kill(first.pid, SIGTERM), 0);
    await_text(&first, "end\n");
    command_finish_with(&first, 0);
    assert_int_equal(kill(second.pid, SIGTERM), 0);
    g_autofree char *other = command_read_until(&second, "end\n");
    assert_came_once(other, SIGTERM);
    command_finish_with(&second, 0);
}

/* As forkpty(); where there are no pseudo-terminals (a bare chroot) the test is skipped. */
static pid_t fork_on_terminal(int *ret_terminal)
{
    const pid_t child = forkpty(ret_terminal, NULL, NULL, NULL);
    if (child < 0 && errno == ENOENT)
        skip_because("no pseudo-terminals here (/dev/pts)");
    assert_true(child >= 0);
    return child;
}

/* A session leader with a terminal of its own, whose foreground group is the command's: like a shell's job. */
static struct running start_on_terminal(void)
{
    int terminal;
    const pid_t child = fork_on_terminal(&terminal);
    if (child == 0) {
        execl(COMMAND, COMMAND, "run", "--allow-empty", command_self(), "count", NULL);
        _exit(99);
    }
    const struct running running = {child, terminal};
    return running;
}

static void type(const struct running *running, char key)
{
    assert_int_equal(write(running->out, &key, 1), 1);
}

static void interrupt_key_comes_once(void **state)
{
    (void)state;
    struct running running = start_on_terminal();
    await_text(&running, "ready");
    type(&running, 'C' & 0x1f);
    g_autofree char *text = command_read_until(&running, "end\r\n");
    assert_came_once(text, SIGINT);
    command_finish_with(&running, 0);
}

/* Job control as a shell does it: sees the command stop, and wakes its group. In a session of its own the group
 * must not be orphaned, or the kernel would not stop it: hence the process between. */
static int play_shell(void)
{
    const pid_t child = fork();
    int status;
    if (child == 0) {
        setpgid(0, 0);
        tcsetpgrp(STDIN_FILENO, getpid());
        execl(COMMAND, COMMAND, "run", "--allow-empty", command_self(), "count", NULL);
        _exit(99);
    }
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
        return 1;
    printf("stopped\n");
    fflush(stdout);
    kill(-child, SIGCONT);
    if (waitpid(child, &status, WUNTRACED) != child || !WIFEXITED(status))
        return 2;
    return WEXITSTATUS(status);
}

static void suspend_key_stops_and_continue_wakes(void **state)
{
    int terminal;
    (void)state;
    const pid_t child = fork_on_terminal(&terminal);
    if (child == 0) {
        signal(SIGTTOU, SIG_IGN);
        execl(command_self(), command_self(), "shell", NULL);
        _exit(99);
    }
    struct running running = {child, terminal};
    await_text(&running, "ready");
    type(&running, 'Z' & 0x1f);
    g_autofree char *text = command_read_until(&running, "end\r\n");
    assert_non_null(strstr(text, "stopped"));
    assert_came_once(text, SIGCONT);
    command_finish_with(&running, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_to_the_command_are_forwarded_once),
        cmocka_unit_test(signals_to_the_group_come_once),
        cmocka_unit_test(signals_to_all_of_our_name_come_once),
        cmocka_unit_test(interrupt_before_the_program_starts_counts),
        cmocka_unit_test(killed_program_is_reported),
        cmocka_unit_test(killed_command_leaves_nothing),
        cmocka_unit_test(killed_while_starting_leaves_nothing),
        cmocka_unit_test(two_at_once_do_not_meet),
        cmocka_unit_test(interrupt_key_comes_once),
        cmocka_unit_test(suspend_key_stops_and_continue_wakes),
    };
    if (argc > 1)
        return g_str_equal(argv[1], "shell") ? play_shell() : count_signals();
    return command_verdict(cmocka_run_group_tests(tests, command_setup, command_teardown));
}
