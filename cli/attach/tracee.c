/* SPDX-License-Identifier: MIT */
#include "cli/attach/tracee.h"

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/error.h"

enum {
    LOOK_NS = 1000000, /* in case that nobody tells: whoever ignores SIGCHLD is not sent any */
    RELEASE_US = 2000000,
    SYSCALL_STOP = SIGTRAP | 0x80, /* PTRACE_O_TRACESYSGOOD */
    SIGNAL_SET_BYTES = 8,
};

static long request(const struct tracee *tracee, unsigned what, guint64 address, const void *data)
{
    return syscall(SYS_ptrace, (long)what, (long)tracee->tid, (void *)(guintptr)address, data);
}

/* While the thread is stopped it must not depend on how busy the machine is when we go on. root may ask for that;
 * whoever may not does without. Reports are waited for by signal. */
static void be_urgent(struct tracee *tracee)
{
    const struct sched_param urgent = {.sched_priority = sched_get_priority_min(SCHED_RR)};
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &tracee->mask);
    tracee->urgent = sched_getscheduler(0) == SCHED_OTHER && sched_setscheduler(0, SCHED_RR, &urgent) == 0;
}

static void be_ordinary(const struct tracee *tracee)
{
    const struct sched_param usual = {0};
    if (tracee->urgent)
        sched_setscheduler(0, SCHED_OTHER, &usual);
    sigprocmask(SIG_SETMASK, &tracee->mask, NULL);
}

gboolean tracee_seize(struct tracee *ret_tracee, pid_t tid, int memory, GError **error)
{
    struct tracee tracee = {.tid = tid, .memory = memory};
    if (request(&tracee, PTRACE_SEIZE, 0, (void *)PTRACE_O_TRACESYSGOOD) != 0)
        return cli_fail(error, "%s",
                        errno == ESRCH   ? "it ended"
                        : errno == EPERM ? "may not be traced now: it is just ending, or another tracer was faster"
                                         : g_strerror(errno));
    be_urgent(&tracee);
    *ret_tracee = tracee;
    return TRUE;
}

/* Sleeps until something is reported of the thread, or not for long. To look again and again instead would keep a
 * busy machine from running it. */
static void await_report(void)
{
    const struct timespec most = {.tv_nsec = LOOK_NS};
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigtimedwait(&child, NULL, &most);
}

/* The next report of the thread; FALSE at the deadline. */
static gboolean await_status(const struct tracee *tracee, gint64 deadline_us, int *ret_status)
{
    for (;;) {
        pid_t reported = waitpid(tracee->tid, ret_status, WNOHANG | __WALL);
        if (reported == tracee->tid)
            return TRUE;
        if (reported < 0 && errno != EINTR) {
            *ret_status = 0; /* as if it had exited: somebody else has reaped it */
            return TRUE;
        }
        if (g_get_monotonic_time() >= deadline_us)
            return FALSE;
        await_report();
    }
}

static gboolean is_fault(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP ||
           signal == SIGSYS;
}

static struct tracee_event syscall_event(const struct tracee *tracee)
{
    struct __ptrace_syscall_info info = {.op = PTRACE_SYSCALL_INFO_NONE};
    if (request(tracee, PTRACE_GET_SYSCALL_INFO, sizeof info, &info) < 0)
        return (struct tracee_event){.stop = TRACEE_FAULT, .signal = SIGTRAP};
    if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        return (struct tracee_event){.stop = TRACEE_RETURN, .result = info.exit.rval};
    return (struct tracee_event){.stop = TRACEE_SYSCALL, .number = (gint64)info.entry.nr};
}

/* TRUE: this stop is one to tell of. FALSE: go on, delivering ret_deliver. */
static gboolean classify(struct tracee *tracee, int status, struct tracee_event *ret_event, int *ret_deliver)
{
    *ret_deliver = 0;
    if (!WIFSTOPPED(status)) {
        tracee->stopped = FALSE;
        *ret_event = (struct tracee_event){.stop = TRACEE_GONE};
        return TRUE;
    }
    tracee->stopped = TRUE;
    int signal = WSTOPSIG(status);
    tracee->at = TRACEE_INTERRUPTED;
    if (status >> 16 == PTRACE_EVENT_STOP) {
        *ret_event = (struct tracee_event){.stop = TRACEE_INTERRUPTED};
        return TRUE;
    }
    if (signal == SYSCALL_STOP) {
        *ret_event = syscall_event(tracee);
        tracee->at = ret_event->stop;
        return TRUE;
    }
    if (tracee->hijacked && is_fault(signal)) {
        *ret_event = (struct tracee_event){.stop = TRACEE_FAULT, .signal = signal};
        return TRUE;
    }
    if (signal == SIGSTOP)
        tracee->stop_signal = TRUE;
    else
        *ret_deliver = signal;
    return FALSE;
}

static struct tracee_event await_event(struct tracee *tracee, unsigned resume, gint64 deadline_us)
{
    for (;;) {
        struct tracee_event event;
        int status, deliver;
        if (!await_status(tracee, deadline_us, &status))
            return (struct tracee_event){.stop = TRACEE_TIMEOUT};
        if (classify(tracee, status, &event, &deliver))
            return event;
        request(tracee, resume, 0, (void *)(gintptr)deliver);
        tracee->stopped = FALSE;
    }
}

gboolean tracee_stop(struct tracee *tracee, gint64 timeout_us, GError **error)
{
    if (request(tracee, PTRACE_INTERRUPT, 0, NULL) != 0)
        return cli_fail(error, "it ended");
    struct tracee_event event = await_event(tracee, PTRACE_CONT, g_get_monotonic_time() + timeout_us);
    if (tracee->stopped && event.stop != TRACEE_GONE)
        return TRUE;
    if (event.stop == TRACEE_TIMEOUT)
        return cli_fail(error, "it does not stop: it waits uninterruptibly for a device or a file system");
    return cli_fail(error, "it ended");
}

struct tracee_event tracee_run(struct tracee *tracee, gint64 deadline_us)
{
    struct tracee_event event;
    do {
        if (request(tracee, PTRACE_SYSCALL, 0, NULL) != 0)
            return (struct tracee_event){.stop = TRACEE_GONE};
        tracee->stopped = FALSE;
        event = await_event(tracee, PTRACE_SYSCALL, deadline_us);
    } while (event.stop == TRACEE_INTERRUPTED); /* the whole process was stopped or went on: not our affair */
    return event;
}

gboolean tracee_step_out(struct tracee *tracee, gint64 timeout_us)
{
    /* The order to stop is kept while it is stopped, and obeyed once it goes on. */
    if (request(tracee, PTRACE_INTERRUPT, 0, NULL) != 0 || request(tracee, PTRACE_CONT, 0, NULL) != 0)
        return FALSE;
    tracee->stopped = FALSE;
    return await_event(tracee, PTRACE_CONT, g_get_monotonic_time() + timeout_us).stop == TRACEE_INTERRUPTED;
}

void tracee_release(struct tracee *tracee)
{
    if (tracee->tid == 0)
        return;
    if (tracee->stopped || tracee_stop(tracee, RELEASE_US, NULL))
        request(tracee, PTRACE_DETACH, 0, NULL);
    if (tracee->stop_signal)
        kill(tracee->tid, SIGSTOP);
    be_ordinary(tracee);
    tracee->tid = 0;
}

gboolean tracee_read(const struct tracee *tracee, guint64 address, void *ret_bytes, gsize size)
{
    return pread(tracee->memory, ret_bytes, size, (off_t)address) == (ssize_t)size;
}

gboolean tracee_write(const struct tracee *tracee, guint64 address, const void *bytes, gsize size)
{
    return pwrite(tracee->memory, bytes, size, (off_t)address) == (ssize_t)size;
}

gboolean tracee_get_registers(const struct tracee *tracee, struct arch_registers *ret_registers)
{
    struct iovec buffer = {.iov_base = ret_registers->bytes, .iov_len = sizeof ret_registers->bytes};
    if (request(tracee, PTRACE_GETREGSET, NT_PRSTATUS, &buffer) != 0)
        return FALSE;
    ret_registers->size = buffer.iov_len;
    ret_registers->code = 0;
    tracee_read(tracee, arch_native->instruction(ret_registers), &ret_registers->code, sizeof ret_registers->code);
    return TRUE;
}

gboolean tracee_set_registers(const struct tracee *tracee, const struct arch_registers *registers)
{
    struct iovec buffer = {.iov_base = (void *)registers->bytes, .iov_len = registers->size};
    int none = -1;
    struct iovec number = {.iov_base = &none, .iov_len = sizeof none};
    if (request(tracee, PTRACE_SETREGSET, NT_PRSTATUS, &buffer) != 0)
        return FALSE;
    return !arch_native->number_note || request(tracee, PTRACE_SETREGSET, arch_native->number_note, &number) == 0;
}

GByteArray *tracee_get_set(const struct tracee *tracee, unsigned note)
{
    enum { MOST = 1 << 16 };
    GByteArray *set = g_byte_array_sized_new(MOST);
    struct iovec buffer = {.iov_base = set->data, .iov_len = MOST};
    if (request(tracee, PTRACE_GETREGSET, note, &buffer) != 0) {
        g_byte_array_unref(set);
        return NULL;
    }
    return g_byte_array_set_size(set, (guint)buffer.iov_len);
}

gboolean tracee_set_set(const struct tracee *tracee, unsigned note, const GByteArray *set)
{
    struct iovec buffer = {.iov_base = set->data, .iov_len = set->len};
    return request(tracee, PTRACE_SETREGSET, note, &buffer) == 0;
}

gboolean tracee_get_mask(const struct tracee *tracee, guint64 *ret_mask)
{
    return request(tracee, PTRACE_GETSIGMASK, SIGNAL_SET_BYTES, ret_mask) == 0;
}

gboolean tracee_set_mask(const struct tracee *tracee, guint64 mask)
{
    return request(tracee, PTRACE_SETSIGMASK, SIGNAL_SET_BYTES, &mask) == 0;
}
