/* SPDX-License-Identifier: MIT */
#include "preload/agent/recording.h"

#include "preload/agent/agent.h"
#include "preload/agent/announcement.h"
#include "preload/agent/elsewhere.h"
#include "preload/agent/emit.h"
#include "preload/agent/identity.h"
#include "preload/agent/import_finder.h"
#include "preload/agent/interpreter.h"
#include "preload/agent/label.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/operation.h"
#include "preload/agent/providers/provider.h"
#include "preload/agent/ring.h"
#include "preload/agent/seldom.h"
#include "preload/agent/statedump.h"
#include "preload/agent/task.h"
#include "preload/agent/task_class.h"
#include "preload/agent/watch.h"

bool recording_armed;
uint32_t recording_generation OF_INTERPRETER;
uint32_t recording_since OF_INTERPRETER;

/* As of the last announcement. */
static uint32_t session OF_INTERPRETER;
static uint32_t epoch OF_INTERPRETER;

static bool goes_on(void)
{
    return recording_since != 0 && session == emit_session();
}

/* In the middle of an operation a counter may have changed, of which the event is still to come: what would be
 * told again then would not agree with it. Nor is anything told again before all was told once. */
static bool must_wait(void)
{
    return goes_on() && (operation_top() || statedump_is_pending());
}

static bool is_due(void)
{
    return emit_enabled() && emit_generation() != recording_generation && !must_wait();
}

static void tell_first(void)
{
    identity_close_all();
    announcement_begin_first();
    (void)announcement_go_on(PACE_FIRST);
}

/* Everything alive is told first; serials stay what they were. Of a session that has gone on all the time nothing
 * was missed: what is told again is what we know. */
static void begin(void)
{
    bool again = goes_on();

    announcement_drop();
    announcement_expect(true);
    bool late = again || statedump_collect() || recording_generation != 0;
    recording_generation = emit_generation();
    bool asked = epoch != emit_epoch();

    session = emit_session();
    epoch = emit_epoch();
    if (!again) {
        recording_since = recording_generation;
        identity_drop_dead();
    }
    ring_new_announcement();
    ring_announce(true);
    label_forget();
    interpreter_announce(late, again);
    provider_announce_all(late);
    if (again)
        announcement_begin(asked);
    else if (late)
        tell_first();
    announcement_expect(false);
    ring_announce(false);
    emit_begun();
    if (!announcement_is_pending())
        emit_answer(epoch, ring_announced());
}

/* Not in the middle of an operation either. */
static bool goes_on_telling(void)
{
    return announcement_is_pending() && emit_enabled() && !operation_top();
}

static void tell_more(enum announcement_pace pace)
{
    bool over = announcement_go_on(pace);

    ring_moved = 0;
    emit_progress();
    if (over)
        emit_answer(epoch, ring_announced());
}

static void catch_up(enum announcement_pace pace)
{
    struct py_work work;
    bool begun;

    /* not to be told of sessions either: who hears of one is a traced process to the command */
    if (!recording_armed) {
        announcement_drop();
        return;
    }
    begun = is_due();
    if (py_work_busy() || !(begun || goes_on_telling() || import_finder_is_due()))
        return;
    /* the program has taken at_exit() out */
    if (py_is_finalizing()) {
        recording_armed = false;
        announcement_drop();
        agent_let_go();
        return;
    }
    py_work_begin(&work);
    import_finder_look();
    if (begun)
        begin();
    if (goes_on_telling())
        tell_more(pace);
    py_work_end(&work);
}

void recording_catch_up(void)
{
    catch_up(PACE_TICK);
}

void recording_tell(void)
{
    catch_up(PACE_IDLE);
}

/* Where nobody counts ticks (a loop that is not known), each hooked call is a moment to look. */
static void watch_without_ticks(void)
{
    struct py_work work;

    if (emit_tick() || py_work_busy())
        return;
    py_work_begin(&work);
    watch_look();
    py_work_end(&work);
}

/* A loop that does not turn for long must not write the ring full meanwhile, and of one that is not known nobody
 * hears that it turns. */
static bool is_time_to_tell(void)
{
    return announcement_is_pending() && (ring_moved || !emit_tick());
}

static OFTEN bool is_as_usual(void)
{
    return emit_goes_on(recording_generation) && !import_finder_is_due() && !is_time_to_tell();
}

static SELDOM bool look_around(void)
{
    if (!emit_enabled())
        return false;
    if (!is_as_usual()) {
        catch_up(PACE_CALL);
        if (!recording_armed)
            return false;
    }
    if (watch_count)
        watch_without_ticks();
    label_say();
    return true;
}

OFTEN bool recording_wants_event(void)
{
    if (!recording_armed)
        return false;
    if (is_as_usual() && !watch_count && label_is_said())
        return true;
    return look_around();
}

/* Runs while tasks are still alive; what comes later is the interpreter taking itself apart. */
static PyObject *at_exit(PyObject *self, PyObject *unused)
{
    struct st_runtime_end event = {0};
    struct py_work work;

    (void)self;
    (void)unused;
    if (recording_wants_event()) {
        py_work_begin(&work);
        announcement_end();
        elsewhere_say();
        task_flush_all();
        event.tasks_open = task_say_open();
        emit_runtime_end(&event);
        py_work_end(&work);
    }
    recording_armed = false;
    announcement_drop();
    agent_let_go();
    provider_let_go();
    task_class_let_go();
    return py_keep(Py_None);
}

static PyMethodDef exit_method = {"scopetrace_exit", at_exit, METH_NOARGS, NULL};

int recording_setup(void)
{
    static bool done OF_INTERPRETER;
    PyObject *module = done ? NULL : py_import("atexit");
    PyObject *function = module ? PyCFunction_NewEx(&exit_method, NULL, NULL) : NULL;
    PyObject *result = function ? PyObject_CallMethod(module, "register", "O", function) : NULL;

    if (!done && !result)
        PyErr_Clear();
    done = done || result;
    py_drop(result);
    py_drop(function);
    py_drop(module);
    return done ? 0 : -1;
}
