/* SPDX-License-Identifier: MIT */
#include "cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/group_watch.h"
#include "cli/message.h"
#include "preload/control.h"

/* After the program's end, a signal within this time was meant for it. */
#define SETTLE_US (500 * 1000)

/* What the program is to inherit, and what this process goes back to. */
struct inherited {
    sigset_t mask;
    struct sigaction child, pipe;
};

struct runner {
    struct inherited inherited;
    struct group_watch watch;
    pid_t program;
    int signals;         /* a signalfd */
    bool stop_requested; /* a terminal's stop signal came: when the program stops, so do we */
    bool stopped;        /* the program, by such a signal */
};

static gboolean set_program_error(GError **error, enum cli_error code, const char *name, int cause)
{
    if (cause == ENOEXEC) {
        g_set_error(
            error, cli_error_quark(), (int)code,
            "%s: cannot be run: it is a program for another kind of machine; give one that is made for this",
            name);
        return FALSE;
    }
    const bool is_script = g_str_has_suffix(name, ".py") && g_file_test(name, G_FILE_TEST_IS_REGULAR);
    g_autofree char *word = message_word(name);
    g_set_error(error, cli_error_quark(), (int)code, "%s: cannot be run: %s; %s%s", *name ? name : "\"\"",
                g_strerror(cause),
                is_script ? "write python3 in front of it: scopetrace run python3 "
                          : "check the name and its permissions",
                is_script ? word : "");
    return FALSE;
}

/* As env(1) and timeout(1) tell them apart. */
static gboolean set_exec_error(GError **error, const char *name, int cause)
{
    return set_program_error(error, cause == ENOENT ? CLI_ERROR_NOT_FOUND : CLI_ERROR_NOT_EXECUTABLE, name, cause);
}

static int check_path(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return EACCES;
    return access(path, X_OK) == 0 ? 0 : errno;
}

/* 0, or the error that execvp() would end with. */
static int search_path(const char *name)
{
    const char *path = g_getenv("PATH");
    g_auto(GStrv) folders = g_strsplit(path ? path : "/bin:/usr/bin", ":", -1);
    int cause = ENOENT;
    for (char **folder = folders; *folder; folder++) {
        g_autofree char *candidate = g_build_filename(**folder ? *folder : ".", name, NULL);
        const int refused = check_path(candidate);
        if (refused == 0)
            return 0;
        if (refused == EACCES)
            cause = EACCES;
    }
    return cause;
}

gboolean program_check(const char *name, GError **error)
{
    const int cause = !*name ? ENOENT : strchr(name, '/') ? check_path(name) : search_path(name);
    return cause == 0 || set_exec_error(error, name, cause);
}

/* Behind the others: the runtimes of sanitizers refuse to be anything but the first. */
static void append_preload(const char *object)
{
    const char *others = g_getenv("LD_PRELOAD");
    g_autofree char *all = others && *others ? g_strconcat(others, ":", object, NULL) : g_strdup(object);
    if (!others || !strstr(others, object))
        g_setenv("LD_PRELOAD", all, TRUE);
}

/* execvp() would give one that is made for another machine to the shell, as a script. */
static bool is_elf(const char *path)
{
    static const char magic[] = {0x7f, 'E', 'L', 'F'};
    char begin[sizeof magic];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool read_it = fd >= 0 && read(fd, begin, sizeof begin) == sizeof begin;
    if (fd >= 0)
        close(fd);
    return read_it && memcmp(begin, magic, sizeof magic) == 0;
}

/* Returns why it cannot. */
static int execute(char **arguments)
{
    g_autofree char *found = strchr(arguments[0], '/') ? NULL : g_find_program_in_path(arguments[0]);
    const char *path = found ? found : arguments[0];
    if (is_elf(path))
        execv(path, arguments);
    else
        execvp(arguments[0], arguments);
    return errno;
}

static _Noreturn void become_program(char **arguments, const struct program_environment *environment,
                                     const struct inherited *inherited, int report)
{
    if (environment->preload)
        append_preload(environment->preload);
    if (environment->control)
        g_setenv(CONTROL_ENV, environment->control, TRUE);
    sigaction(SIGCHLD, &inherited->child, NULL);
    sigaction(SIGPIPE, &inherited->pipe, NULL);
    sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
    const int cause = execute(arguments);
    if (write(report, &cause, sizeof cause) < 0)
        _exit(STATUS_FAILED);
    _exit(STATUS_NOT_FOUND);
}

/* A signal that came since they are held back reached no program: it is for this process, as those before. */
static void let_signals_in(const struct inherited *inherited)
{
    sigset_t held_back;
    sigprocmask(SIG_SETMASK, &inherited->mask, &held_back);
    sigprocmask(SIG_SETMASK, &held_back, NULL);
}

/* Its pid, or 0 and error when it could not be executed. */
static pid_t start_program(char **arguments, const struct program_environment *environment,
                           const struct inherited *inherited, GError **error)
{
    int ends[2], cause = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return cli_fail(error, "%s: %s", arguments[0], g_strerror(errno));
    let_signals_in(inherited);
    const pid_t program = fork();
    if (program == 0)
        become_program(arguments, environment, inherited, ends[1]);
    close(ends[1]);
    if (program > 0 && read(ends[0], &cause, sizeof cause) != sizeof cause)
        cause = 0; /* closed by exec */
    close(ends[0]);
    if (program < 0)
        return cli_fail(error, "%s: no process can be made: %s", arguments[0], g_strerror(errno));
    if (cause == 0)
        return program;
    waitpid(program, NULL, 0);
    if (cause != ENOENT)
        return set_exec_error(error, arguments[0], cause);
    /* It is there: program_check() has seen it. */
    g_set_error(
        error, cli_error_quark(), CLI_ERROR_NOT_FOUND,
        "%s: cannot be run: the interpreter that it names (#!, or its ELF loader) does not exist; install it, "
        "or correct the name",
        arguments[0]);
    return FALSE;
}

static void forward(const struct runner *runner, const struct signalfd_siginfo *signal)
{
    const union sigval value = {.sival_ptr = (void *)(uintptr_t)signal->ssi_ptr};
    if (signal->ssi_code == SI_QUEUE)
        sigqueue(runner->program, (int)signal->ssi_signo, value);
    else
        kill(runner->program, (int)signal->ssi_signo);
}

static bool is_terminal_stop(int number)
{
    return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* What the terminal sends (SI_KERNEL) and what goes to the group has reached the program already. */
static void handle(struct runner *runner, const struct signalfd_siginfo *signal)
{
    const int number = (int)signal->ssi_signo;
    if (number == SIGCHLD)
        return;
    if (is_terminal_stop(number))
        runner->stop_requested = true;
    if (number == SIGCONT)
        runner->stop_requested = false;
    if (signal->ssi_code != SI_KERNEL && !group_watch_saw(&runner->watch, number))
        forward(runner, signal);
}

/* The shell waits for us, not for the program. The signal and the news of the program's stop come in any order. */
static void stop_with_program(struct runner *runner)
{
    if (!runner->stop_requested || !runner->stopped)
        return;
    runner->stop_requested = runner->stopped = false;
    kill(getpid(), SIGSTOP);
}

/* Returns true with the program's wait status when it has ended. */
static bool program_ended(struct runner *runner, int *ret_status)
{
    int status;
    while (waitpid(runner->program, &status, WNOHANG | WUNTRACED | WCONTINUED) == runner->program) {
        if (!WIFSTOPPED(status) && !WIFCONTINUED(status)) {
            *ret_status = status;
            return true;
        }
        runner->stopped = WIFSTOPPED(status) && is_terminal_stop(WSTOPSIG(status));
    }
    return false;
}

static int await_end(struct runner *runner)
{
    int status = 0;
    while (!program_ended(runner, &status)) {
        struct signalfd_siginfo signal;
        stop_with_program(runner);
        if (read(runner->signals, &signal, sizeof signal) == sizeof signal)
            handle(runner, &signal);
    }
    return status;
}

/* Faults of our own must end us, and nothing can be done about the other two. */
static sigset_t signals_to_pass_on(void)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGKILL, SIGSTOP};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        sigdelset(&set, own[i]);
    return set;
}

static void take_signals(struct runner *runner)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL}, ignored = {.sa_handler = SIG_IGN};
    const sigset_t set = signals_to_pass_on();
    sigprocmask(SIG_BLOCK, &set, &runner->inherited.mask);
    /* An inherited SIG_IGN would make the kernel throw the program's status away. */
    sigaction(SIGCHLD, &usual, &runner->inherited.child);
    sigaction(SIGPIPE, &ignored, &runner->inherited.pipe);
    runner->signals = signalfd(-1, &set, SFD_CLOEXEC);
}

gboolean program_run(char **arguments, const struct program_environment *environment, int *ret_status,
                     GError **error)
{
    struct runner runner = {.program = 0};
    take_signals(&runner);
    group_watch_start(&runner.watch);
    runner.program = start_program(arguments, environment, &runner.inherited, error);
    if (runner.program > 0)
        *ret_status = await_end(&runner);
    group_watch_stop(&runner.watch);
    close(runner.signals);
    return runner.program > 0;
}

int program_exit_status(int wait_status)
{
    return WIFSIGNALED(wait_status) ? STATUS_SIGNALLED + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static volatile gint64 settled_at;

static void end_if_settled(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 < settled_at)
        return;
    signal(number, SIG_DFL);
    raise(number);
}

void program_settle_signals(void)
{
    static const int ending[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    const struct sigaction action = {.sa_handler = end_if_settled, .sa_flags = SA_RESTART};
    const struct timespec at_once = {0};
    const sigset_t passed_on = signals_to_pass_on();
    sigset_t wanted;
    settled_at = g_get_monotonic_time() + SETTLE_US;
    while (sigtimedwait(&passed_on, NULL, &at_once) > 0)
        ;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTSTP);
    for (size_t i = 0; i < G_N_ELEMENTS(ending); i++) {
        sigaddset(&wanted, ending[i]);
        sigaction(ending[i], &action, NULL);
    }
    /* The others stay blocked: what comes now was for the program, too. */
    sigprocmask(SIG_UNBLOCK, &wanted, NULL);
}
