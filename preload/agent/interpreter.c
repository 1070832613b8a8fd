/* SPDX-License-Identifier: MIT */
#include "preload/agent/interpreter.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "preload/agent/emit.h"
#include "preload/agent/python_api.h"
#include "preload/agent/ring.h"

#define ARGUMENT_SEPARATOR "\x1f"
#define ARGUMENT_BYTES 4096u
#define HOST_BYTES 256u
#define VERSION_BYTES 64u

/* As the interpreter was called, its own options included. */
static void read_arguments(char *buffer, size_t size)
{
    PyObject *arguments = PySys_GetObject("orig_argv");
    PyObject *separator = arguments ? PyUnicode_FromString(ARGUMENT_SEPARATOR) : NULL;
    PyObject *joined = separator ? PyUnicode_Join(separator, arguments) : NULL;

    if (!joined)
        PyErr_Clear();
    py_text(joined, buffer, size);
    py_drop(joined);
    py_drop(separator);
}

/* The folder of the standard library: where a module lies that every program has imported. */
static void read_stdlib(char *buffer, size_t size)
{
    char *slash;

    py_text_attribute(py_module("os"), "__file__", buffer, size);
    slash = strrchr(buffer, '/');
    if (slash)
        *slash = '\0';
}

/* As last announced. */
static struct runtime {
    char python[VERSION_BYTES], executable[PATH_MAX], argv[ARGUMENT_BYTES], cwd[PATH_MAX];
    char host[HOST_BYTES], stdlib[PATH_MAX];
} runtime;

static void *runtime_address = &runtime;
static uint32_t runtime_count = 1;

struct tables_list interpreter_table = {
    .items = &runtime_address,
    .count = &runtime_count,
    .stride = sizeof(runtime),
    .record = sizeof(runtime),
    .fields = {[TABLES_RUNTIME_PYTHON] = TABLES_FIELD(struct runtime, python),
               [TABLES_RUNTIME_EXECUTABLE] = TABLES_FIELD(struct runtime, executable),
               [TABLES_RUNTIME_ARGV] = TABLES_FIELD(struct runtime, argv),
               [TABLES_RUNTIME_CWD] = TABLES_FIELD(struct runtime, cwd),
               [TABLES_RUNTIME_HOST] = TABLES_FIELD(struct runtime, host),
               [TABLES_RUNTIME_STDLIB] = TABLES_FIELD(struct runtime, stdlib)}};

void interpreter_announce(bool statedump, bool again)
{
    const char *version = Py_GetVersion();
    struct st_runtime event = {.statedump = statedump,
                               .state = RUNTIME_TRACED,
                               .schema = SCOPETRACE_SCHEMA_VERSION,
                               .ppid = (uint32_t)getppid(),
                               .tool = SCOPETRACE_VERSION,
                               .python = runtime.python,
                               .executable = runtime.executable,
                               .argv = runtime.argv,
                               .cwd = runtime.cwd,
                               .host = runtime.host,
                               .stdlib = runtime.stdlib,
                               .again = again,
                               .overwrites = ring_batch != 0};

    snprintf(runtime.python, sizeof(runtime.python), "%.*s", (int)strcspn(version, " "), version);
    py_text(PySys_GetObject("executable"), runtime.executable, sizeof(runtime.executable));
    read_arguments(runtime.argv, sizeof(runtime.argv));
    if (!getcwd(runtime.cwd, sizeof(runtime.cwd)))
        runtime.cwd[0] = '\0';
    (void)gethostname(runtime.host, sizeof(runtime.host) - 1);
    read_stdlib(runtime.stdlib, sizeof(runtime.stdlib));
    emit_runtime(&event);
}
