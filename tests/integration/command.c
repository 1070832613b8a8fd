/* SPDX-License-Identifier: MIT */
#include "tests/integration/command.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Of tests on a machine that has too much to do. */
#define PATIENCE_US (60 * G_USEC_PER_SEC)

static char *folder;
static bool left_something; /* any test */

int command_setup(void **state)
{
    (void)state;
    folder = g_strdup("/tmp/sct-XXXXXX");
    assert_non_null(g_mkdtemp(folder));
    g_setenv("TMPDIR", folder, TRUE);
    g_unsetenv("LD_PRELOAD");
    return 0;
}

static bool folder_is_empty(void)
{
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    return entries && !g_dir_read_name(entries);
}

bool command_left_nothing(void)
{
    return folder_is_empty() && !command_has_processes();
}

/* Yama's usual setting on Ubuntu. */
bool command_may_attach(void)
{
    g_autofree char *scope = NULL;
    if (geteuid() == 0 || !g_file_get_contents("/proc/sys/kernel/yama/ptrace_scope", &scope, NULL, NULL) ||
        *scope == '0')
        return true;
    print_message("SKIP: kernel.yama.ptrace_scope is %c: only root may attach\n", *scope);
    return false;
}

long command_count(const char *variable, long usual)
{
    const char *text = g_getenv(variable);
    return text ? strtol(text, NULL, 10) : usual;
}

const char *command_folder(void)
{
    return folder;
}

const char *command_self(void)
{
    static char *self;
    if (!self)
        self = g_file_read_link("/proc/self/exe", NULL);
    return self;
}

static int shell_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int feed_file(const char *input)
{
    g_autofree char *path = g_strdup("/tmp/sct-input-XXXXXX");
    const int fd = g_mkstemp(path);
    unlink(path);
    assert_true(fd >= 0 && write(fd, input, strlen(input)) == (ssize_t)strlen(input));
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static char *read_all(int fd)
{
    GString *text = g_string_new(NULL);
    char part[4096];
    lseek(fd, 0, SEEK_SET);
    for (ssize_t size; (size = read(fd, part, sizeof part)) > 0;)
        g_string_append_len(text, part, size);
    close(fd);
    return g_string_free(text, FALSE);
}

/* Files rather than pipes: whoever holds a pipe open would keep the test waiting, which other tests look at. */
struct outcome command_plain(const char *const *program, const char *input)
{
    const int in = feed_file(input ? input : ""), out = feed_file(""), err = feed_file("");
    const pid_t child = fork();
    int status;
    if (child == 0) {
        dup2(in, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        close_range(STDERR_FILENO + 1, ~0U, 0);
        execvp(program[0], (char **)program);
        _exit(99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    close(in);
    const struct outcome outcome = {shell_status(status), read_all(out), read_all(err)};
    return outcome;
}

static const char **with_command(const char *const *arguments)
{
    GPtrArray *all = g_ptr_array_new();
    g_ptr_array_add(all, COMMAND);
    for (; *arguments; arguments++)
        g_ptr_array_add(all, (char *)*arguments);
    g_ptr_array_add(all, NULL);
    return (const char **)g_ptr_array_free(all, FALSE);
}

struct outcome command_run_array(const char *const *arguments, const char *input)
{
    g_autofree const char **all = with_command(arguments);
    return command_plain(all, input);
}

struct outcome command_run(const char *arguments)
{
    g_auto(GStrv) words = *arguments ? g_strsplit(arguments, " ", -1) : g_new0(char *, 1);
    return command_run_array((const char *const *)words, NULL);
}

bool command_is_for_others(void)
{
    const char *const program[] = {"setpriv",        "--reuid", "65534", "--regid", "65534",
                                   "--clear-groups", "test",    "-x",    COMMAND,   NULL};
    struct outcome outcome = command_plain(program, NULL);
    const bool is = outcome.status == 0;

    outcome_clear(&outcome);
    return is;
}

void outcome_clear(struct outcome *outcome)
{
    g_clear_pointer(&outcome->out, g_free);
    g_clear_pointer(&outcome->err, g_free);
}

struct running command_start(const char *const *arguments)
{
    g_autofree const char **all = with_command(arguments);
    return command_start_plain(all);
}

struct running command_start_plain(const char *const *program)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execv(program[0], (char **)program);
        _exit(99);
    }
    setpgid(child, child);
    close(ends[1]);
    const struct running running = {child, ends[0]};
    return running;
}

char *command_read_until(const struct running *running, const char *text)
{
    GString *read_so_far = g_string_new(NULL);
    struct pollfd readable = {.fd = running->out, .events = POLLIN};
    while (!strstr(read_so_far->str, text)) {
        char part[4096];
        const ssize_t size =
            poll(&readable, 1, PATIENCE_US / 1000) > 0 ? read(running->out, part, sizeof part) : 0;
        if (size <= 0)
            fail_msg("\"%s\" did not come, only \"%s\"", text, read_so_far->str);
        g_string_append_len(read_so_far, part, size);
    }
    return g_string_free(read_so_far, FALSE);
}

int command_finish(struct running *running)
{
    int status;
    assert_int_equal(waitpid(running->pid, &status, 0), running->pid);
    close(running->out);
    return shell_status(status);
}

/* Does not wait for who may still hold the other end. */
static char *read_rest(const struct running *running)
{
    GString *rest = g_string_new(NULL);
    struct pollfd readable = {.fd = running->out, .events = POLLIN};
    char part[4096];
    for (ssize_t size; poll(&readable, 1, 0) > 0 && (size = read(running->out, part, sizeof part)) > 0;)
        g_string_append_len(rest, part, size);
    return g_string_free(rest, FALSE);
}

void command_finish_with(struct running *running, int expected)
{
    int status;
    assert_int_equal(waitpid(running->pid, &status, 0), running->pid);
    g_autofree char *rest = read_rest(running);
    close(running->out);
    if (shell_status(status) != expected)
        fail_msg("status %d instead of %d: %s", shell_status(status), expected, rest);
}

static bool belongs_to_test(const char *pid)
{
    g_autofree char *path = g_build_filename("/proc", pid, "environ", NULL);
    g_autofree char *text = NULL;
    gsize size = 0;
    return g_ascii_isdigit(*pid) && strtol(pid, NULL, 10) != getpid() &&
           g_file_get_contents(path, &text, &size, NULL) && memmem(text, size, folder, strlen(folder));
}

bool command_has_processes(void)
{
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    for (const char *name; (name = g_dir_read_name(processes));)
        if (belongs_to_test(name))
            return true;
    return false;
}

bool command_wait_until(bool (*condition)(void))
{
    const gint64 until = g_get_monotonic_time() + PATIENCE_US;
    while (!condition()) {
        if (g_get_monotonic_time() > until)
            return false;
        g_usleep(20000);
    }
    return true;
}

/* ---- the end of a test ---- */

/* Calls back for each process that runs for this test: those with its TMPDIR, and children of ours that have it
 * not, as between fork and exec. Children that have ended are no more after this. */
static void each_process(void (*visit)(pid_t pid, void *context), void *context)
{
    g_autofree char *path = g_strdup_printf("/proc/self/task/%d/children", (int)getpid());
    g_autofree char *children = NULL;
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    g_file_get_contents(path, &children, NULL, NULL);
    g_auto(GStrv) ours = g_strsplit(children ? children : "", " ", -1);
    for (const char *name; (name = g_dir_read_name(processes));)
        if (belongs_to_test(name) || (g_ascii_isdigit(*name) && g_strv_contains((const char *const *)ours, name)))
            visit((pid_t)strtol(name, NULL, 10), context);
}

static void end_process(pid_t pid, void *signal)
{
    kill(pid, *(const int *)signal);
    kill(pid, SIGCONT);
}

static void count_process(pid_t pid, void *count)
{
    (void)pid;
    ++*(unsigned *)count;
}

static bool no_process_is_left(void)
{
    unsigned count = 0;
    each_process(count_process, &count);
    return count == 0;
}

static void name_process(pid_t pid, void *text)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", (int)pid);
    g_autofree char *words = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &words, &size, NULL))
        return;
    for (gsize i = 0; i + 1 < size; i++)
        words[i] = words[i] ? words[i] : ' ';
    g_string_append_printf(text, "\n  process %d: %s", (int)pid, words);
}

static void name_files(GString *text)
{
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));)
        g_string_append_printf(text, "\n  %s/%s", folder, name);
}

static bool nothing_is_left(void)
{
    return folder_is_empty() && no_process_is_left();
}

/* First as anybody would: what scopetrace has begun ends with it. */
static void end_what_is_left(void)
{
    static const int signals[] = {SIGTERM, SIGKILL};
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        for (unsigned tenths = 0; !no_process_is_left() && tenths < 30; tenths++) {
            each_process(end_process, (void *)&signals[i]);
            g_usleep(G_USEC_PER_SEC / 10);
        }
    const char *const arguments[] = {"rm", "-rf", folder, NULL};
    struct outcome outcome = command_plain(arguments, NULL);
    outcome_clear(&outcome);
}

int command_teardown(void **state)
{
    (void)state;
    g_autoptr(GString) left = g_string_new(NULL);
    if (!command_wait_until(nothing_is_left)) {
        each_process(name_process, left);
        name_files(left);
    }
    end_what_is_left();
    g_clear_pointer(&folder, g_free);
    if (left->len == 0)
        return 0;
    print_error("left behind:%s\n", left->str);
    left_something = true;
    return -1;
}

int command_verdict(int failed)
{
    return failed ? failed : left_something;
}

void assert_one_line(const char *err, const char *text)
{
    if (!g_str_has_prefix(err, "scopetrace: ") || !strstr(err, text) || strchr(err, '\n') != err + strlen(err) - 1)
        fail_msg("not one line of scopetrace's about \"%s\": %s", text, err);
}

void assert_command_refuses(const char *arguments, const char *text)
{
    struct outcome outcome = command_run(arguments);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, text);
    outcome_clear(&outcome);
}
