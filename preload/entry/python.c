/* SPDX-License-Identifier: MIT */
/* Finding the interpreter. Runs in: the target. */
#include "preload/entry/python.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static struct python python;
static const struct python *found; /* published once, when `python` is complete */
static uint32_t misses;            /* calls in which there was no interpreter */

struct symbol {
    size_t offset;
    const char *name;
    bool optional;
};

static const struct symbol symbols[] = {
    {offsetof(struct python, thread_state), "PyGILState_GetThisThreadState", false},
    {offsetof(struct python, gil_ensure), "PyGILState_Ensure", false},
    {offsetof(struct python, gil_release), "PyGILState_Release", false},
    {offsetof(struct python, sys_object), "PySys_GetObject", false},
    {offsetof(struct python, dict_get), "PyDict_GetItemString", false},
    {offsetof(struct python, error_fetch), "PyErr_Fetch", false},
    {offsetof(struct python, error_restore), "PyErr_Restore", false},
    {offsetof(struct python, version), "Py_GetVersion", false},
    {offsetof(struct python, finalizing), "_Py_IsFinalizing", true},
    {offsetof(struct python, finalizing), "Py_IsFinalizing", true},
    {offsetof(struct python, interpreter), "PyInterpreterState_Get", true},
};

static bool resolve(struct python *result)
{
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *address = dlsym(RTLD_DEFAULT, symbols[i].name);
        if (address == NULL && !symbols[i].optional) {
            return false;
        }
        if (address != NULL) {
            memcpy((char *)result + symbols[i].offset, &address, sizeof address);
        }
    }
    return true;
}

const struct python *python_found(void)
{
    return __atomic_load_n(&found, __ATOMIC_ACQUIRE);
}

const struct python *python_find(void)
{
    const struct python *result = python_found();
    if (result != NULL) {
        return result;
    }
    /* A program that embeds Python may load it late, and one that has none must not pay for a search each
     * time: look again at the calls number 1, 2, 4, 8, … */
    uint32_t miss = __atomic_add_fetch(&misses, 1, __ATOMIC_RELAXED);
    if ((miss & (miss - 1)) != 0) {
        return NULL;
    }
    /* Threads that come here together find the same addresses: no harm in both storing them. */
    struct python candidate = {0};
    if (!resolve(&candidate)) {
        return NULL;
    }
    python = candidate;
    __atomic_store_n(&found, &python, __ATOMIC_RELEASE);
    return &python;
}
