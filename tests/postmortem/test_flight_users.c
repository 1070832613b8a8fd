/* SPDX-License-Identifier: MIT */
/* Root asks the flight recorder of another user, who may be anybody. */
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "cli/session/flight.h"
#include "tests/postmortem/support.h"
#include "tests/skip.h"

#define NOBODY 65534

static char *precious; /* a folder of root's */

/* A recorder of the name "trap", which says that what it has read out lies in root's folder. */
static void answer(int listener)
{
    struct flight_request request;
    struct flight_reply reply = {.version = FLIGHT_VERSION, .matches = 1, .name = "trap"};
    const int asker = accept(listener, NULL, NULL);
    g_strlcpy(reply.path, precious, sizeof reply.path);
    if (recv(asker, &request, sizeof request, 0) == sizeof request)
        send(asker, &reply, sizeof reply, MSG_NOSIGNAL);
    close(asker);
}

static _Noreturn void be_a_trap(const char *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *path = g_build_filename(folder, FLIGHT_SOCKET, NULL);
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    alarm(60);
    if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        _exit(1);
    const int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 5) != 0)
        _exit(1);
    for (;;)
        answer(listener);
}

static bool is_set(void)
{
    g_autofree char *path = g_build_filename("/dev/shm/scopetrace-trap00", FLIGHT_SOCKET, NULL);
    return access(path, F_OK) == 0;
}

static void a_trap_catches_nothing(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    const char *const trap = "/dev/shm/scopetrace-trap00";
    precious = support_path("precious");
    g_autofree char *file = g_build_filename(precious, "file", NULL), *out = support_path("out");
    assert_int_equal(g_mkdir(precious, 0755) | g_mkdir(trap, 0700) | chown(trap, NOBODY, NOBODY), 0);
    assert_true(g_file_set_contents(file, "x", 1, NULL));
    const pid_t user = fork();
    if (user == 0)
        be_a_trap(trap);
    assert_true(command_wait_until(is_set));
    const char *const arguments[] = {"snapshot", "-o", out, "trap", NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    kill(user, SIGKILL);
    waitpid(user, NULL, 0);
    support_remove(trap);
    assert_true(g_file_test(file, G_FILE_TEST_IS_REGULAR));
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "cannot be kept there");
    assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
    outcome_clear(&outcome);
    support_remove(precious);
    g_clear_pointer(&precious, g_free);
}

static int setup(void **state)
{
    return command_setup(state) || (geteuid() == 0 && chmod(command_folder(), 0755));
}

/* The folder is in root's own, to which the user cannot go. */
static void another_users_recorder_is_read_out(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    if (!command_is_for_others())
        skip_because("other users cannot run " COMMAND);
    g_autofree char *program = support_program("busy.py");
    g_autofree char *theirs = support_path("theirs"), *ours = support_path("ours");
    g_autofree char *out = g_build_filename(ours, "out", NULL), *home = g_strconcat("TMPDIR=", theirs, NULL);
    assert_int_equal(g_mkdir(theirs, 0700) | chown(theirs, NOBODY, NOBODY) | g_mkdir(ours, 0700), 0);
    const char *const recorder[] = {"/usr/bin/setpriv",
                                    "--reuid",
                                    "65534",
                                    "--regid",
                                    "65534",
                                    "--clear-groups",
                                    "env",
                                    home,
                                    COMMAND,
                                    "run",
                                    "--flight-recorder",
                                    "256k",
                                    "--",
                                    PYTHON,
                                    program,
                                    "on",
                                    NULL};
    struct running running = command_start_plain(recorder);
    g_free(command_read_until(&running, "rounds 1000"));
    const char *const arguments[] = {"snapshot", "-o", out, "python3", NULL};
    json_t *report = support_report(arguments, NULL);
    struct stat status;
    assert_true(support_summary(report, "events") > 100);
    assert_int_equal(stat(out, &status), 0);
    assert_int_equal(status.st_uid, NOBODY);
    json_decref(report);
    kill(-running.pid, SIGUSR1);
    command_finish(&running);
    support_remove(ours);
    support_remove(theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_trap_catches_nothing, setup, command_teardown),
        cmocka_unit_test_setup_teardown(another_users_recorder_is_read_out, setup, command_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
