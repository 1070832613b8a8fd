/* SPDX-License-Identifier: MIT */
#include "preload/agent/operation.h"

#include "preload/agent/of_interpreter.h"
#include "preload/agent/seldom.h"
#include "preload/agent/trace_tree.h"

#define CALLERS 8u
/* More greenlets than that do not wait within an operation. */
#define WAITING 64u

static __thread struct operation *top;

static struct {
    const void *code;
    bool raises;
    enum request_source source;
} callers[CALLERS];
static uint32_t caller_count OF_INTERPRETER;

static bool greenlets OF_INTERPRETER;

void operation_expect_greenlets(void)
{
    greenlets = true;
}

/* While a greenlet waits another may use its part of the C stack: is what leads on as it was left? */
static APART uintptr_t seal_of(const struct operation *operation)
{
    return (uintptr_t)operation ^ (uintptr_t)operation->outer ^ (uintptr_t)operation->frame;
}

static SELDOM void seal(struct operation *operation)
{
    operation->frame = PyEval_GetFrame();
    operation->seal = seal_of(operation);
}

OFTEN void operation_push(struct operation *operation)
{
    operation->top = &top;
    operation->frame = NULL;
    operation->outer = *operation->top;
    if (UNLIKELY(greenlets))
        seal(operation);
    *operation->top = operation;
}

OFTEN void operation_pop(struct operation *operation)
{
    *operation->top = operation->outer;
    operation->top = NULL;
}

/* Greenlets that switch within an operation end theirs in any order: what is on top then may be over, and
 * something else be in its place on the C stack. */
static bool is_there(const struct operation *operation)
{
    return operation && operation->top == &top && (!greenlets || operation->seal == seal_of(operation));
}

/* The frames of a greenlet end where it begins: an operation that is still there, but is not called from any of
 * these, is another one's that waits for its turn. */
static bool is_called_here(const struct operation *operation)
{
    PyFrameObject *frame = operation->frame ? PyEval_GetFrame() : NULL;
    PyFrameObject *back;

    for (py_keep((PyObject *)frame); frame && frame != operation->frame; frame = back) {
        back = PyFrame_GetBack(frame);
        py_drop((PyObject *)frame);
    }
    py_drop((PyObject *)frame);
    return frame || !operation->frame;
}

const struct operation *operation_top(void)
{
    const struct operation *operation = top;

    if (!is_there(operation))
        return top = NULL;
    /* where one came to lie in the place of another, they may lead to each other */
    for (uint32_t i = 0; i < WAITING && is_there(operation); i++) {
        if (is_called_here(operation))
            return operation;
        operation = operation->outer;
    }
    return NULL;
}

void operation_add_caller(PyObject *function, bool raises, enum request_source source)
{
    PyObject *code = function ? py_code_of(function) : NULL;

    if (!code || caller_count == CALLERS) {
        py_drop(code);
        return;
    }
    callers[caller_count].code = code;
    callers[caller_count].raises = raises;
    callers[caller_count].source = source;
    caller_count++;
}

static enum request_source source_of_caller(bool raises)
{
    const void *code = trace_tree_running_code();

    for (uint32_t i = 0; code && i < caller_count; i++)
        if (callers[i].code == code && (callers[i].raises || !raises))
            return callers[i].source;
    return SOURCE_DIRECT;
}

bool operation_is_called_apart(void)
{
    return source_of_caller(true) != SOURCE_DIRECT;
}

void operation_cause(const struct operation *operation, bool raises, struct request_cause *ret_cause)
{
    if (!operation) {
        *ret_cause = (struct request_cause){.source = (uint8_t)source_of_caller(raises)};
    } else if (operation->is_task_cancel) {
        *ret_cause = operation->cause;
        ret_cause->via_task = operation->task;
    } else {
        *ret_cause = (struct request_cause){.source = SOURCE_SCOPE,
                                            .scope = operation->serial,
                                            .origin = operation->origin,
                                            .origin_scope = operation->origin_scope ? operation->origin_scope
                                                                                    : operation->scope};
    }
}
