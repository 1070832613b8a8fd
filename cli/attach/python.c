/* SPDX-License-Identifier: MIT */
#include "cli/attach/python.h"

#include <string.h>
#include <unistd.h>

enum {
    MINOR_3_11 = 0x030b,
    MINOR_3_13 = 0x030d,
    /* Up to 3.12 _PyRuntime begins with these. */
    OLD_INITIALIZED = 16,
    OLD_FINALIZING = 24,
    /* From 3.13 it begins with a table of offsets; these stand at the same place in each version. */
    TABLE_COOKIE_BYTES = 8,
    TABLE_VERSION = 8,
    TABLE_FREE_THREADED = 16,
    TABLE_FINALIZING = 32,
    TABLE_INTERPRETERS = 40,
    TABLE_INTERPRETER_ID = 56,
    TABLE_INTERPRETER_NEXT = 64,
    TABLE_MAIN_THREAD = 80, /* from 3.14 */
    INITIALIZED_BEFORE_FINALIZING = 8,
    PLEASE_STOP = 1 << 5,
    MOST_INTERPRETERS = 10000,
};

/* What differs between versions (offsets from _PyRuntime; 0: not there). Each is stable within its minor
 * version; the table says the version it was built for, and python_inspect() compares. */
struct python_layout {
    guint32 minor;
    guint16 debugger_support; /* the part of the table that is about running scripts */
    guint16 calls_lock;       /* the byte that guards the pending calls of the main thread */
};

static const struct python_layout layouts[] = {
    {.minor = 0x030d, .calls_lock = 2648},
    {.minor = 0x030e, .calls_lock = 2856, .debugger_support = 712},
    {.minor = 0x030f, .debugger_support = 840},
};

/* The debugger_support part of the table. */
struct debugger_support {
    guint64 eval_breaker, support, enabled, pending, script, script_size;
};

static gboolean read_memory(int memory, guint64 address, void *ret_bytes, gsize size)
{
    return pread(memory, ret_bytes, size, (off_t)address) == (ssize_t)size;
}

static guint64 read_word(int memory, guint64 address)
{
    guint64 word = 0;
    return address && read_memory(memory, address, &word, sizeof word) ? word : 0;
}

static const struct python_layout *find_layout(guint32 version)
{
    for (gsize index = 0; index < G_N_ELEMENTS(layouts); index++)
        if (layouts[index].minor == version >> 16)
            return &layouts[index];
    return NULL;
}

/* 3.13 and later say themselves where things are. */
static gboolean has_table(const struct target_python *python, int memory)
{
    char cookie[TABLE_COOKIE_BYTES];
    return python->version >> 16 >= MINOR_3_13 && read_memory(memory, python->runtime, cookie, sizeof cookie) &&
           memcmp(cookie, "xdebugpy", sizeof cookie) == 0 &&
           read_word(memory, python->runtime + TABLE_VERSION) >> 16 == python->version >> 16;
}

static void read_state(struct target_python *python, int memory)
{
    guint64 finalizing = OLD_FINALIZING;
    guint32 initialized = 0;
    if (has_table(python, memory)) {
        finalizing = read_word(memory, python->runtime + TABLE_FINALIZING);
        python->free_threaded = read_word(memory, python->runtime + TABLE_FREE_THREADED) != 0;
    } else if (python->version >> 16 >= MINOR_3_13) {
        return;
    }
    guint64 address = python->runtime + finalizing;
    read_memory(memory, address - INITIALIZED_BEFORE_FINALIZING, &initialized, sizeof initialized);
    python->initialized = initialized != 0;
    python->finalizing = read_word(memory, address) != 0;
}

G_STATIC_ASSERT(OLD_FINALIZING - INITIALIZED_BEFORE_FINALIZING == OLD_INITIALIZED);

static guint64 placed(const struct elf_file *file, const char *name, guint64 bias)
{
    guint64 address = elf_file_symbol(file, name);
    return address ? address + bias : 0;
}

gboolean python_inspect(const struct elf_file *file, guint64 bias, int memory, struct target_python *ret_python)
{
    struct target_python python = {.add_call = placed(file, "Py_AddPendingCall", bias),
                                   .run_string = placed(file, "PyRun_SimpleString", bias),
                                   .runtime = placed(file, "_PyRuntime", bias)};
    if (!python.add_call)
        return FALSE;
    guint64 version = read_word(memory, placed(file, "Py_Version", bias));
    python.version = version >> 16 >= MINOR_3_11 ? (guint32)version : 0;
    if (python.version && python.runtime)
        read_state(&python, memory);
    *ret_python = python;
    return TRUE;
}

/* Number 0 in the list of interpreters, which begins with the newest. */
static guint64 main_interpreter(const struct target_python *python, int memory)
{
    guint64 head = python->runtime + read_word(memory, python->runtime + TABLE_INTERPRETERS);
    guint64 id = read_word(memory, python->runtime + TABLE_INTERPRETER_ID);
    guint64 next = read_word(memory, python->runtime + TABLE_INTERPRETER_NEXT);
    guint64 interpreter = read_word(memory, head);
    for (guint seen = 0; interpreter && seen < MOST_INTERPRETERS; seen++) {
        if (read_word(memory, interpreter + id) == 0)
            return interpreter;
        interpreter = read_word(memory, interpreter + next);
    }
    return 0;
}

gboolean python_find_door(const struct target_python *python, int memory, struct python_door *ret_door)
{
    const struct python_layout *layout = find_layout(python->version);
    struct debugger_support support;
    if (!layout || !layout->debugger_support || !has_table(python, memory) ||
        !read_memory(memory, python->runtime + layout->debugger_support, &support, sizeof support))
        return FALSE;
    guint64 interpreter = main_interpreter(python, memory);
    guint64 thread =
        interpreter ? read_word(memory, interpreter + read_word(memory, python->runtime + TABLE_MAIN_THREAD)) : 0;
    guint32 enabled = 0;
    if (!thread || !read_memory(memory, interpreter + support.enabled, &enabled, sizeof enabled) || !enabled)
        return FALSE;
    *ret_door = (struct python_door){.pending = thread + support.support + support.pending,
                                     .script = thread + support.support + support.script,
                                     .script_size = support.script_size,
                                     .eval_breaker = thread + support.eval_breaker,
                                     .stop = PLEASE_STOP};
    return TRUE;
}

gboolean python_calls_locked(const struct target_python *python, int memory)
{
    const struct python_layout *layout = find_layout(python->version);
    guint8 lock = 0;
    if (!layout || !layout->calls_lock || !has_table(python, memory))
        return FALSE;
    return read_memory(memory, python->runtime + layout->calls_lock, &lock, sizeof lock) && lock != 0;
}
