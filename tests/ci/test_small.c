/* SPDX-License-Identifier: MIT */
/* A container's 64 MB of /dev/shm, and less, for a user who is nobody: nothing is lost; where the buffers are made
 * too small on purpose, what is lost is counted exactly, is said, and fails the job only when that was asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <jansson.h>

#include "tests/integration/command.h"
#include "tests/skip.h"

#define NOBODY 65534
#define PROGRAM SOURCE_DIRECTORY "/tests/ci/project/many_scopes.py"
/* Mounts of its own, then a user without rights. */
#define MACHINE                                                                                                   \
    "mount -t tmpfs -o size=%s,mode=1777 tmpfs /dev/shm && "                                                      \
    "setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=\"$TMPDIR\" "                                    \
    "%s run %s -f text -f json=\"$TMPDIR/report.json\" -- /usr/bin/python3 " PROGRAM "; "                         \
    "status=$?; ls -A /dev/shm; exit $status"

struct loss {
    json_int_t events, lost;
};

static int setup(void **state)
{
    return command_setup(state) || (geteuid() == 0 && chown(command_folder(), NOBODY, NOBODY));
}

static bool may_run(void)
{
    const char *const command[] = {"unshare", "-m",  "setpriv", "--reuid", "65534", "--clear-groups",
                                   "head",    "-c1", PROGRAM,   COMMAND,   NULL};
    struct outcome outcome = command_plain(command, NULL);
    const bool may = geteuid() == 0 && outcome.status == 0;
    outcome_clear(&outcome);
    return may;
}

static struct outcome run_in(const char *size, const char *options)
{
    g_autofree char *script = g_strdup_printf(MACHINE, size, COMMAND, options);
    const char *const command[] = {"unshare", "-m", "--propagation", "private", "sh", "-c", script, NULL};
    if (!may_run())
        skip_because("other users and mounts are not to be had, or cannot read " SOURCE_DIRECTORY);
    return command_plain(command, NULL);
}

/* Of the report, which goes. */
static struct loss read_loss(void)
{
    g_autofree char *file = g_build_filename(command_folder(), "report.json", NULL);
    json_t *root = json_load_file(file, 0, NULL);
    const json_t *summary = json_object_get(root, "summary");
    const struct loss loss = {json_integer_value(json_object_get(summary, "events")),
                              json_integer_value(json_object_get(summary, "lost_events"))};
    json_decref(root);
    g_remove(file);
    return loss;
}

static struct loss expect(const char *size, const char *options, int status, const char *said)
{
    struct outcome outcome = run_in(size, options);
    if (outcome.status != status || *outcome.out || !strstr(outcome.err, said))
        fail_msg("%s %s: status %d, %s%s", size, options, outcome.status, outcome.out, outcome.err);
    outcome_clear(&outcome);
    return read_loss();
}

static void nothing_is_lost(void **state)
{
    (void)state;
    static const char *const sizes[] = {"64m", "1m"};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        const struct loss loss = expect(sizes[i], "--fail-on-loss", 0, "none lost");
        assert_true(loss.events > 100000);
        assert_int_equal(loss.lost, 0);
    }
}

static void what_is_lost_is_counted(void **state)
{
    (void)state;
    const struct loss all = expect("64m", "--lossless", 0, "none lost");
    const struct loss silent = expect("64m", "--buffer-size 64k", 0, "--buffer-size 256k");
    const struct loss loud = expect("64m", "--buffer-size 64k --fail-on-loss", 2, "events were lost");
    assert_true(silent.lost > 0 && loud.lost > 0);
    assert_int_equal(silent.events + silent.lost, all.events);
    assert_int_equal(loud.events + loud.lost, all.events);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, command_teardown)
    const struct CMUnitTest tests[] = {TEST(nothing_is_lost), TEST(what_is_lost_is_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
