/* SPDX-License-Identifier: MIT */
/* `run` and `record` around programs that are not Python: statuses, what the program sees, what is left behind. */
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/command.h"
#include "tests/skip.h"

#define ON_A_DISK_OF(size, before, program)                                                                       \
    {                                                                                                             \
        "unshare", "-m", "sh", "-c",                                                                              \
            "mkdir \"$TMPDIR/full\" && mount -t tmpfs -o size=" size " tmpfs \"$TMPDIR/full\" && " before         \
            "cd \"$TMPDIR\" && " COMMAND " record -o full/t -- python3 -c '" program                              \
            "'; status=$?; cd /; umount \"$TMPDIR/full\"; rmdir \"$TMPDIR/full\"; exit $status",                  \
            NULL                                                                                                  \
    }

/* Nor what LTTng's consumer has to say about it. */
static void a_trace_folder_for_others_is_said(void **state)
{
    const char *const arguments[] = {
        "unshare",
        "-m",
        "sh",
        "-c",
        "mkdir \"$TMPDIR/no\" && mount -t tmpfs -o ro tmpfs \"$TMPDIR/no\" && cd \"$TMPDIR\" "
        "&& " COMMAND " record -o no -- true; status=$?; umount no; rmdir no; exit $status",
        NULL};
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct outcome outcome = command_plain(arguments, NULL);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "no: the trace cannot be written there: Read-only file system");
    outcome_clear(&outcome);
}

/* Not what lttng-crash has to say about it. */
static void a_full_trace_folder_is_said(void **state)
{
    const char *const arguments[] = ON_A_DISK_OF("64k", "head -c 60k /dev/zero >\"$TMPDIR/full/fill\" && ",
                                                 "import asyncio; asyncio.run(asyncio.sleep(0))");
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct outcome outcome = command_plain(arguments, NULL);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "full/t: the disk is full");
    outcome_clear(&outcome);
}

/* Nobody tells: neither LTTng nor, since it has its metadata, the trace. Without, where this took so long that
 * LTTng had written before its end, the trace is none: that is the program's trial again. */
static void a_disk_that_fills_up_is_said(void **state)
{
    const char *const arguments[] =
        ON_A_DISK_OF("100k", "",
                     "import asyncio\nasync def main():\n for i in range(4000):\n"
                     "  await asyncio.create_task(asyncio.sleep(0))\nasyncio.run(main())");
    struct outcome outcome = {.status = 2};
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    for (unsigned trial = 0; outcome.status == 2 && trial < 8; trial++) {
        outcome_clear(&outcome);
        outcome = command_plain(arguments, NULL);
        if (outcome.status == 2)
            assert_one_line(outcome.err, "full/t: the disk is full: the end of the trace is missing");
    }
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.err, "full/t: the disk is full: the end of the trace may be missing; free some "
                                        "space, or give --trace-dir another folder\n"));
    outcome_clear(&outcome);
}

/* What it can write to it can also cut short: that must end neither the command nor the keeper, who clears up. */
static void a_program_cuts_the_control_file(void **state)
{
    const char *const arguments[] = {"run", "--allow-empty", "--", "sh", "-c", ": >\"$SCOPETRACE\"", NULL};
    (void)state;
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.err, "");
    outcome_clear(&outcome);
    assert_true(command_wait_until(command_left_nothing));
}

/* It is not given to the shell, which would make something of it. */
static void a_program_for_another_machine(void **state)
{
    g_autofree char *program = g_build_filename(command_folder(), "alien", NULL);
    g_autofree char *run = g_strdup_printf("run %s", program);
    (void)state;
    assert_true(g_file_set_contents_full(program, "\177ELF\1\1", 6, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    struct outcome outcome = command_run(run);
    assert_int_equal(outcome.status, 126);
    assert_one_line(outcome.err, "another kind of machine");
    assert_string_equal(outcome.out, "");
    outcome_clear(&outcome);
    unlink(program);
}

/* Programs in which nothing can be recorded say why. */
static void programs_without_a_preload_are_named(void **state)
{
    const char *const make[] = {"sh", "-c",
                                "cd \"$TMPDIR\" && printf '#!/nonexistent/x\\n' >script && cp /bin/true setuid && "
                                "chmod 755 script && chown 1 setuid && chmod 4755 setuid",
                                NULL};
    const char *const clear[] = {"sh", "-c", "cd \"$TMPDIR\" && rm script setuid", NULL};
    g_autofree char *script = g_strdup_printf("run %s/script", command_folder());
    g_autofree char *privileged = g_strdup_printf("run %s/setuid", command_folder());
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct outcome outcome = command_plain(make, NULL);
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
    outcome = command_run(script);
    assert_int_equal(outcome.status, 127);
    assert_one_line(outcome.err, "the interpreter that it names");
    outcome_clear(&outcome);
    outcome = command_run(privileged);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "it is setuid");
    outcome_clear(&outcome);
    outcome = command_plain(clear, NULL);
    outcome_clear(&outcome);
}

/* It registered with its daemon when it was loaded, and looks for no other. */
static void a_program_that_had_lttng_before(void **state)
{
    const char *const arguments[] = {"run",
                                     "--",
                                     "python3",
                                     "-c",
                                     "import ctypes; ctypes.CDLL('liblttng-ust.so.1'); import asyncio; "
                                     "asyncio.run(asyncio.sleep(0))",
                                     NULL};
    (void)state;
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "keeps to its daemon: use scopetrace attach");
    outcome_clear(&outcome);
}

static void missing_daemon_is_said(void **state)
{
    const char *const arguments[] = {"run", "/bin/true", NULL};
    (void)state;
    g_autofree char *path = g_strdup(g_getenv("PATH"));
    g_setenv("PATH", "/nonexistent", TRUE);
    struct outcome outcome = command_run_array(arguments, NULL);
    g_setenv("PATH", path, TRUE);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "lttng-sessiond");
    outcome_clear(&outcome);
    g_setenv("LTTNG_SESSIOND_PATH", "/nonexistent/daemon", TRUE);
    outcome = command_run_array(arguments, NULL);
    g_unsetenv("LTTNG_SESSIOND_PATH");
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err,
                    "/nonexistent/daemon: cannot be run: No such file or directory; correct LTTNG_SESSIOND_PATH");
    outcome_clear(&outcome);
}

/* Root's last way gives up root's rights before it starts the daemon: the folder goes all the same. */
static void failed_daemon_leaves_no_folder(void **state)
{
    (void)state;
    g_setenv("LTTNG_SESSIOND_PATH", "/bin/false", TRUE);
    struct outcome outcome = command_run("run /bin/true");
    g_unsetenv("LTTNG_SESSIOND_PATH");
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "/bin/false: ended at once; see scopetrace doctor\n");
    g_autoptr(GDir) entries = g_dir_open(command_folder(), 0, NULL);
    assert_null(g_dir_read_name(entries));
    outcome_clear(&outcome);
}

/* Root's daemon takes members of the group for its own people, and theirs does not start beside it. */
#define AS_A_MEMBER                                                                                               \
    "setpriv --reuid 65534 --regid 65534 --groups tracing env HOME=\"$TMPDIR/user\" TMPDIR=\"$TMPDIR/user\" "

static void members_of_tracing_have_their_own_daemon(void **state)
{
    const char *const arguments[] = {
        "unshare",
        "-m",
        "sh",
        "-c",
        "mount -t tmpfs none /run && chmod 711 \"$TMPDIR\" && mkdir -m 777 \"$TMPDIR/user\" && "
        "lttng-sessiond --daemonize --no-kernel && cd / && " AS_A_MEMBER COMMAND
        " run -q -- python3 -c 'import asyncio; asyncio.run(asyncio.sleep(0))'; status=$?; "
        "kill $(cat /run/lttng/lttng-sessiond.pid); rm -rf \"$TMPDIR/user\"; exit $status",
        NULL};
    (void)state;
    if (geteuid() != 0 || !getgrnam("tracing"))
        skip_because("it takes root and the group tracing");
    if (!command_is_for_others())
        skip_because("other users cannot run " COMMAND);
    struct outcome outcome = command_plain(arguments, NULL);
    if (strstr(outcome.err, "user namespace: Operation not permitted")) {
        outcome_clear(&outcome);
        skip_because("no user namespaces here: nobody has them in a chroot");
    }
    assert_string_equal(outcome.err, "");
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
}

/* As servers have that are started by root: theirs is not the folder through which LTTng is reached. One that is
 * let in before it changes, as by LTTng 2.16, is recorded until it breaks off. */
static void workers_of_another_user_are_named(void **state)
{
    const char *const arguments[] = {
        "run",
        "-q",
        "--",
        "python3",
        "-c",
        "import asyncio, os\nasyncio.run(asyncio.sleep(0))\nif not os.fork():\n os.setuid(65534)\n"
        " asyncio.run(asyncio.sleep(0))\n os._exit(0)\nos.wait()",
        NULL};
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct outcome outcome = command_run_array(arguments, NULL);
    g_strdelimit(outcome.err, "\n", ' ');
    assert_int_equal(outcome.status, 0);
    if (!strstr(outcome.err, "The trace of process"))
        assert_non_null(strstr(outcome.err, "was not traced: "));
    if (strstr(outcome.err, "was not traced: "))
        assert_non_null(strstr(outcome.err, "another user's"));
    outcome_clear(&outcome);
}

static void statuses_are_the_programs(void **state)
{
    const char *const killed[] = {"run", "sh", "-c", "kill -9 $$", NULL};
    const char *const failed[] = {"run", "--allow-empty", "--", "sh", "-c", "exit 3", NULL};
    (void)state;
    struct outcome outcome = command_run("run true");
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "no asyncio was seen");
    outcome_clear(&outcome);
    outcome = command_run("run --allow-empty true");
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.err, "");
    outcome_clear(&outcome);
    outcome = command_run_array(killed, NULL);
    assert_int_equal(outcome.status, 128 + SIGKILL);
    outcome_clear(&outcome);
    outcome = command_run_array(failed, NULL);
    assert_int_equal(outcome.status, 3);
    outcome_clear(&outcome);
}

/* What a shell can tell about the state that it was started in. */
#define SURROUNDINGS                                                                                              \
    "pwd; umask; ulimit -a; ls /proc/self/fd; grep -E '^(Sig(Blk|Ign)|Groups|NSpid.x|Seccomp)' "                  \
    "/proc/self/status; "                                                                                         \
    "cat"

static void surroundings_are_the_same(void **state)
{
    const char *const plain[] = {"sh", "-c", SURROUNDINGS, NULL};
    const char *const traced[] = {"run", "--allow-empty", "sh", "-c", SURROUNDINGS, NULL};
    (void)state;
    signal(SIGHUP, SIG_IGN);
    struct outcome without = command_plain(plain, "some\ninput without end");
    struct outcome with = command_run_array(traced, "some\ninput without end");
    signal(SIGHUP, SIG_DFL);
    assert_int_equal(with.status, 0);
    assert_string_equal(with.out, without.out);
    assert_string_equal(with.err, without.err);
    outcome_clear(&without);
    outcome_clear(&with);
}

static char **environment_of(const struct outcome *outcome)
{
    return g_strsplit(outcome->out, "\n", -1);
}

/* As a careless parent leaves it: nobody may wait for children, and nothing is open. */
static void inherited_neglect_does_no_harm(void **state)
{
    const char *const arguments[] = {"python3", "-c",
                                     "import os, signal, sys\n"
                                     "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
                                     "for fd in range(3): os.close(fd)\n"
                                     "os.execv(sys.argv[1], [sys.argv[1], 'run', '--allow-empty', 'sh', '-c', "
                                     "'test ! -e /proc/self/fd/2 && exit 7'])",
                                     COMMAND, NULL};
    (void)state;
    struct outcome outcome = command_plain(arguments, NULL);
    assert_int_equal(outcome.status, 7);
    outcome_clear(&outcome);
}

/* LD_PRELOAD cannot say such a path. */
static void installation_may_have_spaces(void **state)
{
    (void)state;
    g_autofree char *folder = g_build_filename(command_folder(), "a b", NULL);
    g_autofree char *copied = g_build_filename(folder, "bin", "scopetrace", NULL);
    g_autofree char *script =
        g_strdup_printf("mkdir -p '%s/bin' && cp " COMMAND " '%s/bin' && cp -r $(dirname " COMMAND ")/../lib '%s'",
                        folder, folder, folder);
    const char *const copy[] = {"sh", "-c", script, NULL};
    const char *const show[] = {
        copied, "run", "--allow-empty", "grep", "-c", "libscopetrace.so", "/proc/self/maps", NULL};
    const char *const clear[] = {"rm", "-r", folder, NULL};
    struct outcome outcome = command_plain(copy, NULL);
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
    outcome = command_plain(show, NULL);
    assert_string_equal(outcome.err, "");
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
    outcome = command_plain(clear, NULL);
    outcome_clear(&outcome);
}

/* What is there to be copied is a command as it stands. */
static void commands_to_copy_are_quoted(void **state)
{
    (void)state;
    g_autofree char *folder = g_build_filename(command_folder(), "it's one", NULL);
    g_autofree char *quoted = g_shell_quote(folder);
    g_autofree char *hint = g_strdup_printf("; see scopetrace analyze %s\n", quoted);
    const char *const arguments[] = {
        "record", "-o", folder, "python3", "-c", "import asyncio; asyncio.run(asyncio.sleep(0))", NULL};
    const char *const clear[] = {"rm", "-r", folder, NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_one_line(outcome.err, hint);
    outcome_clear(&outcome);
    outcome = command_plain(clear, NULL);
    outcome_clear(&outcome);
}

/* More at once than LTTng has ports by default. */
static void a_dozen_at_once(void **state)
{
    const char *const arguments[] = {"run", "--allow-empty", "sleep", "2", NULL};
    struct running running[12];
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(running); i++)
        running[i] = command_start(arguments);
    for (size_t i = 0; i < G_N_ELEMENTS(running); i++)
        command_finish_with(&running[i], 0);
}

static void environment_gains_two_variables(void **state)
{
    const char *const plain[] = {"env", NULL};
    (void)state;
    struct outcome without = command_plain(plain, NULL);
    struct outcome with = command_run("run --allow-empty env");
    g_auto(GStrv) before = environment_of(&without);
    g_auto(GStrv) after = environment_of(&with);
    unsigned gained = 0;
    for (char **line = after; *line; line++)
        if (!g_strv_contains((const char *const *)before, *line)) {
            assert_true(g_str_has_prefix(*line, "LD_PRELOAD=") || g_str_has_prefix(*line, "SCOPETRACE="));
            gained++;
        }
    assert_int_equal(gained, 2);
    assert_int_equal(g_strv_length(after), g_strv_length(before) + 2);
    outcome_clear(&without);
    outcome_clear(&with);
}

static void preloads_are_kept(void **state)
{
    const char *const arguments[] = {"run", "--allow-empty", "sh", "-c", "echo $LD_PRELOAD", NULL};
    (void)state;
    g_setenv("LD_PRELOAD", "libm.so.6", TRUE);
    /* a command with sanitizers wants their library to come before any preload */
    g_setenv("ASAN_OPTIONS", "verify_asan_link_order=0", TRUE);
    struct outcome outcome = command_run_array(arguments, NULL);
    g_unsetenv("ASAN_OPTIONS");
    g_unsetenv("LD_PRELOAD");
    assert_true(g_str_has_prefix(outcome.out, "libm.so.6:"));
    assert_true(g_str_has_suffix(outcome.out, "/libscopetrace.so\n"));
    outcome_clear(&outcome);
}

static void trace_folder_is_never_overwritten(void **state)
{
    (void)state;
    g_autofree char *folder = g_build_filename(command_folder(), "trace", NULL);
    g_autofree char *file = g_build_filename(folder, "precious", NULL);
    g_autofree char *arguments = g_strdup_printf("run --allow-empty -o %s true", folder);
    assert_int_equal(mkdir(folder, 0755), 0);
    struct outcome outcome = command_run(arguments);
    assert_int_equal(outcome.status, 0);
    outcome_clear(&outcome);
    assert_true(g_file_set_contents(file, "x", 1, NULL));
    outcome = command_run(arguments);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "not an empty folder");
    outcome_clear(&outcome);
    const char *const clear[] = {"rm", "-r", folder, NULL};
    outcome = command_plain(clear, NULL);
    outcome_clear(&outcome);
}

static void failed_start_leaves_no_folder(void **state)
{
    (void)state;
    g_autofree char *folder = g_build_filename(command_folder(), "trace", NULL);
    g_autofree char *arguments = g_strdup_printf("record -o %s nonexistent-program", folder);
    struct outcome outcome = command_run(arguments);
    assert_int_equal(outcome.status, 127);
    assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
    outcome_clear(&outcome);
}

/* The names in /dev/shm that LTTng's consumers give to what they then have without a name. */
static bool nobody_left_memory(void)
{
    g_autoptr(GDir) entries = g_dir_open("/dev/shm", 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));)
        if (g_str_has_prefix(name, "ust-consumer") || g_str_has_prefix(name, "ust-shm"))
            return false;
    return true;
}

#define TELL_LINK "import asyncio, os, sys; asyncio.run(asyncio.sleep(0)); print(os.readlink(sys.argv[1]), end='')"

/* Sessions of others come and go meanwhile: ours has its buffers where the trace's folder says, and what LTTng
 * gives a name for a moment is gone the next. */
static void shared_memory_is_given_back(void **state)
{
    g_autofree char *folder = g_build_filename(command_folder(), "trace", NULL);
    g_autofree char *link = g_build_filename(folder, ".scopetrace-buffers", NULL);
    const char *const arguments[] = {"run", "-o", folder, "--", "python3", "-c", TELL_LINK, link, NULL};
    const char *const clear[] = {"rm", "-r", folder, NULL};
    (void)state;
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    assert_true(g_str_has_prefix(outcome.out, "/"));
    assert_false(g_file_test(outcome.out, G_FILE_TEST_EXISTS));
    assert_true(command_wait_until(nobody_left_memory));
    outcome_clear(&outcome);
    outcome = command_plain(clear, NULL);
    outcome_clear(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_folder_for_others_is_said),
        cmocka_unit_test(a_full_trace_folder_is_said),
        cmocka_unit_test(a_disk_that_fills_up_is_said),
        cmocka_unit_test(a_program_for_another_machine),
        cmocka_unit_test(a_program_cuts_the_control_file),
        cmocka_unit_test(programs_without_a_preload_are_named),
        cmocka_unit_test(a_program_that_had_lttng_before),
        cmocka_unit_test(missing_daemon_is_said),
        cmocka_unit_test(failed_daemon_leaves_no_folder),
        cmocka_unit_test(members_of_tracing_have_their_own_daemon),
        cmocka_unit_test(workers_of_another_user_are_named),
        cmocka_unit_test(statuses_are_the_programs),
        cmocka_unit_test(surroundings_are_the_same),
        cmocka_unit_test(inherited_neglect_does_no_harm),
        cmocka_unit_test(installation_may_have_spaces),
        cmocka_unit_test(a_dozen_at_once),
        cmocka_unit_test(environment_gains_two_variables),
        cmocka_unit_test(preloads_are_kept),
        cmocka_unit_test(trace_folder_is_never_overwritten),
        cmocka_unit_test(failed_start_leaves_no_folder),
        cmocka_unit_test(shared_memory_is_given_back),
        cmocka_unit_test(commands_to_copy_are_quoted),
    };
    return command_verdict(cmocka_run_group_tests(tests, command_setup, command_teardown));
}
