/* SPDX-License-Identifier: MIT */
#include "preload/agent/running.h"

#include "preload/agent/emit.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/seldom.h"

/* Without a system call, which loop a thread runs. */
#define FIRST_THAT_TELLS 0x030C0000

/* A function of a module; `direct` when it is C's own and takes its arguments that way. */
struct function {
    PyObject *object; /* owned; NULL: not there */
    PyObject *module; /* borrowed from it */
    PyCFunction direct;
};

static struct function get_loop OF_INTERPRETER, get_task OF_INTERPRETER;
/* Up to 3.13 a dict that both implementations of Task share; get_task is for later versions. */
static PyObject *tasks_by_loop OF_INTERPRETER;
static PyObject *trio_context OF_INTERPRETER;
bool running_is_plain OF_INTERPRETER;

static void see_whether_plain(void)
{
    running_is_plain = get_loop.direct && (tasks_by_loop || get_task.direct) && !trio_context;
}

static void find_function(struct function *function, PyObject *module, const char *name, int flags)
{
    function->object = module ? py_attribute_named(module, name) : NULL;
    if (!function->object || !PyCFunction_Check(function->object) ||
        PyCFunction_GetFlags(function->object) != flags)
        return;
    function->module = PyCFunction_GetSelf(function->object);
    function->direct = PyCFunction_GetFunction(function->object);
}

static void drop_function(struct function *function)
{
    PyObject *object = function->object;

    *function = (struct function){NULL, NULL, NULL};
    py_drop(object);
}

/* The result, NULL instead of None and of an exception. */
static PyObject *something(PyObject *result)
{
    if (!result)
        PyErr_Clear();
    if (result != Py_None)
        return result;
    py_drop(result);
    return NULL;
}

PyObject *running_loop(void)
{
    if (get_loop.direct)
        return something(get_loop.direct(get_loop.module, NULL));
    return get_loop.object ? something(PyObject_Vectorcall(get_loop.object, NULL, 0, NULL)) : NULL;
}

/* ---- up to 3.13: a dict of the tasks that run, one per loop that is in the middle of a step ---- */

/* Asking costs a system call on 3.11. A thread that begins to run another loop waits for events first: until its
 * next tick the answer holds, or that loop runs no task any more. */
static struct {
    const void *loop; /* for comparison only: it may be gone */
    const void *held; /* likewise: what this thread keeps the loop in that it runs */
    uint64_t thread;
    uint32_t tick;
} last OF_INTERPRETER;

/* Where the threads of 3.11 keep it. NULL: nowhere, or in another way. To look for an interned name raises
 * nothing. */
static const void *holder(void)
{
    PyObject *state = Py_Version < FIRST_THAT_TELLS ? PyThreadState_GetDict() : NULL;

    return state ? PyDict_GetItemWithError(state, names.__asyncio_running_event_loop__) : NULL;
}

static SELDOM const void *ask_for_loop(uint64_t thread, uint32_t tick)
{
    PyObject *loop = running_loop();

    last.loop = loop;
    last.held = holder();
    last.thread = thread;
    last.tick = tick;
    py_drop(loop);
    return loop;
}

/* Whether the answer holds at a later tick, too. What a loop is kept in is made anew each time that a thread
 * begins to run one; at the same address, it would be another's only if `loop` ran in another thread by now. */
static APART bool goes_on(uint32_t tick)
{
    if (!tick || !last.held || PyDict_Size(tasks_by_loop) != 1 || last.held != holder())
        return false;
    last.tick = tick;
    return true;
}

/* One of a dict. */
struct entry {
    Py_ssize_t place; /* after it */
    PyObject *loop, *task;
};

/* Mostly there is one loop. */
static PyObject *find_task(const void *loop)
{
    struct entry entry = {.place = 0};

    while (loop && PyDict_Next(tasks_by_loop, &entry.place, &entry.loop, &entry.task)) {
        if (UNLIKELY(entry.loop != loop))
            continue;
        return entry.task;
    }
    return NULL;
}

static PyObject *task_in_dict(void)
{
    const uint64_t thread = PyThreadState_GetID(PyThreadState_Get());
    const uint32_t tick = emit_tick();
    PyObject *task = NULL;

    if (thread == last.thread && ((tick && tick == last.tick) || goes_on(tick)))
        task = find_task(last.loop);
    if (UNLIKELY(!task) && PyDict_Size(tasks_by_loop))
        task = find_task(ask_for_loop(thread, tick));
    return task && task != Py_None ? py_keep(task) : NULL;
}

/* ---- from 3.14 on: a function that knows ---- */

static PyObject *task_of(PyObject *loop)
{
    if (get_task.direct) {
        /* as its flags say */
        _PyCFunctionFastWithKeywords direct = (_PyCFunctionFastWithKeywords)(void (*)(void))get_task.direct;

        return something(direct(get_task.module, &loop, 1, NULL));
    }
    return get_task.object ? something(py_call(get_task.object, loop)) : NULL;
}

static APART PyObject *task_of_loop(void)
{
    PyObject *loop = running_loop();
    PyObject *task = loop ? task_of(loop) : NULL;

    py_drop(loop);
    return task;
}

/* ---- */

APART PyObject *running_task_of_trio(void)
{
    return trio_context ? something(py_attribute(trio_context, names.task)) : NULL;
}

OFTEN PyObject *running_task(void)
{
    PyObject *task = tasks_by_loop ? task_in_dict() : task_of_loop();

    return UNLIKELY(!task && trio_context) ? running_task_of_trio() : task;
}

static void find_dict(PyObject *tasks_module)
{
    PyObject *dict = py_attribute_named(tasks_module, "_current_tasks");

    if (dict && PyDict_Check(dict))
        tasks_by_loop = dict;
    else
        py_drop(dict);
}

void running_setup(PyObject *tasks_module)
{
    if (get_loop.object)
        return;
    find_function(&get_loop, py_module("asyncio.events"), "_get_running_loop", METH_NOARGS);
    if (Py_Version >= 0x030E0000)
        find_function(&get_task, py_module("_asyncio"), "current_task", METH_FASTCALL | METH_KEYWORDS);
    else
        find_dict(tasks_module);
    see_whether_plain();
}

void running_setup_trio(PyObject *context)
{
    if (!trio_context)
        trio_context = py_keep(context);
    see_whether_plain();
}

void running_let_go(void)
{
    PyObject *owned[] = {tasks_by_loop, trio_context};

    drop_function(&get_loop);
    drop_function(&get_task);
    tasks_by_loop = trio_context = NULL;
    see_whether_plain();
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        py_drop(owned[i]);
}
