/* SPDX-License-Identifier: MIT */
/*
 * From the structs of the schema into LTTng's ring buffer.
 *
 * Runs in: the target, GIL held (it is what orders `seq`). The slot says "inside an event" around each
 * tracepoint: a process that is killed there stalls its stream, and the command must be able to tell.
 */
#include "preload/agent/emit.h"

#include <errno.h>
#include <lttng/ust-events.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/agent/announcement.h"
#include "preload/agent/emission.h"
#include "preload/agent/process.h"
#include "preload/agent/ring.h"
#include "preload/agent/seldom.h"
#include "preload/agent/tables.h"
#include "preload/interposed/loops.h"
#include "preload/slot.h"
#include "tracepoints/provider.h"
#include "tracepoints/record.h"

/* The event whose state stands for all: a session that records cancels is one of ours. */
#define WITNESS lttng_ust_tracepoint_scopetrace___task_cancel

/* Written instead of a slot where there is none; read instead of the control file's words. */
static struct control_process nowhere;
static const uint32_t no_epoch, default_flags = CONTROL_LAZY_SCOPES;

static const struct bridge_entry *entry;
static struct bridge_thread *(*here)(void) = loops_thread;
static struct control_process *slot = &nowhere;
static const uint32_t *epoch = &no_epoch, *flags = &default_flags;
static uint32_t joint_flags;
static uint32_t pid;
static uint32_t seq;
static uint32_t generation;
static uint32_t session;

/* For the command, which looks at the target from outside. */
__attribute__((visibility("default"))) extern const int *const scopetrace_agent_enabled;
__attribute__((visibility("default"))) extern const uint32_t *const scopetrace_agent_sequence;
const int *const scopetrace_agent_enabled = &WITNESS.state;
const uint32_t *const scopetrace_agent_sequence = &seq;
static uint32_t is_joint;
__attribute__((visibility("default"))) extern const uint32_t *const scopetrace_agent_joint;
const uint32_t *const scopetrace_agent_joint = &is_joint;
static uint32_t may_wait;
__attribute__((visibility("default"))) extern const uint32_t *const scopetrace_agent_may_wait;
const uint32_t *const scopetrace_agent_may_wait = &may_wait;

/* LTTng has read it just before: its library is one that this one needs. */
__attribute__((constructor)) static void look_whether_it_may_wait(void)
{
    may_wait = getenv(CONTROL_MAY_WAIT) != NULL;
}

/* What the generation has taken account of. LTTng makes a new table of probes each time that a session
 * starts or stops recording: its address tells a second session from the first. */
static struct {
    const void *probes;
    uint32_t epoch;
} seen;

static const void *probes_now(void)
{
    return __atomic_load_n(&WITNESS.state, __ATOMIC_RELAXED) != 0
               ? (const void *)__atomic_load_n(&WITNESS.probes, __ATOMIC_RELAXED)
               : NULL;
}

static bool is_active(const struct lttng_ust_event_common *event)
{
    if (event->type != LTTNG_UST_EVENT_TYPE_RECORDER)
        return true;
    const struct lttng_ust_event_recorder *recorder = event->child;
    return __atomic_load_n(&recorder->chan->parent->session->active, __ATOMIC_RELAXED) != 0;
}

/* LTTng registers the probes of a session, waits for all readers, and only then has it record: what is told
 * meanwhile is told to nobody. Looked at where a session seems to be new, as its own probes look at it. */
static bool all_have_started(void)
{
    bool started = true;
    if (!LTTNG_UST_TP_RCU_LINK_TEST())
        return true;
    lttng_ust_tp_rcu_read_lock();
    const struct lttng_ust_tracepoint_probe *probe = lttng_ust_tp_rcu_dereference(WITNESS.probes);
    for (; probe != NULL && probe->func != NULL && started; probe++)
        started = probe->data == NULL || is_active(probe->data);
    lttng_ust_tp_rcu_read_unlock();
    return started;
}

static uint32_t epoch_now(void)
{
    return __atomic_load_n(epoch, __ATOMIC_RELAXED);
}

static void take_slot(struct control_process *own)
{
    slot = own != NULL ? own : &nowhere;
    pid = (uint32_t)getpid();
}

static const uint32_t *own_flags(void)
{
    return entry != NULL && entry->control != NULL ? &entry->control->flags : &default_flags;
}

void emission_tell_also(const struct control *control)
{
    flags = own_flags();
    is_joint = control != NULL;
    if (control == NULL)
        return;
    joint_flags = (*flags & ~(uint32_t)CONTROL_LAZY_SCOPES) | (*flags & control->flags & CONTROL_LAZY_SCOPES) |
                  (control->flags & CONTROL_NATIVE_STACK);
    flags = &joint_flags;
}

void emit_setup(const struct bridge_entry *the_entry)
{
    const struct control *control = the_entry != NULL ? the_entry->control : NULL;

    entry = the_entry;
    here = entry != NULL ? entry->thread : loops_thread;
    /* never those of a control file that is given back */
    epoch = control != NULL ? &control->epoch : &no_epoch;
    flags = own_flags();
    tables_bind(&pid, &seq, &WITNESS.state);
    take_slot(entry != NULL ? entry->process : NULL);
    seen.probes = NULL;
    seen.epoch = epoch_now();
    ring_setup(entry != NULL ? entry->control : NULL);
}

void emission_enter_process(void)
{
    take_slot(entry != NULL ? entry->claim_process() : NULL);
    is_joint = 0;
    flags = own_flags(); /* an attach records the process that it was given */
    seq = 0;
    seen.probes = probes_now();
    seen.epoch = epoch_now();
    generation++;
    session++;
    slot_raise(slot, seen.probes != NULL ? CONTROL_TRACED : CONTROL_NOT_ENABLED);
}

bool emission_is_of(const struct bridge_entry *the_entry)
{
    return entry == the_entry;
}

struct control_process *emission_slot(void)
{
    return slot;
}

static bool is_new_session(const void *probes)
{
    return probes != __atomic_load_n(&seen.probes, __ATOMIC_RELAXED);
}

/* A turn waits until all is told that the last one began to tell: else a busy program would never be told whole.
 */
static bool has_turned(void)
{
    return ring_has_turned() && !announcement_is_pending();
}

static bool is_new_generation(void)
{
    const void *probes = probes_now();
    if (probes == NULL)
        return false;
    if (is_new_session(probes))
        return all_have_started();
    return has_turned() || epoch_now() != __atomic_load_n(&seen.epoch, __ATOMIC_RELAXED);
}

bool emission_session_changed(void)
{
    return process_is_waiting() || is_new_generation() || (announcement_is_pending() && probes_now() != NULL);
}

uint32_t emit_generation(void)
{
    const void *probes = probes_now();
    if (probes != NULL && is_new_session(probes) && !all_have_started())
        return generation; /* it is looked for again */
    if (is_new_generation()) {
        generation++;
        session += is_new_session(probes_now());
        ring_take_turn();
    }
    __atomic_store_n(&seen.probes, probes_now(), __ATOMIC_RELAXED);
    __atomic_store_n(&seen.epoch, epoch_now(), __ATOMIC_RELAXED);
    return generation;
}

uint32_t emit_session(void)
{
    return session;
}

uint32_t emit_epoch(void)
{
    return seen.epoch;
}

void emit_begun(void)
{
    slot_raise(slot, CONTROL_TRACED);
}

void emit_progress(void)
{
    __atomic_store_n(&slot->announced, slot->announced + 1, __ATOMIC_RELAXED);
}

void emit_answer(uint32_t to_epoch, uint32_t bytes)
{
    __atomic_store_n(&slot->announced, bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->answered, to_epoch, __ATOMIC_RELEASE);
}

struct control_alarm *emit_alarms(void)
{
    return entry != NULL && entry->control != NULL ? entry->control->alarms : NULL;
}

/* What emit_enabled() and is_new_generation() ask, without what either does on the way. */
OFTEN bool emit_goes_on(uint32_t known)
{
    return __atomic_load_n(&process_unannounced, __ATOMIC_RELAXED) == 0 && generation == known &&
           seen.probes != NULL && seen.probes == probes_now() && seen.epoch == epoch_now() && !has_turned();
}

OFTEN bool emit_enabled(void)
{
    if (!process_settle()) {
        return false;
    }
    if (lttng_ust_tracepoint_enabled(scopetrace, task_cancel)) {
        return seen.probes != NULL || all_have_started();
    }
    /* So that the same table at the same address counts as new when it comes back. */
    if (seen.probes != NULL) {
        __atomic_store_n(&seen.probes, NULL, __ATOMIC_RELAXED);
    }
    return false;
}

uint32_t emit_tick(void)
{
    return here()->waits;
}

void emit_count_tick(void)
{
    here()->waits++;
}

uint32_t emit_flags(void)
{
    return *flags;
}

const struct control_classes *emit_classes(void)
{
    return entry != NULL && entry->control != NULL ? &entry->control->classes : NULL;
}

static SELDOM void number_thread(struct bridge_thread *thread)
{
    thread->number = (uint32_t)gettid();
    thread->pid = pid;
}

static const struct bridge_thread *numbered_thread(void)
{
    struct bridge_thread *thread = here();

    if (thread->pid != pid)
        number_thread(thread);
    return thread;
}

uint32_t emit_thread(void)
{
    return numbered_thread()->number;
}

static OFTEN void begin(struct st_common *common)
{
    const struct bridge_thread *thread = numbered_thread();

    common->pid = pid;
    common->tid = thread->number;
    common->seq = ++seq;
    common->tick = thread->waits;
    __atomic_store_n(&slot->inside_event, 1, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static OFTEN void end(uint32_t bytes)
{
    __atomic_store_n(&slot->inside_event, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->emitted, seq, __ATOMIC_RELAXED);
    ring_count(bytes);
}

/* What there is most of. */
OFTEN void emit_scope_enter(struct st_scope_enter *event);
OFTEN void emit_scope_exit(struct st_scope_exit *event);
OFTEN void emit_task_start(struct st_task_start *event);
OFTEN void emit_task_end(struct st_task_end *event);

/* An event that no session records has no number: gaps in `seq` are losses. */
#define DEFINE_EMIT(event)                                                                                        \
    void emit_expect_##event(void)                                                                                \
    {                                                                                                             \
        record_expect_##event();                                                                                  \
    }                                                                                                             \
                                                                                                                  \
    void emit_##event(struct st_##event *event)                                                                   \
    {                                                                                                             \
        int saved_errno = errno;                                                                                  \
        if (process_settle() && lttng_ust_tracepoint_enabled(scopetrace, event)) {                                \
            begin(&event->common);                                                                                \
            end(record_##event(event));                                                                           \
        }                                                                                                         \
        errno = saved_errno;                                                                                      \
    }

SCOPETRACE_EVENTS(DEFINE_EMIT)
