/* SPDX-License-Identifier: MIT */
/*
 * The agent as an extension module: how attach gets it into a program that was started without it.
 *
 * Runs in: the target's main thread, GIL held, at a point where Python may run anything (a pending call). The
 * command's snippet loads the module and calls one function; what it says of itself goes into the control file.
 * Each function first gives back the memory that held the snippet.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preload/agent/agent.h"
#include "preload/agent/emission.h"
#include "preload/agent/emit.h"
#include "preload/agent/interposition.h"
#include "preload/agent/lttng_patience.h"
#include "preload/agent/process.h"
#include "preload/agent/start.h"
#include "preload/agent/ticks.h"
#include "preload/interposed/loops.h"
#include "preload/slot.h"

static struct control_process *claim_process(void);

/* Stands in for the preload's entry. Its control is that of the present attach. */
static struct bridge_entry attached = {
    .version = BRIDGE_VERSION, .thread = loops_thread, .claim_process = claim_process};

/* A program that was started with the preload may import asyncio, and so start the agent by itself, while it is
 * being attached to. It then stays armed for sessions to come: this one it hears of through LTTng. */
static bool is_started_by_program(void)
{
    return !emission_is_of(NULL) && !emission_is_of(&attached);
}

/* An attach that has to arm it again finds the slot that it looks at. */
static struct control_process *claim_in(struct control *control)
{
    const uint32_t pid = (uint32_t)getpid();
    for (uint32_t i = 0; control != NULL && i < CONTROL_PROCESSES; i++) {
        struct control_process *slot = &control->processes[i];
        uint32_t owner = 0;
        if (__atomic_compare_exchange_n(&slot->pid, &owner, pid, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) ||
            owner == pid) {
            return slot;
        }
    }
    return NULL;
}

static struct control_process *claim_process(void)
{
    return claim_in(attached.control);
}

/* NULL with errno. */
static struct control *map_control(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0) {
        return NULL;
    }
    struct control *control = MAP_FAILED;
    errno = EINVAL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= (off_t)sizeof *control) {
        control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    int saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return control == MAP_FAILED ? NULL : control;
}

static void leave_control(void)
{
    struct control *control = attached.control;

    if (emission_is_of(&attached)) {
        emit_setup(NULL);
    } else {
        emission_tell_also(NULL);
    }
    attached.control = NULL;
    attached.process = NULL;
    if (control != NULL) {
        munmap(control, sizeof *control);
    }
}

/* false with a Python exception. */
static int enter_control(const char *path)
{
    struct control *control = map_control(path);
    if (control == NULL) {
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
        return 0;
    }
    if (control->magic != CONTROL_MAGIC || control->version != CONTROL_VERSION) {
        munmap(control, sizeof *control);
        PyErr_SetString(PyExc_RuntimeError, "an agent of another version of scopetrace is in this process");
        return 0;
    }
    if (!is_started_by_program()) {
        agent_disarm();
    }
    leave_control();
    attached.control = control;
    attached.process = claim_process();
    return 1;
}

/* (control file, address and size of the memory to give back). NULL with a Python exception. */
static const char *parse(PyObject *arguments)
{
    const char *path;
    unsigned long long address;
    unsigned long long size;
    if (!PyArg_ParseTuple(arguments, "sKK", &path, &address, &size)) {
        return NULL;
    }
    if (size != 0) {
        munmap((void *)(uintptr_t)address, (size_t)size);
    }
    return path;
}

/* LTTng is here from now on, whatever becomes of this attach. */
static void be_guest(void)
{
    lttng_patience_now();
    process_setup(&attached);
    interposition_begin();
}

static PyObject *done(void)
{
    Py_IncRef(Py_None);
    return Py_None;
}

static PyObject *module_arm(PyObject *self, PyObject *arguments)
{
    struct bridge_agent agent;
    const char *path = parse(arguments);
    (void)self;
    if (path == NULL || !enter_control(path)) {
        return NULL;
    }
    be_guest();
    if (is_started_by_program()) {
        emission_tell_also(attached.control);
        slot_raise(attached.process, CONTROL_TRACED);
        agent_after_tick();
        return done();
    }
    ticks_want();
    if (scopetrace_agent_start(&attached, &agent) != 0) {
        leave_control(); /* the slot says why */
    }
    return done();
}

/* LTTng is in the process now and registers with its daemon; arm() comes when it has. */
static PyObject *module_load(PyObject *self, PyObject *arguments)
{
    (void)self;
    be_guest();
    return parse(arguments) != NULL ? done() : NULL;
}

static PyObject *module_disarm(PyObject *self, PyObject *arguments)
{
    (void)self;
    if (parse(arguments) == NULL) {
        return NULL;
    }
    if (is_started_by_program()) {
        slot_raise(attached.process, CONTROL_DETACHED);
    } else {
        agent_disarm();
        slot_raise(emission_slot(), CONTROL_DETACHED);
    }
    leave_control();
    return done();
}

/* In a program that was started with the preload: has it announce itself now, not at its loop's next turn. Says
 * in the control file that this is done. */
static PyObject *module_look(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *path = parse(arguments);
    if (path == NULL) {
        return NULL;
    }
    agent_after_tick();
    struct control *control = map_control(path);
    if (control == NULL) {
        return PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
    }
    slot_raise(claim_in(control), CONTROL_DETACHED);
    munmap(control, sizeof *control);
    return done();
}

static PyMethodDef functions[] = {
    {"load", module_load, METH_VARARGS, NULL},
    {"arm", module_arm, METH_VARARGS, NULL},
    {"disarm", module_disarm, METH_VARARGS, NULL},
    {"look", module_look, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* No state in the module object: each loading gives a new one over the same agent. */
static PyModuleDef_Slot slots[] = {
    {0, NULL},
};

static PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = CONTROL_AGENT_MODULE,
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__scopetrace_agent(void);

PyMODINIT_FUNC PyInit__scopetrace_agent(void)
{
    lttng_patience_to_come();
    return PyModuleDef_Init(&definition);
}
