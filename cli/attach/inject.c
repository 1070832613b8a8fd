/* SPDX-License-Identifier: MIT */
#include "cli/attach/inject.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/attach/arch.h"
#include "cli/attach/python.h"
#include "cli/attach/snippet.h"
#include "cli/attach/tracee.h"
#include "cli/error.h"

enum {
    STOP_US = 500000, /* an ordinary stop takes microseconds */
    CALL_US = 20000,  /* so does the call; it takes longer only behind a lock that our thread itself holds */
    ATTEMPTS = 20,
    PAUSE_US = 3000, /* between attempts */
    SNIPPET_BYTES = 8192,
};

/* A thread that is to make a call, and all that is needed to put it back as it was. */
struct hijack {
    struct tracee tracee;
    const struct attach_target *target;
    struct arch_registers original; /* as found */
    struct arch_registers goal;     /* how it is to go on */
    struct arch_vectors vectors;
    guint64 mask;
    struct arch_frame frame;
};

static void hijack_clear(struct hijack *hijack)
{
    for (gsize set = 0; set < ARCH_SETS; set++)
        if (hijack->vectors.sets[set])
            g_byte_array_unref(hijack->vectors.sets[set]);
    if (hijack->frame.bytes)
        g_byte_array_unref(hijack->frame.bytes);
    tracee_release(&hijack->tracee);
}

/* How the interrupted system call is to end, so that the interpreter soon looks for pending calls. libuv takes
 * an early time-out for a fault of the kernel and aborts. */
static enum arch_resume choose_resume(const struct attach_target *target, enum arch_wait wait)
{
    if (wait == WAIT_EVENTS && !target->libuv)
        return RESUME_WITH_NOTHING;
    return wait == WAIT_LOCK ? RESUME_WITH_EINTR : RESUME_AS_WAS;
}

/* A second look by sigreturn has to be as good as the first; only a sleep cannot be resumed by it. */
static enum arch_resume by_frame(enum arch_resume resume)
{
    return resume == RESUME_AS_WAS ? RESUME_BY_FRAME : resume;
}

static gboolean read_vectors(struct hijack *hijack)
{
    for (gsize set = 0; set < ARCH_SETS && arch_native->vector_notes[set]; set++)
        hijack->vectors.sets[set] = tracee_get_set(&hijack->tracee, arch_native->vector_notes[set]);
    return hijack->vectors.sets[0] != NULL;
}

static gboolean save(struct hijack *hijack, enum arch_resume resume, GError **error)
{
    const struct arch *arch = arch_native;
    if (!read_vectors(hijack) || !tracee_get_mask(&hijack->tracee, &hijack->mask))
        return cli_fail(error, "its registers cannot be read");
    const char *refusal = arch->refuses(&hijack->vectors);
    if (refusal)
        return cli_fail(error, "%s", refusal);

    struct arch_registers by_return = hijack->original;
    arch->settle(&by_return, by_frame(resume));
    hijack->goal = hijack->original;
    arch->settle(&hijack->goal, resume);
    hijack->frame = arch->frame(&by_return, &hijack->vectors, hijack->mask, hijack->target->code.sigreturn);
    if (!tracee_write(&hijack->tracee, hijack->frame.address, hijack->frame.bytes->data, hijack->frame.bytes->len))
        return cli_fail(error, "there is no room on the stack of its main thread");
    return TRUE;
}

/* From here on the thread returns through the frame whatever becomes of us: registers first (the thread is
 * stopped, so this is one step), then the signals that would use our stack are held back. */
static gboolean start_call(struct hijack *hijack, const struct arch_call *call, GError **error)
{
    struct arch_registers registers = hijack->original;
    arch_native->set_call(&registers, call);
    hijack->tracee.hijacked = TRUE;
    if (!tracee_set_registers(&hijack->tracee, &registers) ||
        !tracee_set_mask(&hijack->tracee, ~G_GUINT64_CONSTANT(0)))
        return cli_fail(error, "its registers cannot be set");
    return TRUE;
}

static gboolean call_failed(const struct tracee_event *event, const char *what, GError **error)
{
    if (event->stop == TRACEE_TIMEOUT)
        return cli_fail(error, "%s does not return", what);
    if (event->stop == TRACEE_FAULT)
        return cli_fail(error, "%s failed with signal %d", what, event->signal);
    return cli_fail(error, "it ended");
}

/* A system call takes no lock that the thread may hold. */
static gboolean remote_mmap(struct hijack *hijack, gint64 deadline, guint64 *ret_address, GError **error)
{
    struct arch_call call = {.function = hijack->target->code.syscall,
                             .arguments = {0, SNIPPET_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                           ~G_GUINT64_CONSTANT(0), 0},
                             .stack = hijack->frame.address,
                             .back = hijack->target->code.sigreturn,
                             .syscall = arch_native->mmap};
    if (!start_call(hijack, &call, error))
        return FALSE;
    struct tracee_event event = tracee_run(&hijack->tracee, deadline);
    if (event.stop == TRACEE_SYSCALL && event.number == arch_native->mmap)
        event = tracee_run(&hijack->tracee, deadline);
    if (event.stop != TRACEE_RETURN)
        return call_failed(&event, "mmap", error);
    if (event.result < 0 && event.result > -4096)
        return cli_fail(error, "it has no memory left: mmap: %s", g_strerror((int)-event.result));
    *ret_address = (guint64)event.result;
    return TRUE;
}

static gboolean remote_add_call(struct hijack *hijack, guint64 text, gint64 deadline, GError **error)
{
    struct arch_call call = {.function = hijack->target->python.add_call,
                             .arguments = {hijack->target->python.run_string, text},
                             .stack = hijack->frame.address,
                             .back = hijack->target->code.sigreturn,
                             .syscall = -1};
    if (!start_call(hijack, &call, error))
        return FALSE;
    struct tracee_event event;
    do
        event = tracee_run(&hijack->tracee, deadline);
    while (event.stop == TRACEE_RETURN ||
           (event.stop == TRACEE_SYSCALL && event.number != arch_native->rt_sigreturn));
    return event.stop == TRACEE_SYSCALL || call_failed(&event, "Py_AddPendingCall", error);
}

/* To where all registers can be set. The call that the thread is about to make is skipped, and made again if we
 * die: it is the one that brings it back. */
static gboolean leave_call(struct tracee *tracee)
{
    struct arch_registers registers;
    if (!arch_native->call_again || tracee->at == TRACEE_INTERRUPTED)
        return TRUE;
    if (tracee->at == TRACEE_SYSCALL) {
        if (!tracee_get_registers(tracee, &registers))
            return FALSE;
        arch_native->call_again(&registers);
        tracee_set_registers(tracee, &registers);
    }
    return tracee_step_out(tracee, STOP_US);
}

/* Puts everything back; the registers last, since until then the frame still does the same. */
static void restore(struct hijack *hijack)
{
    struct tracee *tracee = &hijack->tracee;
    if (!tracee->stopped && !tracee_stop(tracee, STOP_US, NULL))
        return;
    if (!leave_call(tracee))
        return;
    const gsize whole = arch_native->whole(&hijack->vectors);
    tracee_set_mask(tracee, hijack->mask);
    tracee_set_set(tracee, arch_native->vector_notes[whole], hijack->vectors.sets[whole]);
    tracee_set_registers(tracee, &hijack->goal);
    tracee->hijacked = FALSE;
}

static gboolean call_with_text(struct hijack *hijack, const char *body, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + CALL_US;
    guint64 address = 0;
    if (!remote_mmap(hijack, deadline, &address, error))
        return FALSE;
    g_autofree char *text = snippet_wrap(body, address, SNIPPET_BYTES);
    if (strlen(text) >= SNIPPET_BYTES || !tracee_write(&hijack->tracee, address, text, strlen(text) + 1))
        return cli_fail(error, "the text to be run does not fit");
    return remote_add_call(hijack, address, deadline, error);
}

static gboolean pending_call(struct hijack *hijack, const char *body, enum arch_resume resume, GError **error)
{
    const struct attach_target *target = hijack->target;
    if (python_calls_locked(&target->python, target->memory))
        return cli_fail(error, "its list of pending calls is in use");
    if (!save(hijack, resume, error))
        return FALSE;
    gboolean queued = call_with_text(hijack, body, error);
    restore(hijack);
    return queued;
}

/* One word at a time as the interpreter reads it: the path, then the order, then the bell. */
static gboolean remote_script(struct hijack *hijack, const struct python_door *door, const char *path,
                              enum arch_resume resume, GError **error)
{
    const struct tracee *tracee = &hijack->tracee;
    const guint32 pending = 1;
    guint64 breaker;
    if (!tracee_read(tracee, door->eval_breaker, &breaker, sizeof breaker))
        return cli_fail(error, "its memory cannot be read");
    breaker |= door->stop;
    if (!tracee_write(tracee, door->script, path, strlen(path) + 1) ||
        !tracee_write(tracee, door->pending, &pending, sizeof pending) ||
        !tracee_write(tracee, door->eval_breaker, &breaker, sizeof breaker))
        return cli_fail(error, "its memory cannot be written");
    if (resume != RESUME_AS_WAS) {
        struct arch_registers goal = hijack->original;
        arch_native->settle(&goal, resume);
        tracee_set_registers(tracee, &goal);
    }
    return TRUE;
}

/* What one attempt works with. */
struct order {
    const char *body;
    const char *script; /* the target's path of a file that holds it; NULL: pending call */
    const struct python_door *door;
};

/* What was found out about its memory is of no use once there is another program in it. */
static gboolean read_registers(struct hijack *hijack, GError **error)
{
    guint8 code;
    if (!tracee_get_registers(&hijack->tracee, &hijack->original))
        return cli_fail(error, "its registers cannot be read");
    return tracee_read(&hijack->tracee, arch_native->instruction(&hijack->original), &code, sizeof code) ||
           cli_fail(error, ATTACH_OTHER_PROGRAM);
}

static gboolean attempt(const struct attach_target *target, const struct order *order,
                        struct inject_result *result, GError **error)
{
    __attribute__((cleanup(hijack_clear))) struct hijack hijack = {.target = target};
    if (!tracee_seize(&hijack.tracee, target->pid, target->memory, error))
        return FALSE;
    gint64 begin = g_get_monotonic_time();
    gboolean done = tracee_stop(&hijack.tracee, STOP_US, error) && read_registers(&hijack, error);
    if (done) {
        enum arch_wait wait = arch_native->waits(&hijack.original);
        enum arch_resume resume = choose_resume(target, wait);
        /* Who waits for a lock or a thread runs no Python code when it is interrupted, but pending calls. */
        gboolean script = order->script && wait != WAIT_LOCK;
        result->may_sleep = wait != WAIT_NOT && resume == RESUME_AS_WAS;
        result->way = script ? INJECT_REMOTE_SCRIPT : INJECT_PENDING_CALL;
        done = script ? remote_script(&hijack, order->door, order->script, resume, error)
                      : pending_call(&hijack, order->body, resume, error);
    }
    tracee_release(&hijack.tracee);
    result->stopped_us = MAX(result->stopped_us, g_get_monotonic_time() - begin);
    return done;
}

static gboolean try_often(const struct attach_target *target, const struct order *order,
                          struct inject_result *result, GError **error)
{
    for (result->attempts = 1;; result->attempts++) {
        GError *problem = NULL;
        if (attempt(target, order, result, &problem))
            return TRUE;
        if (result->attempts >= ATTEMPTS || kill(target->pid, 0) != 0) {
            g_autofree char *name = attach_target_name(target);
            g_propagate_prefixed_error(error, problem, "%s: ", name);
            return FALSE;
        }
        g_clear_error(&problem);
        g_usleep(PAUSE_US);
    }
}

/* The path of a script with body, for the target; NULL: it cannot be put there. */
static char *write_script(const struct attach_target *target, const char *body, const struct inject_folder *folder,
                          gsize most)
{
    g_autofree char *text = snippet_wrap(body, 0, 0);
    g_autofree char *ours = g_strdup_printf("%s/attach-%d.py", folder->ours, (int)target->pid);
    g_autofree char *theirs = g_strdup_printf("%s/attach-%d.py", folder->theirs, (int)target->pid);
    if (strlen(theirs) >= most || !g_file_set_contents_full(ours, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL))
        return NULL;
    return g_steal_pointer(&theirs);
}

gboolean attach_inject(const struct attach_target *target, const char *body, const struct inject_folder *folder,
                       struct inject_result *ret_result, GError **error)
{
    struct inject_result result = {0};
    struct order order = {.body = body};
    struct python_door door;
    g_autofree char *script = NULL;
    if (folder && python_find_door(&target->python, target->memory, &door)) {
        script = write_script(target, body, folder, door.script_size);
        order.script = script;
        order.door = &door;
    }
    if (!try_often(target, &order, &result, error))
        return FALSE;
    if (ret_result)
        *ret_result = result;
    return TRUE;
}

void attach_withdraw(const struct attach_target *target)
{
    const guint32 none = 0;
    struct python_door door;
    if (python_find_door(&target->python, target->memory, &door))
        (void)!pwrite(target->memory, &none, sizeof none, (off_t)door.pending);
}
