/* SPDX-License-Identifier: MIT */
/* A program that runs already, streamed to a relay daemon. */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/postmortem/relay.h"

/* steady.py, with nobody around it; returns when it is ready. */
static void start_alone(GPid *ret_pid, int *ret_input, int *ret_output)
{
    g_autofree char *script = support_program("steady.py");
    char *arguments[] = {(char *)PYTHON, script, NULL};
    char ready[8];
    assert_true(g_spawn_async_with_pipes(NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, ret_pid,
                                         ret_input, ret_output, NULL, NULL));
    assert_true(read(*ret_output, ready, sizeof ready) > 0);
}

static void attach_streams(void **state)
{
    (void)state;
    struct relay_daemon relay = relay_start();
    GPid program;
    int input, output;
    start_alone(&program, &input, &output);
    g_autofree char *pid = g_strdup_printf("%d", (int)program);
    const char *const attach[] = {"attach", "--duration", "500ms", "--stream", relay.url, pid, NULL};
    json_t *here = support_report(attach, NULL);
    const char *const analyze[] = {"analyze", relay.folder, NULL};
    json_t *there = support_report(analyze, NULL);
    assert_true(support_summary(here, "tasks") > 2);
    assert_true(support_summary(there, "tasks") > 2);
    json_decref(here);
    json_decref(there);
    assert_int_equal(write(input, "\n", 1), 1);
    assert_int_equal(waitpid(program, NULL, 0), program);
    close(input);
    close(output);
    relay_clear(&relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(attach_streams, command_setup, command_teardown),
    };
    if (!command_may_attach())
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
