/* SPDX-License-Identifier: MIT */
#include "preload/agent/live_tasks.h"

#include <string.h>

#include "preload/agent/running.h"
#include "preload/agent/task_class.h"
#include "preload/agent/trio_task.h"

/* Its tasks are in lists that only C sees. */
#define FIRST_WITHOUT_REGISTER 0x030E0000

static void append(PyObject *found, PyObject *reference)
{
    if (PyList_Append(found, reference) < 0)
        PyErr_Clear();
}

static void add_reference_to(PyObject *found, PyObject *task)
{
    PyObject *reference = task_class_of(task) ? py_weak_new(task) : NULL;

    if (reference)
        append(found, reference);
    py_drop(reference);
}

/* Adds what the iterable gives: tasks, or weak references to tasks. */
static void add_all(PyObject *found, PyObject *iterable)
{
    PyObject *all = iterable ? PySequence_List(iterable) : NULL;

    for (Py_ssize_t i = 0; all && i < PyList_Size(all); i++) {
        PyObject *item = PyList_GetItem(all, i);

        if (PyWeakref_Check(item))
            append(found, item);
        else
            add_reference_to(found, item);
    }
    if (!all)
        PyErr_Clear();
    py_drop(all);
}

/* asyncio's own registers: weak sets, whose references are in `data`; a plain set for eager tasks. */
static void add_register(PyObject *found, PyObject *module, const char *name)
{
    PyObject *set = py_attribute_named(module, name);
    PyObject *references = set ? py_attribute(set, names.data) : NULL;

    add_all(found, references ? references : set);
    py_drop(references);
    py_drop(set);
}

static void add_of_loop(PyObject *found, PyObject *all_tasks, PyObject *loop)
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

static void add_of_frames(PyObject *found, PyObject *all_tasks, PyObject *innermost)
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
static void add_of_threads(PyObject *found, PyObject *all_tasks)
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

/* Before 3.14 the registers have them all, and this function is Python's own: it takes long. */
static void add_of_running_loops(PyObject *found, PyObject *module)
{
    PyObject *loop = Py_Version >= FIRST_WITHOUT_REGISTER ? running_loop() : NULL;
    PyObject *all_tasks = Py_Version >= FIRST_WITHOUT_REGISTER ? py_attribute_named(module, "all_tasks") : NULL;

    if (all_tasks) {
        add_of_loop(found, all_tasks, loop);
        add_of_threads(found, all_tasks);
    }
    py_drop(all_tasks);
    py_drop(loop);
}

static void add_of_asyncio(PyObject *found)
{
    static const char *const registers[] = {"_all_tasks", "_scheduled_tasks", "_eager_tasks"};
    PyObject *module = py_module("asyncio.tasks");

    if (!module)
        return;
    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
        add_register(found, module, registers[i]);
    add_of_running_loops(found, module);
}

static void add_of_trio(PyObject *found)
{
    PyObject *tasks = trio_task_all();

    if (tasks)
        add_all(found, tasks);
    py_drop(tasks);
}

PyObject *live_tasks(void)
{
    PyObject *found = PyList_New(0);

    if (!found) {
        PyErr_Clear();
        return NULL;
    }
    add_of_asyncio(found);
    add_of_trio(found);
    if (PyList_Size(found))
        return found;
    py_drop(found);
    return NULL;
}
