/* SPDX-License-Identifier: MIT */
#include "preload/agent/interpreter.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "preload/agent/emit.h"
#include "preload/agent/python_api.h"

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

void interpreter_announce(bool statedump)
{
    char python[VERSION_BYTES], executable[PATH_MAX], arguments[ARGUMENT_BYTES], directory[PATH_MAX];
    char host[HOST_BYTES] = "", stdlib[PATH_MAX];
    const char *version = Py_GetVersion();
    struct st_runtime event = {.statedump = statedump,
                               .state = RUNTIME_TRACED,
                               .schema = SCOPETRACE_SCHEMA_VERSION,
                               .ppid = (uint32_t)getppid(),
                               .tool = SCOPETRACE_VERSION,
                               .python = python,
                               .executable = executable,
                               .argv = arguments,
                               .cwd = directory,
                               .host = host,
                               .stdlib = stdlib};

    snprintf(python, sizeof(python), "%.*s", (int)strcspn(version, " "), version);
    py_text(PySys_GetObject("executable"), executable, sizeof(executable));
    read_arguments(arguments, sizeof(arguments));
    if (!getcwd(directory, sizeof(directory)))
        directory[0] = '\0';
    (void)gethostname(host, sizeof(host) - 1);
    read_stdlib(stdlib, sizeof(stdlib));
    emit_runtime(&event);
}
