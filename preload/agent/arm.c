/* SPDX-License-Identifier: MIT */
/* The interpreter side's answers to agent.h. */
#include "preload/agent/agent.h"

#include "preload/agent/announcement.h"
#include "preload/agent/awaitable_proxy.h"
#include "preload/agent/coroutine_end.h"
#include "preload/agent/elsewhere.h"
#include "preload/agent/emit.h"
#include "preload/agent/frames.h"
#include "preload/agent/hook.h"
#include "preload/agent/hook_registry.h"
#include "preload/agent/identity.h"
#include "preload/agent/import_finder.h"
#include "preload/agent/layout.h"
#include "preload/agent/monitoring.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/providers/described.h"
#include "preload/agent/providers/provider.h"
#include "preload/agent/python_api.h"
#include "preload/agent/recording.h"
#include "preload/agent/running.h"
#include "preload/agent/surprise.h"
#include "preload/agent/task.h"
#include "preload/agent/trace_tree.h"
#include "preload/agent/trio_task.h"
#include "preload/agent/watch.h"

/* CPython 3.13 gives a class some 1,000 versions in its life; each change of a method takes one. */
#define MOST_REMOVALS 400u

static const char *refusal;
/* Of what died since the hooks were removed nobody has heard. */
static bool unheard OF_INTERPRETER;

static int refuse(const char *why)
{
    refusal = why;
    return -1;
}

static int set_up(void)
{
    if (Py_Version < 0x030B0000)
        return refuse("Python is older than 3.11: its tasks have no cancellation counter");
    if (python_api_setup() < 0)
        return refuse("this Python lacks functions that scopetrace needs");
    if (!layout_fits())
        return refuse("this Python's objects are not laid out as CPython's are (built --with-trace-refs?)");
    if (hook_setup() < 0 || awaitable_proxy_setup() < 0 || coroutine_end_setup() < 0 || identity_setup() < 0 ||
        recording_setup() < 0)
        return refuse("this Python does not let scopetrace make its types");
    frames_setup();
    described_read();
    if (import_finder_setup() < 0)
        return refuse("the import system is not as expected");
    monitoring_setup();
    return surprise_found() ? refuse(surprise_found()) : 0;
}

/* Nobody looked since. It is done now and not when that one ended, as it takes long where there are many, and of
 * most programs there is no other recording. */
static void forget_last_recording(void)
{
    if (recording_armed)
        return;
    if (unheard)
        identity_stop_hearing();
    unheard = false;
    identity_close_all();
}

int agent_arm(void)
{
    struct py_work work;
    int result;

    py_work_begin(&work);
    forget_last_recording();
    surprise_forget();
    elsewhere_look();
    result = set_up();
    recording_armed = !result;
    py_work_end(&work);
    recording_catch_up();
    return result;
}

static void remove_hooks(bool for_good)
{
    import_finder_remove();
    task_class_unhook();
    trio_task_unhook();
    provider_unhook_all();
    unheard = true;
    hook_registry_remove_all(for_good);
}

void agent_disarm(void)
{
    static uint32_t removals;
    struct py_work work;

    if (!recording_armed)
        return;
    py_work_begin(&work);
    if (emit_enabled()) {
        struct st_detached event = {.unhooked = removals < MOST_REMOVALS};

        announcement_end();
        elsewhere_say();
        task_say_done_all();
        watch_say_newest();
        emit_detached(&event);
    }
    recording_armed = false;
    announcement_drop();
    watch_forget();
    task_forget_silent();
    if (removals < MOST_REMOVALS) {
        removals++;
        remove_hooks(false);
    }
    py_work_end(&work);
}

void agent_let_go(void)
{
    struct py_work work;

    py_work_begin(&work);
    remove_hooks(true);
    running_let_go();
    py_work_end(&work);
}

const char *agent_refusal(void)
{
    return refusal;
}

void agent_after_tick(void)
{
    struct py_work work;

    if (!recording_armed)
        return;
    recording_catch_up();
    py_work_begin(&work);
    elsewhere_say();
    watch_look();
    py_work_end(&work);
}

bool agent_wants_tick(void)
{
    return __atomic_load_n(&watch_count, __ATOMIC_RELAXED) != 0;
}

const uint32_t *agent_wants_tick_word(void)
{
    return &watch_count;
}

void agent_settle(void)
{
    struct py_work work;

    if (!recording_armed || !agent_wants_tick() || !emit_enabled() || py_work_busy())
        return;
    py_work_begin(&work);
    watch_settle();
    py_work_end(&work);
}

void agent_tell(void)
{
    recording_tell();
    agent_settle();
}

const uint32_t *agent_to_tell_word(void)
{
    return &announcement_pending;
}

void agent_forked(void)
{
    py_work_forked();
    trace_tree_forked();
    import_finder_forked();
}

void agent_after_fork_in_child(void)
{
    recording_catch_up();
}
