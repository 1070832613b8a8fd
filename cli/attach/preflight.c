/* SPDX-License-Identifier: MIT */
#include "cli/attach/preflight.h"

#include <elf.h>
#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "cli/attach/arch.h"
#include "cli/attach/lock.h"
#include "cli/attach/seccomp.h"
#include "cli/attach/visible.h"
#include "cli/attach/workers.h"
#include "cli/error.h"
#include "cli/install.h"
#include "preload/control.h"

/* TRUE and what was found (to be freed, may stay NULL), or FALSE and what is wrong. */
typedef gboolean (*check_function)(const struct attach_target *target, char **ret_found, GError **error);

struct check {
    const char *name;
    gboolean decisive; /* if it fails, those below it cannot be made */
    check_function run;
};

static gboolean check_alive(const struct attach_target *target, char **ret_found, GError **error)
{
    char state = target->status.state;
    if (state == 'Z' || state == 'X')
        return cli_fail(error, "is a zombie: it has ended already and waits for its parent to notice");
    if (target->status.kernel)
        return cli_fail(error, "is a thread of the kernel, not a program");
    if (target->status.process != target->pid)
        return cli_fail(error, "is a thread of process %d: give that number", (int)target->status.process);
    *ret_found = g_strdup(*target->executable ? target->executable : target->status.name);
    return TRUE;
}

static gboolean check_tracer(const struct attach_target *target, char **ret_found, GError **error)
{
    struct proc_status tracer;
    if (target->status.tracer == 0) {
        *ret_found = g_strdup("nobody traces it");
        return TRUE;
    }
    gboolean known = proc_status_read(target->status.tracer, &tracer, NULL);
    return cli_fail(error, "is being traced by %s (pid %d); end that first", known ? tracer.name : "a process",
                    (int)target->status.tracer);
}

static gboolean check_running(const struct attach_target *target, char **ret_found, GError **error)
{
    char state = target->status.state;
    if (state == 'T' || state == 't')
        return cli_fail(error, "is stopped; let it go on first: kill -CONT %d", (int)target->pid);
    *ret_found = g_strdup("it is not stopped");
    return TRUE;
}

static char *user_name(uid_t uid)
{
    const struct passwd *user = getpwuid(uid);
    return user ? g_strdup(user->pw_name) : g_strdup_printf("%u", (unsigned)uid);
}

static int yama_scope(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/sys/kernel/yama/ptrace_scope", &text, NULL, NULL))
        return 0;
    return (int)g_ascii_strtoll(text, NULL, 10);
}

static gboolean may_trace_all(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
        return FALSE;
    const char *line = strstr(text, "\nCapEff:");
    return line && (g_ascii_strtoull(line + strlen("\nCapEff:\t"), NULL, 16) >> CAP_SYS_PTRACE & 1);
}

static gboolean check_permission(const struct attach_target *target, char **ret_found, GError **error)
{
    g_autofree char *user = user_name(target->status.uid);
    int scope = yama_scope();
    if (target->memory >= 0 && target->mappings) {
        *ret_found = g_strdup_printf("it belongs to %s, and we may trace it", user);
        return TRUE;
    }
    if (scope == 3)
        return cli_fail(error,
                        "may not be traced: kernel.yama.ptrace_scope is 3, which forbids it to everybody until "
                        "the machine is started again with another setting");
    if (may_trace_all())
        return cli_fail(
            error,
            "may not be traced (%s): a security module or its namespace forbids it; attach from where it was "
            "started, or start it with scopetrace run",
            g_strerror(target->memory_errno));
    if (geteuid() == 0)
        return cli_fail(error, "may not be traced: root lacks CAP_SYS_PTRACE here; give it to this container "
                               "(--cap-add SYS_PTRACE) or run scopetrace outside of it");
    if (geteuid() != target->status.uid)
        return cli_fail(error, "belongs to %s: run scopetrace as that user or as root", user);
    if (scope > 0)
        return cli_fail(error,
                        "may not be traced: kernel.yama.ptrace_scope is %d; run scopetrace as root, or set it "
                        "to 0 with sysctl",
                        scope);
    return cli_fail(error,
                    "may not be traced: it has, or had, more rights than its user (%s); run scopetrace as root",
                    g_strerror(target->memory_errno));
}

static gboolean check_architecture(const struct attach_target *target, char **ret_found, GError **error)
{
    if (!arch_native)
        return cli_fail(error, "cannot be attached to on this kind of processor: start it with scopetrace run");
    if (target->machine != arch_native->machine)
        return cli_fail(error,
                        "is a program for another architecture than this scopetrace (%s); use a scopetrace "
                        "built for it",
                        arch_native->name);
    *ret_found = g_strdup(arch_native->name);
    return TRUE;
}

/* A shell or an init that runs one is what people give by mistake. */
static gboolean fail_without_python(const struct attach_target *target, GError **error)
{
    g_autofree char *workers = workers_below(target->pid);
    return cli_fail(error, "is not a Python program (%s)%s%s", target->executable, workers ? "; below it " : "",
                    workers ? workers : "");
}

static gboolean check_python(const struct attach_target *target, char **ret_found, GError **error)
{
    const struct target_python *python = &target->python;
    if (!target->is_python && target->stale)
        return cli_fail(error, "runs a file that was replaced on disk since (%s): start it again", target->stale);
    if (!target->is_python)
        return fail_without_python(target, error);
    if (!python->version)
        return cli_fail(error,
                        "runs a Python older than 3.11 (%s), which does not count cancellation requests: "
                        "CPython 3.11 or later is needed",
                        python->file);
    if (!python->run_string || !python->runtime)
        return cli_fail(error, "runs a Python that exports no C API (%s)", python->file);
    g_autofree char *version = target_python_version(python);
    *ret_found = g_strdup_printf("CPython %s, %s", version, python->shared ? python->file : "static");
    return TRUE;
}

static gboolean check_gil(const struct attach_target *target, char **ret_found, GError **error)
{
    if (target->python.free_threaded)
        return cli_fail(error, "runs a free-threaded Python, which is not supported yet: use a build with a GIL");
    *ret_found = g_strdup("the interpreter has one");
    return TRUE;
}

static gboolean check_interpreter(const struct attach_target *target, char **ret_found, GError **error)
{
    if (target->python.finalizing)
        return cli_fail(error, "is just ending: its interpreter shuts down");
    if (!target->python.initialized)
        return cli_fail(error, "has not initialized its interpreter yet: try again in a moment");
    *ret_found = g_strdup("initialized, not ending");
    return TRUE;
}

static gboolean check_libc(const struct attach_target *target, char **ret_found, GError **error)
{
    if (!target->libc)
        return cli_fail(error, "does not use glibc: the agent cannot be loaded into it");
    if (target->stale)
        return cli_fail(error, "runs a file that was replaced on disk since (%s): start it again", target->stale);
    if (!target->code.sigreturn || !target->code.syscall)
        return cli_fail(error, "has an unknown libc (%s): no safe way to make a call in it was found",
                        target->libc);
    *ret_found = g_strdup(target->libc);
    return TRUE;
}

static gboolean check_stack(const struct attach_target *target, char **ret_found, GError **error)
{
    if (target->status.guarded)
        return cli_fail(error, "has shadow stacks on, with which no call can be made in it from outside: start it "
                               "without (GLIBC_TUNABLES=glibc.cpu.x86_shstk=off) or with scopetrace run");
    *ret_found = g_strdup("no shadow stack");
    return TRUE;
}

/* LTTng makes calls that the program never made: a socket, threads. */
static gboolean check_seccomp(const struct attach_target *target, char **ret_found, GError **error)
{
    const char *call = NULL;
    if (target->status.seccomp == 0) {
        *ret_found = g_strdup("no filter");
        return TRUE;
    }
    const enum seccomp_verdict verdict = seccomp_look(target, &call);
    if (verdict == SECCOMP_KILLS)
        return cli_fail(error,
                        "has a seccomp filter that kills it for %s(), which LTTng needs: allow that, or let the "
                        "filter answer with an error (systemd: SystemCallErrorNumber=EPERM)",
                        call);
    *ret_found = g_strdup(verdict == SECCOMP_HARMLESS ? "a filter that kills for nothing that LTTng does"
                                                      : "a filter, which only root may look at");
    return TRUE;
}

static gboolean check_agent(const struct attach_target *target, char **ret_found, GError **error)
{
    g_autofree char *agent = install_library(CONTROL_AGENT_LIBRARY, error);
    if (!agent) {
        g_prefix_error(error, "cannot be given the agent: ");
        return FALSE;
    }
    g_autofree char *user = user_name(target->status.uid);
    g_autofree char *theirs = proc_path(target->pid, agent);
    if (access(theirs, F_OK) != 0)
        return cli_fail(error,
                        "cannot see %s in its file system (a container?): copy or mount scopetrace's library "
                        "folder there, at the same place",
                        agent);
    if (!visible_readable(target, agent))
        return cli_fail(error, "belongs to %s, who may not read %s: install scopetrace where everybody can", user,
                        agent);
    *ret_found = g_strdup_printf("%s%s", agent, target->agent ? ", loaded already" : "");
    return TRUE;
}

static gboolean check_needed(const struct attach_target *target, char **ret_found, GError **error)
{
    g_autofree char *agent = install_library(CONTROL_AGENT_LIBRARY, error);
    if (!agent) {
        g_prefix_error(error, "cannot be given the agent: ");
        return FALSE;
    }
    g_autofree char *missing = visible_missing_library(target, agent);
    if (missing)
        return cli_fail(
            error, "has no %s in its file system (a container?): install LTTng-UST and libunwind there", missing);
    *ret_found = g_strdup("all there");
    return TRUE;
}

static gboolean check_shared_memory(const struct attach_target *target, char **ret_found, GError **error)
{
    g_autofree char *path = proc_path(target->pid, "/dev/shm");
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return cli_fail(error, "has no /dev/shm in its file system: mount a tmpfs there");
    *ret_found = g_strdup("there");
    return TRUE;
}

/* Where a user's daemon has its folder: as LTTng in the target was told, or would be. */
static char *daemon_home(pid_t pid)
{
    char *home = proc_environment(pid, "LTTNG_HOME");
    return home ? home : proc_environment(pid, "HOME");
}

/* The target finds LTTng's daemon by path: root's below /run, a user's below the home folder. */
static gboolean check_daemon(const struct attach_target *target, char **ret_found, GError **error)
{
    if (geteuid() == 0) {
        if (!visible_same_file(target, "/run") && !visible_same_file(target, "/run/lttng"))
            return cli_fail(error,
                            "cannot reach LTTng's session daemon: its /run is not ours (a container?); mount "
                            "/run/lttng there, or run scopetrace inside");
        *ret_found = g_strdup("root's, below /run");
        return TRUE;
    }
    g_autofree char *theirs = daemon_home(target->pid);
    g_autofree char *ours = daemon_home(getpid());
    if (theirs && g_strcmp0(theirs, ours) == 0 && !g_file_test(theirs, G_FILE_TEST_IS_DIR))
        return cli_fail(
            error,
            "cannot reach your session daemon of LTTng: its home folder and ours (%s) does not exist; "
            "run scopetrace as root, or the program with an LTTNG_HOME that does, and scopetrace with the same",
            theirs);
    if (!theirs || g_strcmp0(theirs, ours) != 0 || !visible_same_file(target, theirs))
        return cli_fail(error,
                        "cannot reach your session daemon of LTTng: its home folder (%s) is not ours (%s); run "
                        "scopetrace with the same HOME and LTTNG_HOME, or as root",
                        theirs ? theirs : "none", ours ? ours : "none");
    *ret_found = g_strdup_printf("below %s", theirs);
    return TRUE;
}

/* A program under `scopetrace run` sends its events to a private daemon. */
static gboolean check_session(const struct attach_target *target, char **ret_found, GError **error)
{
    g_autofree char *control = proc_environment(target->pid, CONTROL_ENV);
    g_autofree char *theirs = control ? proc_path(target->pid, control) : NULL;
    if (theirs && access(theirs, F_OK) == 0)
        return cli_fail(
            error,
            "is being recorded by scopetrace run or record already: what they have of it is there when it ends");
    int lock = attach_lock(target->pid, error);
    if (lock < 0)
        return FALSE;
    close(lock);
    *ret_found = g_strdup(target->entry ? "preloaded" : "none yet");
    return TRUE;
}

static const struct check checks[] = {
    {"process", TRUE, check_alive},
    {"tracer", TRUE, check_tracer},
    {"running", TRUE, check_running},
    {"permission", TRUE, check_permission},
    {"architecture", TRUE, check_architecture},
    {"python", TRUE, check_python},
    {"GIL", FALSE, check_gil},
    {"interpreter", FALSE, check_interpreter},
    {"C library", FALSE, check_libc},
    {"stack", FALSE, check_stack},
    {"seccomp", FALSE, check_seccomp},
    {"agent", FALSE, check_agent},
    {"libraries", FALSE, check_needed},
    {"shared memory", FALSE, check_shared_memory},
    {"session daemon", FALSE, check_daemon},
    {"session", FALSE, check_session},
};

gboolean attach_preflight(const struct attach_target *target, GError **error)
{
    for (gsize index = 0; index < G_N_ELEMENTS(checks); index++) {
        g_autofree char *found = NULL;
        if (checks[index].run(target, &found, error))
            continue;
        g_autofree char *name = attach_target_name(target);
        g_prefix_error(error, "%s ", name);
        return FALSE;
    }
    return TRUE;
}

static void line_free(gpointer line)
{
    g_free(((struct preflight_line *)line)->text);
    g_free(line);
}

static struct preflight_line *make_line(const struct attach_target *target, const struct check *check,
                                        gboolean skip)
{
    g_autoptr(GError) error = NULL;
    struct preflight_line *line = g_new0(struct preflight_line, 1);
    line->check = check->name;
    line->verdict = PREFLIGHT_SKIPPED;
    if (skip)
        return line;
    line->verdict = check->run(target, &line->text, &error) ? PREFLIGHT_OK : PREFLIGHT_FAILED;
    if (error) {
        g_free(line->text);
        line->text = g_strdup_printf("it %s", error->message);
    }
    return line;
}

GPtrArray *attach_preflight_list(const struct attach_target *target)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(line_free);
    gboolean skip = FALSE;
    for (gsize index = 0; index < G_N_ELEMENTS(checks); index++) {
        struct preflight_line *line = make_line(target, &checks[index], skip);
        g_ptr_array_add(lines, line);
        skip = skip || (checks[index].decisive && line->verdict == PREFLIGHT_FAILED);
    }
    return lines;
}
