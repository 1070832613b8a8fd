/* SPDX-License-Identifier: MIT */
#include "preload/agent/live_tasks.h"

#include <string.h>

#include "preload/agent/pointer_map.h"
#include "preload/agent/running.h"
#include "preload/agent/task_class.h"
#include "preload/agent/trio_task.h"

struct found {
    PyObject *list;          /* of the tasks */
    struct pointer_map seen; /* which they are: they may have an __eq__ of their own, and be many */
};

static void add(struct found *found, PyObject *task)
{
    const struct task_class *class = task_class_of(task);

    if (!class || pointer_map_get(&found->seen, task) || task_class_done(class, task))
        return;
    if (PyList_Append(found->list, task) < 0)
        PyErr_Clear();
    else
        (void)pointer_map_put(&found->seen, task, task);
}

/* Adds what the iterable gives: tasks, or weak references to tasks. */
static void add_all(struct found *found, PyObject *iterable)
{
    PyObject *all = iterable ? PySequence_List(iterable) : NULL;

    for (Py_ssize_t i = 0; all && i < PyList_Size(all); i++) {
        PyObject *item = PyList_GetItem(all, i);
        PyObject *task = PyWeakref_Check(item) ? py_weak_get(item) : py_keep(item);

        if (task)
            add(found, task);
        py_drop(task);
    }
    if (!all)
        PyErr_Clear();
    py_drop(all);
}

/* asyncio's own registers: weak sets, whose references are in `data`; a plain set for eager tasks. */
static void add_register(struct found *found, PyObject *module, const char *name)
{
    PyObject *set = py_attribute_named(module, name);
    PyObject *references = set ? py_attribute(set, names.data) : NULL;

    add_all(found, references ? references : set);
    py_drop(references);
    py_drop(set);
}

static void add_of_loop(struct found *found, PyObject *all_tasks, PyObject *loop)
{
    PyObject *tasks = loop ? py_call(all_tasks, loop) : NULL;

    if (tasks)
        add_all(found, tasks);
    py_drop(tasks);
}

/* The event loop that this frame of asyncio's runs: new, or NULL. */
static PyObject *loop_of_frame(PyObject *frame)
{
    static const char *const holders[][3] = {{"asyncio.base_events", "run_forever", NULL},
                                             {"asyncio.runners", "run", "_loop"}};
    char module[32];
    char function[32];
    PyObject *globals = py_attribute_named(frame, "f_globals");
    PyObject *code = (PyObject *)PyFrame_GetCode((PyFrameObject *)frame);
    PyObject *loop = NULL;

    py_text(globals ? py_item(globals, "__name__") : NULL, module, sizeof(module));
    py_text_attribute(code, "co_name", function, sizeof(function));
    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]) && !loop; i++) {
        if (strcmp(module, holders[i][0]) != 0 || strcmp(function, holders[i][1]) != 0)
            continue;
        PyObject *locals = py_attribute_named(frame, "f_locals");
        PyObject *self = locals ? PyMapping_GetItemString(locals, "self") : NULL;

        PyErr_Clear();
        loop = self && holders[i][2] ? py_attribute_named(self, holders[i][2]) : py_keep(self);
        py_drop(self);
        py_drop(locals);
    }
    py_drop(code);
    py_drop(globals);
    return loop;
}

static void add_of_frames(struct found *found, PyObject *all_tasks, PyObject *innermost)
{
    PyObject *frame = py_keep(innermost);

    while (frame && PyFrame_Check(frame)) {
        PyObject *loop = loop_of_frame(frame);
        PyObject *outer = (PyObject *)PyFrame_GetBack((PyFrameObject *)frame);

        add_of_loop(found, all_tasks, loop);
        py_drop(loop);
        py_drop(frame);
        frame = outer;
    }
    py_drop(frame);
}

/* From 3.14 on all_tasks() must be asked for each loop; those that run in other threads are on their stacks. */
static void add_of_threads(struct found *found, PyObject *all_tasks)
{
    PyObject *function = PySys_GetObject("_current_frames");
    PyObject *frames = function ? PyObject_CallNoArgs(function) : NULL;
    PyObject *innermost;
    Py_ssize_t position = 0;

    while (frames && PyDict_Next(frames, &position, NULL, &innermost))
        add_of_frames(found, all_tasks, innermost);
    PyErr_Clear();
    py_drop(frames);
}

static void add_of_running_loops(struct found *found, PyObject *module)
{
    PyObject *loop = running_loop();
    PyObject *all_tasks = py_attribute_named(module, "all_tasks");

    if (all_tasks) {
        add_of_loop(found, all_tasks, loop);
        if (Py_Version >= 0x030E0000)
            add_of_threads(found, all_tasks);
    }
    py_drop(all_tasks);
    py_drop(loop);
}

static void add_of_asyncio(struct found *found)
{
    static const char *const registers[] = {"_all_tasks", "_scheduled_tasks", "_eager_tasks"};
    PyObject *module = py_module("asyncio.tasks");

    if (!module)
        return;
    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
        add_register(found, module, registers[i]);
    add_of_running_loops(found, module);
}

static void add_of_trio(struct found *found)
{
    PyObject *tasks = trio_task_all();

    if (tasks)
        add_all(found, tasks);
    py_drop(tasks);
}

PyObject *live_tasks(void)
{
    struct found found = {.list = PyList_New(0)};

    if (!found.list) {
        PyErr_Clear();
        return NULL;
    }
    add_of_asyncio(&found);
    add_of_trio(&found);
    pointer_map_clear(&found.seen);
    if (PyList_Size(found.list))
        return found.list;
    py_drop(found.list);
    return NULL;
}
