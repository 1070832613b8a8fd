/* SPDX-License-Identifier: MIT */
#include "preload/agent/elsewhere.h"

#include "preload/agent/emit.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/python_api.h"
#include "preload/agent/recording.h"
#include "preload/agent/seldom.h"
#include "preload/agent/surprise.h"

/* From this version on each interpreter has types of its own. */
#define OWN_TYPES_VERSION 0x030C0000u

/* Exported by every CPython from 3.7 on, but not in the stable ABI's headers. Neither needs the GIL; the head is
 * the interpreter that was made last. */
PyAPI_FUNC(PyInterpreterState *) PyInterpreterState_Main(void);
PyAPI_FUNC(PyInterpreterState *) PyInterpreterState_Head(void);

uint32_t elsewhere_shares OF_INTERPRETER;
static uint32_t heard OF_INTERPRETER;
static uint32_t said OF_INTERPRETER; /* to the session that began with this announcement */

SELDOM bool elsewhere_is_current(void)
{
    if (PyInterpreterState_Get() == PyInterpreterState_Main())
        return false;
    elsewhere_heard();
    return true;
}

void elsewhere_look(void)
{
    if (Py_Version < OWN_TYPES_VERSION && PyInterpreterState_Head() != PyInterpreterState_Main())
        __atomic_store_n(&elsewhere_shares, 1, __ATOMIC_RELAXED);
}

void elsewhere_heard(void)
{
    __atomic_store_n(&heard, 1, __ATOMIC_RELAXED);
}

/* `selectors`, which makes a loop's descriptor, is imported by others as well. */
static bool has_asyncio(void)
{
    PyObject *imported = PySys_GetObject("modules");
    PyObject *type, *value, *traceback;
    bool has;

    PyErr_Fetch(&type, &value, &traceback);
    has = imported && PyDict_Check(imported) && PyDict_GetItemString(imported, "asyncio");
    PyErr_Restore(type, value, traceback);
    return has;
}

void elsewhere_loop_begins(void)
{
    PyThreadState *thread = PyGILState_GetThisThreadState();
    PyGILState_STATE gil;

    elsewhere_look();
    if (!thread || PyThreadState_GetInterpreter(thread) == PyInterpreterState_Main() ||
        __atomic_load_n(&heard, __ATOMIC_RELAXED))
        return;
    gil = PyGILState_Ensure();
    if (has_asyncio())
        elsewhere_heard();
    PyGILState_Release(gil);
}

bool elsewhere_is_due(void)
{
    return __atomic_load_n(&heard, __ATOMIC_RELAXED) != 0 && recording_armed && emit_enabled() &&
           said != recording_since;
}

void elsewhere_say(void)
{
    if (!elsewhere_is_due())
        return;
    said = recording_since;
    surprise_notice(
        "Sub-interpreters of the program use asyncio, too: what they do is not recorded, only the main "
        "interpreter's work is");
}
