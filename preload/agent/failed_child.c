/* SPDX-License-Identifier: MIT */
#include "preload/agent/failed_child.h"

#include "preload/agent/bypass.h"
#include "preload/agent/code_table.h"
#include "preload/agent/task.h"
#include "preload/agent/task_class.h"

/* The function that was given the task may call the group's cancel through one or two others. */
#define FRAMES 3u
/* After the group itself. */
#define ARGUMENTS 2

static bool is_of_package(PyObject *object, uint32_t package)
{
    const struct code *code = code_table_find(object);

    return code && code->package == package;
}

static void look_at(PyObject *object, struct failed_child *ret_child)
{
    const struct task_class *class = task_class_of(object);
    struct task *task;

    if (!class || !*task_class_error(class, object, ret_child->error, sizeof(ret_child->error)))
        return;
    task = task_announced(object);
    if (!task)
        return;
    task_say_name(task, object);
    ret_child->task = task->serial;
}

static void look_at_arguments(PyFrameObject *frame, PyObject *code, struct failed_child *ret_child)
{
    PyObject *variables = py_attribute_named(code, "co_varnames");
    PyObject *number = py_attribute_named(code, "co_argcount");
    Py_ssize_t count = number ? PyLong_AsSsize_t(number) : 0;

    for (Py_ssize_t i = 0; variables && i < count && i < ARGUMENTS && !ret_child->task; i++) {
        PyObject *argument = bypass_local(frame, PyTuple_GetItem(variables, i));

        if (argument)
            look_at(argument, ret_child);
        py_drop(argument);
    }
    py_drop(number);
    py_drop(variables);
}

void failed_child_find(const struct scope *scope, struct failed_child *ret_child)
{
    uint32_t traits = scope->provider->traits, package = scope->state->package_number;
    /* code of no package may be anybody's */
    bool wanted = package != CODE_TABLE_NO_PACKAGE && (traits & TRAIT_GROUP) && !(traits & TRAIT_NO_COUNTER);
    PyFrameObject *frame = wanted ? (PyFrameObject *)py_keep((PyObject *)PyEval_GetFrame()) : NULL;

    *ret_child = (struct failed_child){0};
    for (uint32_t i = 0; frame && i < FRAMES && !ret_child->task; i++) {
        PyObject *code = (PyObject *)PyFrame_GetCode(frame);
        bool own = is_of_package(code, package);
        PyFrameObject *back;

        if (own)
            look_at_arguments(frame, code, ret_child);
        py_drop(code);
        back = own ? PyFrame_GetBack(frame) : NULL;
        py_drop((PyObject *)frame);
        frame = back;
    }
    py_drop((PyObject *)frame);
}
