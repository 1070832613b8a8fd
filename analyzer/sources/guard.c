/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/guard.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/sources/abandoned.h"

/* Of the folder's name. */
#define PREFIX "scopetrace-read-"

enum {
    MOST_PLACES = 64,      /* a trace that is worse than that is not worth the time */
    PATIENCE_SECONDS = 30, /* of the processor's time, for one call of the library */
};

/* Sanitizers reserve more address space than any limit leaves. */
#ifdef __has_feature
#define IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

/* By which people and machines end it. */
static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* What a program dies of by itself; of SIGTRAP by GLib, for want of memory. */
static const int deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGILL, SIGFPE};

/* Something that the library is asked for. */
struct place {
    bool reading, together;
    uint32_t stream;
    uint64_t turn;
};

/* Shared by parent and child. */
struct guard {
    volatile sig_atomic_t inside; /* the library */
    uint64_t calls;               /* atomic */
    uint64_t opened;
    struct place now;
    struct place avoided[MOST_PLACES];
    uint32_t avoided_count;
    bool careful; /* it died while several threads were reading */
    bool starved; /* our own code found no memory */
    pid_t parent;
    char folder[96];
};

struct guard *guard_new(void)
{
    void *memory = mmap(NULL, sizeof(struct guard), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void guard_free(struct guard *guard)
{
    if (guard)
        munmap(guard, sizeof *guard);
}

gboolean guard_avoids(const struct guard *guard)
{
    return guard && guard->avoided_count;
}

/* ---- in the child ---- */

static struct guard *watched;

/* Comes every PATIENCE_SECONDS: the library has spent them on one call. */
static void look_at_watched(int signal)
{
    static uint64_t calls = UINT64_MAX;
    uint64_t now = __atomic_load_n(&watched->calls, __ATOMIC_RELAXED);
    (void)signal;
    if (watched->inside && now == calls)
        kill(getpid(), SIGKILL);
    calls = now;
}

/* Half of the machine's memory is more than any trace needs. */
static void limit_memory(void)
{
    const rlim_t half = (rlim_t)sysconf(_SC_PHYS_PAGES) / 2 * (rlim_t)sysconf(_SC_PAGESIZE);
    struct rlimit limit;
    if (IS_SANITIZED || getrlimit(RLIMIT_DATA, &limit) != 0)
        return;
    limit.rlim_cur = MIN(limit.rlim_cur, half);
    setrlimit(RLIMIT_DATA, &limit);
}

/* What the library has to say before it dies is of no use to whoever reads the report. What GLib dies of is want
 * of memory. */
static void log_message(const char *domain, GLogLevelFlags level, const char *message, void *context)
{
    if (watched->inside)
        return;
    watched->starved = (level & G_LOG_FLAG_FATAL) && g_strcmp0(domain, "GLib") == 0;
    if (!watched->starved)
        g_log_default_handler(domain, level, message, context);
}

/* Each stream of a trace is an open file. */
static void raise_open_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void be_a_child(struct guard *guard)
{
    const struct itimerval patience = {{PATIENCE_SECONDS, 0}, {PATIENCE_SECONDS, 0}};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != guard->parent)
        _exit(0);
    for (size_t i = 0; i < G_N_ELEMENTS(deadly); i++)
        signal(deadly[i], SIG_DFL);
    limit_memory();
    raise_open_files();
    watched = guard;
    g_log_set_default_handler(log_message, NULL);
    signal(SIGPROF, look_at_watched);
    setitimer(ITIMER_PROF, &patience, NULL);
}

static bool is_avoided(const struct guard *guard, const struct place *place)
{
    for (uint32_t i = 0; i < guard->avoided_count; i++) {
        const struct place *avoided = &guard->avoided[i];
        if (!place->together && avoided->reading == place->reading && avoided->stream == place->stream &&
            (place->reading ? avoided->turn <= place->turn : avoided->turn == place->turn))
            return true;
    }
    return false;
}

void guard_alive(struct guard *guard)
{
    if (guard)
        __atomic_add_fetch(&guard->calls, 1, __ATOMIC_RELAXED);
}

static gboolean enter(struct guard *guard, const struct place *place)
{
    if (guard->avoided_count && is_avoided(guard, place))
        return FALSE;
    guard->now = *place;
    guard_alive(guard);
    guard->inside = 1;
    return TRUE;
}

gboolean guard_enter_opening(struct guard *guard)
{
    return !guard || enter(guard, &(struct place){.turn = guard->opened++});
}

gboolean guard_enter_reading(struct guard *guard, uint32_t stream, uint64_t turn)
{
    return !guard || enter(guard, &(struct place){.reading = true, .stream = stream, .turn = turn});
}

gboolean guard_may_read_together(const struct guard *guard)
{
    return !guard || !guard->careful;
}

void guard_enter_together(struct guard *guard)
{
    if (guard)
        enter(guard, &(struct place){.together = true});
}

void guard_leave(struct guard *guard)
{
    if (guard)
        guard->inside = 0;
}

gboolean guard_is_inside(const struct guard *guard)
{
    return guard && guard->inside;
}

/* The lock goes with the child: who kills the parent by SIGKILL leaves the folder to the next one's sweep. */
const char *guard_folder(struct guard *guard)
{
    static int lock = -1;
    if (!guard || g_mkdir_with_parents(guard->folder, 0700) != 0)
        return NULL;
    if (lock < 0)
        lock = abandoned_lock(guard->folder);
    return guard->folder;
}

/* ---- in the parent ---- */

/* Who ends the command ends the child: then what it leaves is removed. Held back but while it is waited for. */
struct vigil {
    struct sigaction before[G_N_ELEMENTS(endings)];
    sigset_t mask;
};

static volatile sig_atomic_t child;

static void pass_on(int number)
{
    kill((pid_t)child, number);
}

static void vigil_begin(struct vigil *vigil)
{
    const struct sigaction action = {.sa_handler = pass_on};
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        sigaddset(&held, endings[i]);
    sigprocmask(SIG_BLOCK, &held, &vigil->mask);
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        sigaction(endings[i], NULL, &vigil->before[i]);
        if (vigil->before[i].sa_handler == SIG_DFL)
            sigaction(endings[i], &action, NULL);
    }
}

/* In the child, too. */
static void vigil_end(const struct vigil *vigil)
{
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        sigaction(endings[i], &vigil->before[i], NULL);
    sigprocmask(SIG_SETMASK, &vigil->mask, NULL);
}

/* Its number is its own until it is reaped. */
static int await_child(const struct vigil *vigil, pid_t pid)
{
    int status = 0;
    siginfo_t info;
    sigset_t held;
    child = pid;
    sigprocmask(SIG_SETMASK, &vigil->mask, &held);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0)
        ;
    sigprocmask(SIG_SETMASK, &held, NULL);
    waitpid(pid, &status, 0);
    return status;
}

static void name_folder(struct guard *guard)
{
    g_autofree char *name = abandoned_name(PREFIX);
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), name, NULL);
    g_strlcpy(guard->folder, strlen(path) < sizeof guard->folder ? path : "", sizeof guard->folder);
}

static void sweep(void)
{
    const int place = open(g_get_tmp_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place < 0)
        return;
    abandoned_sweep(place, PREFIX);
    close(place);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void remove_folder(const struct guard *guard)
{
    if (*guard->folder)
        nftw(guard->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static bool died_in_library(const struct guard *guard, int status)
{
    if (!guard->inside)
        return false;
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : SIGABRT;
    for (size_t i = 0; i < G_N_ELEMENTS(deadly); i++)
        if (signal == deadly[i])
            return true;
    return signal == SIGKILL; /* it took all memory, or too long */
}

/* Returns what waitpid() says of the child. */
static int attempt(struct guard *guard, const struct vigil *vigil, int (*work)(struct guard *guard, void *context),
                   void *context)
{
    guard->inside = 0;
    guard->opened = 0;
    guard->starved = false;
    guard->parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        vigil_end(vigil);
        be_a_child(guard);
        exit(work(guard, context));
    }
    /* A machine that has no process left has no choice either. */
    if (pid < 0) {
        vigil_end(vigil);
        return W_EXITCODE(work(NULL, context), 0);
    }
    return await_child(vigil, pid);
}

gboolean guard_starved(const struct guard *guard)
{
    return guard && guard->starved;
}

/* Again and again until it does not die in the library. */
static int attempt_all(struct guard *guard, const struct vigil *vigil,
                       int (*work)(struct guard *guard, void *context), void *context)
{
    for (;;) {
        int status = attempt(guard, vigil, work, context);
        remove_folder(guard);
        if (!died_in_library(guard, status) || guard->avoided_count == MOST_PLACES)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        if (guard->now.together)
            guard->careful = true;
        else
            guard->avoided[guard->avoided_count++] = guard->now;
    }
}

int guard_run(struct guard *guard, int (*work)(struct guard *guard, void *context), void *context)
{
    struct vigil vigil;
    if (!guard)
        return work(NULL, context);
    guard->avoided_count = 0;
    guard->careful = false;
    name_folder(guard);
    sweep();
    vigil_begin(&vigil);
    const int result = attempt_all(guard, &vigil, work, context);
    vigil_end(&vigil);
    return result;
}
