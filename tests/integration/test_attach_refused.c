/* SPDX-License-Identifier: MIT */
/*
 * What `attach`, `ps` and `doctor PID` say where they cannot do their work, and containers.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/attach/target.h"
#include "tests/integration/pythons.h"
#include "tests/skip.h"

#define PATIENCE_US (20 * G_USEC_PER_SEC)

/* ---- reasons to refuse ---- */

static void bad_use_is_one_line(void **state)
{
    static const struct {
        const char *arguments, *message;
    } cases[] = {
        {"attach", "no process given"},
        {"attach x", "x: not the number of a process; give its PID, as pgrep -f x prints it"},
        {"attach 0", "0: not the number"},
        {"attach -d soon 1", "--duration: soon is no time"},
        {"ps", "no process given"},
        {"ps 999999999", "there is no such process"},
        {"ps -d 1 1", "-d: unknown option"},
        {"doctor 999999999", "there is no such process"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct outcome outcome = command_run(cases[i].arguments);
        assert_int_equal(outcome.status, 2);
        assert_one_line(outcome.err, cases[i].message);
        outcome_clear(&outcome);
    }
}

static void no_process(void **state)
{
    (void)state;
    target_refused(999999999, "999999999: there is no such process");
}

static void zombie(void **state)
{
    const char *const arguments[] = {"/bin/true", NULL};
    (void)state;
    const pid_t pid = target_spawn(arguments);
    siginfo_t info;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    target_refused(pid, "is a zombie");
    waitpid(pid, NULL, 0);
}

/* Its number is one of the process's threads, which have folders in /proc as well. */
static void thread(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "joined");
    g_autofree char *path = g_strdup_printf("/proc/%d/task", (int)target.pid);
    g_autofree char *message = g_strdup_printf("is a thread of process %d: give that number", (int)target.pid);
    g_autofree char *main_thread = g_strdup_printf("%d", (int)target.pid);
    g_autoptr(GDir) threads = g_dir_open(path, 0, NULL);
    unsigned others = 0;
    for (const char *name; (name = g_dir_read_name(threads));)
        if (!g_str_equal(name, main_thread)) {
            target_refused_untouched((pid_t)g_ascii_strtoll(name, NULL, 10), message);
            others++;
        }
    assert_true(others > 0);
    target_stop(&target);
}

static struct target start_filtered(long deadly)
{
    struct target target = {.state = g_build_filename(command_folder(), "state", NULL)};
    g_autofree char *number = g_strdup_printf("%ld", deadly);
    const char *const arguments[] = {PYTHON, ATTACH_SOURCES "/filtered.py", number, "idle", target.state, NULL};
    target.pid = target_spawn(arguments);
    target_beats_on(&target);
    return target;
}

static void killed_by_its_filter(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip_because("filters are shown to root alone");
    struct target target = start_filtered(SYS_membarrier);
    target_refused_untouched(target.pid, "has a seccomp filter that kills it for membarrier()");
    target_beats_on(&target);
    target_stop(&target);
    target = start_filtered(SYS_mount);
    target_attaches(&target, "a filter that kills for nothing that is done");
    target_stop(&target);
}

static void stopped(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    kill(target.pid, SIGSTOP);
    waitpid(target.pid, NULL, WUNTRACED);
    target_refused_untouched(target.pid, "is stopped; let it go on first");
    kill(target.pid, SIGCONT);
    target_beats_on(&target);
    target_stop(&target);
}

static void traced_by_another(void **state)
{
    (void)state;
    struct target target = target_start(PYTHON, "idle");
    assert_int_equal(ptrace(PTRACE_SEIZE, target.pid, NULL, NULL), 0);
    target_refused(target.pid, "is being traced by");
    target_stop(&target);
}

/* What has just been started is something else first: this test program, an interpreter that begins. */
static void await_refusal(pid_t pid, const char *message)
{
    const gint64 until = g_get_monotonic_time() + PATIENCE_US;
    for (bool said = false; !said && g_get_monotonic_time() < until;) {
        struct outcome outcome = target_command("doctor %d", (int)pid);
        said = strstr(outcome.out, message) || strstr(outcome.err, message);
        outcome_clear(&outcome);
    }
}

static void assert_program_refused(const char *const *arguments, const char *message)
{
    const pid_t pid = target_spawn(arguments);
    await_refusal(pid, message);
    target_refused_untouched(pid, message);
    target_end(pid);
}

static void not_python(void **state)
{
    const char *const arguments[] = {"/bin/sleep", "100", NULL};
    (void)state;
    assert_program_refused(arguments, "is not a Python program (/usr/bin/sleep)");
}

static void too_old(void **state)
{
    g_autofree char *folder = g_build_filename(g_get_home_dir(), ".pyenv/versions", NULL);
    static const char *const versions[] = {"2.7.18", "3.6.15", "3.10.13"};
    unsigned found = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
        g_autofree char *python = g_build_filename(folder, versions[i], "bin/python", NULL);
        const char *const arguments[] = {python, "-c", "import time; time.sleep(100)", NULL};
        if (!g_file_test(python, G_FILE_TEST_IS_EXECUTABLE))
            continue;
        assert_program_refused(arguments, "runs a Python older than 3.11");
        found++;
    }
    if (!found)
        skip_because("no older Python in %s", folder);
}

/* What 3.13 to 3.15 show to who looks from outside, and each real one that is found. */
static void without_gil(void **state)
{
    static const char *const versions[] = {"30d07f0", "30e02f0", "30f00f0"};
    static const char message[] =
        "runs a free-threaded Python, which is not supported yet: use a build with a GIL";
    g_auto(GStrv) lines = pythons_free_threaded();
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
        const char *const arguments[] = {BUILD_DIRECTORY "/tests/free-threaded", versions[i], NULL};
        assert_program_refused(arguments, message);
    }
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        const char *const arguments[] = {python[0], "-c", "import asyncio; asyncio.run(asyncio.sleep(100))", NULL};
        assert_program_refused(arguments, message);
    }
}

/* An object that is destroyed with the last modules takes its time. */
static void just_ending(void **state)
{
    static const char code[] =
        "import time\nclass Last:\n def __del__(self, sleep=time.sleep): sleep(100)\nlast = Last()";
    const char *const arguments[] = {PYTHON, "-c", code, NULL};
    (void)state;
    assert_program_refused(arguments, "is just ending: its interpreter shuts down");
}

/* A program with a Python in it that it has not begun to use. */
static void not_begun(void **state)
{
    g_autofree char *library =
        g_build_filename(g_get_home_dir(), ".pyenv/versions/3.12.1/lib/libpython3.12.so.1.0", NULL);
    static const char message[] = "has not initialized its interpreter yet: try again in a moment";
    const char *const arguments[] = {"/bin/sleep", "100", NULL};
    (void)state;
    if (!g_file_test(library, G_FILE_TEST_EXISTS))
        skip_because("no %s", library);
    g_setenv("LD_PRELOAD", library, TRUE);
    const pid_t pid = target_spawn(arguments);
    g_unsetenv("LD_PRELOAD");
    await_refusal(pid, message);
    target_refused_untouched(pid, message);
    target_end(pid);
}

static bool is_recorded(void)
{
    g_autofree char *file = g_build_filename(command_folder(), "pid", NULL);
    return access(file, F_OK) == 0;
}

/* Its options were said there. */
static void recorded_already(void **state)
{
    (void)state;
    static const char program[] =
        "import asyncio, os, sys\n"
        "async def main():\n"
        "    with open(sys.argv[1] + '.new', 'w') as file: file.write(str(os.getpid()))\n"
        "    os.rename(sys.argv[1] + '.new', sys.argv[1])\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n";
    g_autofree char *file = g_build_filename(command_folder(), "pid", NULL);
    g_autofree char *number = NULL;
    struct running running = command_start((const char *const[]){"run", "-q", PYTHON, "-c", program, file, NULL});
    assert_true(command_wait_until(is_recorded));
    assert_true(g_file_get_contents(file, &number, NULL, NULL));
    const pid_t pid = (pid_t)g_ascii_strtoll(number, NULL, 10);
    target_refused(pid, "is being recorded by scopetrace run or record already");
    kill(pid, SIGTERM);
    command_finish_with(&running, 128 + SIGTERM);
    g_unlink(file);
}

/* root and a program of another user: that user must be able to read our library. */
static void of_another_user(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    g_autofree char *open_folder = g_build_filename(command_folder(), "open", NULL);
    struct target target = {.state = g_build_filename(open_folder, "state", NULL)};
    const char *const arguments[] = {
        "setpriv", "--reuid=65534", "--clear-groups", PYTHON, ATTACH_SOURCES "/target.py", "idle", target.state,
        NULL};
    const char *const can_read[] = {"setpriv",
                                    "--reuid=65534",
                                    "--clear-groups",
                                    "test",
                                    "-r",
                                    BUILD_DIRECTORY "/lib/scopetrace/libscopetrace-agent.so",
                                    NULL};
    const char *const can_run[] = {
        "setpriv", "--reuid=65534", "--clear-groups", "test", "-r", ATTACH_SOURCES "/target.py", NULL};
    assert_int_equal(chmod(command_folder(), 0711), 0);
    assert_int_equal(mkdir(open_folder, 0777), 0);
    assert_int_equal(chmod(open_folder, 0777), 0);
    struct outcome readable = command_plain(can_read, NULL), runnable = command_plain(can_run, NULL);
    if (runnable.status == 0) {
        target.pid = target_spawn(arguments);
        target_beats_on(&target);
        if (readable.status == 0)
            target_attaches(&target, "of another user");
        else
            target_refused_untouched(target.pid, "who may not read");
        target_stop(&target);
    }
    rmdir(open_folder);
    g_free(target.state);
    outcome_clear(&readable);
    outcome_clear(&runnable);
}

static void another_users(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct target target = target_start(PYTHON, "idle");
    g_autofree char *pid = g_strdup_printf("%d", (int)target.pid);
    const char *const with_pid[] = {"setpriv", "--reuid=65534", "--clear-groups", COMMAND, "ps", pid, NULL};
    const char *const can_run[] = {"setpriv", "--reuid=65534", "--clear-groups", COMMAND, "--version", NULL};
    struct outcome possible = command_plain(can_run, NULL);
    if (possible.status == 0) {
        struct outcome outcome = command_plain(with_pid, NULL);
        assert_int_equal(outcome.status, 2);
        assert_one_line(outcome.err, "belongs to root: run scopetrace as that user or as root");
        outcome_clear(&outcome);
    }
    outcome_clear(&possible);
    target_stop(&target);
}

/* A system's user, as services have: LTTng's daemon has its folder in the home. */
static void without_a_home(void **state)
{
#define AS_USER "setpriv", "--reuid=65534", "--clear-groups", "env", "HOME=/nonexistent"
    static const char message[] = "its home folder and ours (/nonexistent) does not exist";
    (void)state;
    g_autofree char *yama = NULL;
    const bool may = !g_file_get_contents("/proc/sys/kernel/yama/ptrace_scope", &yama, NULL, NULL) || *yama == '0';
    const char *const can_run[] = {AS_USER, COMMAND, "--version", NULL};
    struct outcome possible = command_plain(can_run, NULL);
    const bool runs = possible.status == 0;
    outcome_clear(&possible);
    if (geteuid() != 0 || !may || !runs)
        skip_because("users cannot be had here, or not look at each other");
    const char *const program[] = {AS_USER, PYTHON, "-c", "import time; time.sleep(60)", NULL};
    const pid_t pid = target_spawn(program);
    const gint64 until = g_get_monotonic_time() + PATIENCE_US;
    g_autofree char *number = g_strdup_printf("%d", (int)pid);
    const char *const ps[] = {AS_USER, COMMAND, "ps", number, NULL};
    struct outcome outcome = command_plain(ps, NULL);
    while (!strstr(outcome.err, message) && g_get_monotonic_time() < until) {
        outcome_clear(&outcome); /* it has not begun yet */
        outcome = command_plain(ps, NULL);
    }
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, message);
    outcome_clear(&outcome);
    target_end(pid);
}

/* ---- containers ---- */

/* The only child of a process; 0: it has none, and must not be killed by that number. */
static pid_t child_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", (int)pid, (int)pid);
    for (unsigned tries = 0; tries < 200; tries++) {
        g_autofree char *text = NULL;
        if (g_file_get_contents(path, &text, NULL, NULL) && *text)
            return (pid_t)strtol(text, NULL, 10);
        g_usleep(10000);
    }
    return 0;
}

/* It does not beat where no container can be made: in a chroot, say. */
static struct target start_in_container(pid_t *ret_outer, const char *prepare)
{
    struct target target = {.state = g_strdup_printf("%s/state", command_folder())};
    g_autofree char *script =
        g_strdup_printf("%s; exec " PYTHON " " SOURCE_DIRECTORY "/tests/integration/attach/target.py idle %s",
                        prepare, target.state);
    const char *const arguments[] = {"unshare",      "--mount", "--pid", "--fork", "--kill-child",
                                     "--mount-proc", "sh",      "-c",    script,   NULL};
    *ret_outer = target_spawn(arguments);
    target.pid = child_of(*ret_outer);
    const gint64 until = g_get_monotonic_time() + PATIENCE_US;
    while (target.pid && !target_beats(&target) && g_get_monotonic_time() < until)
        g_usleep(10000);
    return target;
}

static void stop_container(struct target *target, pid_t outer)
{
    assert_true(target->pid > 0);
    kill(target->pid, SIGKILL);
    waitpid(outer, NULL, 0);
    target->pid = target_spawn((const char *const[]){"/bin/true", NULL});
    target_stop(target);
}

static void other_namespaces(void **state)
{
    pid_t outer;
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct target target = start_in_container(&outer, "true");
    if (!target_beats(&target))
        skip_because("no namespaces are to be had here");
    target_ps_shows(&target, "waiter (wait_for_long)");
    stop_container(&target, outer);
}

/* Nobody outside reaches the place where its LTTng waits for a daemon: the second attach has to. */
static void shared_memory_of_its_own(void **state)
{
    pid_t outer;
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct target target = start_in_container(&outer, "mount -t tmpfs none /dev/shm");
    if (!target_beats(&target))
        skip_because("no namespaces are to be had here");
    target_ps_shows(&target, "waiter (wait_for_long)");
    target_ps_shows(&target, "waiter (wait_for_long)");
    stop_container(&target, outer);
}

static void invisible_library(void **state)
{
    pid_t outer;
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct target target = start_in_container(&outer, "mount -t tmpfs none " BUILD_DIRECTORY "/lib");
    if (!target_beats(&target))
        skip_because("no namespaces are to be had here");
    target_refused_untouched(target.pid, "cannot see " BUILD_DIRECTORY "/lib/scopetrace/libscopetrace-agent.so");
    stop_container(&target, outer);
}

/* As the refusal says what to do. */
static void a_run_of_its_own(void **state)
{
    pid_t outer;
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct target target = start_in_container(&outer, "mount -t tmpfs none /run");
    if (!target_beats(&target))
        skip_because("no namespaces are to be had here");
    target_refused_untouched(target.pid, "its /run is not ours (a container?); mount /run/lttng there");
    stop_container(&target, outer);
    g_autofree char *prepare = g_strdup_printf(
        "mkdir -p /run/lttng %s/lttng && mount --bind /run/lttng %s/lttng && mount -t tmpfs none /run && "
        "mkdir /run/lttng && mount --bind %s/lttng /run/lttng",
        command_folder(), command_folder(), command_folder());
    target = start_in_container(&outer, prepare);
    target_ps_shows(&target, "waiter (wait_for_long)");
    stop_container(&target, outer);
    g_autofree char *folder = g_build_filename(command_folder(), "lttng", NULL);
    rmdir(folder);
}

static void no_shared_memory(void **state)
{
    pid_t outer;
    (void)state;
    if (geteuid() != 0)
        skip_because("it takes root");
    struct target target = start_in_container(&outer, "mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3");
    if (!target_beats(&target))
        skip_because("no namespaces are to be had here");
    target_refused_untouched(target.pid, "has no /dev/shm in its file system");
    stop_container(&target, outer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

/* With the name of a test: that one. */
int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        TEST(bad_use_is_one_line),
        TEST(no_process),
        TEST(zombie),
        TEST(thread),
        TEST(killed_by_its_filter),
        TEST(stopped),
        TEST(traced_by_another),
        TEST(not_python),
        TEST(too_old),
        TEST(without_gil),
        TEST(just_ending),
        TEST(not_begun),
        TEST(recorded_already),
        TEST(of_another_user),
        TEST(another_users),
        TEST(without_a_home),
        TEST(other_namespaces),
        TEST(shared_memory_of_its_own),
        TEST(invisible_library),
        TEST(a_run_of_its_own),
        TEST(no_shared_memory),
    };
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    if (!command_may_attach())
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
