/* SPDX-License-Identifier: MIT */
/*
 * The agent's one exported function, and what the entry calls afterwards.
 *
 * Runs in: the target. Nothing here touches a Python object before the build of the interpreter is known to
 * be one with a GIL.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "preload/agent/agent.h"
#include "preload/agent/elsewhere.h"
#include "preload/agent/emission.h"
#include "preload/agent/emit.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/process.h"
#include "preload/agent/start.h"
#include "preload/slot.h"

/* Long enough for what a person reads; a longer command line is cut. */
#define TEXT_BYTES 4096

/* Exported by every CPython from 3.7 on, but not in the stable ABI's headers. */
PyAPI_FUNC(PyInterpreterState *) PyInterpreterState_Main(void);

/* Whether the hooks were ever installed: else nothing of Python may be touched. */
static bool fit;

/* The file's content with its NUL bytes but the last replaced, as a string. */
static void read_words(const char *path, char separator, char *text, size_t size)
{
    text[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    if (length <= 0) {
        return;
    }
    text[length] = '\0';
    for (ssize_t i = 0; i < length - 1; i++) {
        if (text[i] == '\0') {
            text[i] = separator;
        }
    }
}

static void read_link(const char *path, char *text, size_t size)
{
    ssize_t length = readlink(path, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
}

/* What can be said of a process without asking its Python. */
static void announce_refusal(const char *reason)
{
    char executable[TEXT_BYTES];
    char argv[TEXT_BYTES];
    char cwd[TEXT_BYTES];
    char host[256];
    char python[64];
    read_link("/proc/self/exe", executable, sizeof executable);
    read_words("/proc/self/cmdline", '\x1f', argv, sizeof argv);
    read_link("/proc/self/cwd", cwd, sizeof cwd);
    if (gethostname(host, sizeof host) != 0) {
        host[0] = '\0';
    }
    host[sizeof host - 1] = '\0';
    const char *version = Py_GetVersion();
    snprintf(python, sizeof python, "%.*s", (int)strcspn(version, " "), version);
    struct st_runtime event = {.state = RUNTIME_REFUSED,
                               .schema = SCOPETRACE_SCHEMA_VERSION,
                               .ppid = (uint32_t)getppid(),
                               .reason = reason,
                               .tool = SCOPETRACE_VERSION,
                               .python = python,
                               .executable = executable,
                               .argv = argv,
                               .cwd = cwd,
                               .host = host,
                               .stdlib = ""};
    emit_runtime(&event);
}

/* What rules an interpreter out before any object of it is touched; NULL: nothing. */
static const char *find_obstacle(void)
{
    if (strstr(Py_GetVersion(), BRIDGE_FREE_THREADED) != NULL) {
        return BRIDGE_WHY_NOT_FREE_THREADED;
    }
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        elsewhere_heard();
        return "asyncio was imported in a sub-interpreter: only the main interpreter can be traced";
    }
    return NULL;
}

static void (*tell_entry)(void);

static void interpreter_gone(void)
{
    fit = false;
    if (tell_entry != NULL) {
        tell_entry();
    }
}

static int arm(void)
{
    const char *reason = find_obstacle();
    if (reason == NULL && of_interpreter_setup(interpreter_gone) != 0) {
        reason = "too many others are to be called at the interpreter's end";
    }
    if (reason == NULL && agent_arm() == 0) {
        fit = true;
        emission_slot()->note[0] = '\0'; /* what was said of another interpreter of this process */
        slot_raise(emission_slot(), emit_enabled() ? CONTROL_TRACED : CONTROL_NOT_ENABLED);
        return 0;
    }
    if (reason == NULL) {
        reason = agent_refusal();
    }
    if (reason == NULL) {
        reason = "the hooks could not be installed";
    }
    slot_refuse(emission_slot(), "%s", reason);
    announce_refusal(reason);
    return -1;
}

/* Takes the GIL, which the thread gave back around its wait, for as long as the agent needs. */
static void with_gil(void (*function)(void))
{
    if (!fit || PyGILState_GetThisThreadState() == NULL || !Py_IsInitialized()) {
        return;
    }
    PyGILState_STATE gil = PyGILState_Ensure();
    if (PyInterpreterState_Get() == PyInterpreterState_Main()) {
        PyObject *type;
        PyObject *value;
        PyObject *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        (void)process_settle();
        (void)emit_generation(); /* whatever the agent does, the next tick must not be due for the same reason */
        function();
        PyErr_Restore(type, value, traceback);
    }
    PyGILState_Release(gil);
}

static void after_tick(void)
{
    with_gil(agent_after_tick);
}

static void tell(void)
{
    with_gil(agent_tell);
}

static bool is_session_changed(void)
{
    return fit && (emission_session_changed() || elsewhere_is_due());
}

static void loop_begins(void)
{
    int saved_errno = errno;
    if (fit && Py_IsInitialized()) {
        elsewhere_loop_begins();
    }
    errno = saved_errno;
}

struct bridge_agent start_offer(void)
{
    return (struct bridge_agent){.version = BRIDGE_VERSION,
                                 .wants_tick = agent_wants_tick_word(),
                                 .after_tick = after_tick,
                                 .close_fd = process_close_fd,
                                 .is_own_process = process_is_own,
                                 .own_threads = process_own_threads,
                                 .session_changed = is_session_changed,
                                 .to_tell = agent_to_tell_word(),
                                 .tell = tell,
                                 .loop_begins = loop_begins};
}

int scopetrace_agent_start(const struct bridge_entry *entry, struct bridge_agent *ret_agent)
{
    if (entry->version != BRIDGE_VERSION) {
        slot_refuse(entry->process, CONTROL_ENTRY_LIBRARY " and " CONTROL_AGENT_LIBRARY
                                                          " are of different versions of scopetrace");
        return -1;
    }
    int saved_errno = errno;
    tell_entry = entry->interpreter_gone;
    emit_setup(entry);
    process_setup(entry);
    *ret_agent = start_offer();
    int result = arm();
    if (result == 0 && entry->lttng_was_there != 0) {
        /* in case that is another daemon than the session's */
        slot_note(entry->process,
                  "its LTTng, loaded before scopetrace's, keeps to its daemon: use scopetrace attach");
    }
    errno = saved_errno;
    return result;
}
