/* SPDX-License-Identifier: MIT */
#include "preload/agent/live_tasks.h"

#include "preload/agent/task_class.h"
#include "preload/agent/trio_task.h"

static void add(PyObject *list, PyObject *task)
{
    const struct task_class *class = task_class_of(task);

    if (!class || task_class_done(class, task) || PySequence_Contains(list, task) > 0)
        return;
    if (PyList_Append(list, task) < 0)
        PyErr_Clear();
}

/* Adds what the iterable gives: tasks, or weak references to tasks. */
static void add_all(PyObject *list, PyObject *iterable)
{
    PyObject *all = iterable ? PySequence_List(iterable) : NULL;

    for (Py_ssize_t i = 0; all && i < PyList_Size(all); i++) {
        PyObject *item = PyList_GetItem(all, i);
        PyObject *task = PyWeakref_Check(item) ? py_weak_get(item) : py_keep(item);

        if (task)
            add(list, task);
        py_drop(task);
    }
    if (!all)
        PyErr_Clear();
    py_drop(all);
}

/* asyncio's own registers: weak sets, whose references are in `data`; a plain set for eager tasks. */
static void add_register(PyObject *list, PyObject *module, const char *name)
{
    PyObject *set = py_attribute_named(module, name);
    PyObject *references = set ? py_attribute(set, names.data) : NULL;

    add_all(list, references ? references : set);
    py_drop(references);
    py_drop(set);
}

static void add_of_running_loop(PyObject *list, PyObject *module)
{
    PyObject *loop = task_class_running_loop();
    PyObject *function = loop ? py_attribute_named(module, "all_tasks") : NULL;
    PyObject *tasks = function ? py_call(function, loop) : NULL;

    add_all(list, tasks);
    py_drop(tasks);
    py_drop(function);
    py_drop(loop);
}

static void add_of_asyncio(PyObject *list)
{
    static const char *const registers[] = {"_all_tasks", "_scheduled_tasks", "_eager_tasks"};
    PyObject *module = py_module("asyncio.tasks");

    if (!module)
        return;
    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
        add_register(list, module, registers[i]);
    add_of_running_loop(list, module);
}

static void add_of_trio(PyObject *list)
{
    PyObject *tasks = trio_task_all();

    if (tasks)
        add_all(list, tasks);
    py_drop(tasks);
}

PyObject *live_tasks(void)
{
    PyObject *list = PyList_New(0);

    if (!list) {
        PyErr_Clear();
        return NULL;
    }
    add_of_asyncio(list);
    add_of_trio(list);
    if (PyList_Size(list))
        return list;
    py_drop(list);
    return NULL;
}
