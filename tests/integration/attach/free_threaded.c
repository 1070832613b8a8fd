/* SPDX-License-Identifier: MIT */
/* To be attached to: has what an interpreter without a GIL shows to who looks from outside, and nothing else of
 * one. free_threaded VERSION, which is in hexadecimal. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* The beginning of _Py_DebugOffsets, and of what it tells where to find. */
EXPORT struct {
    char cookie[8];
    uint64_t version, free_threaded, padding, finalizing_at, interpreters_at;
    uint32_t initialized, padding_too;
    uint64_t finalizing;
} _PyRuntime = {
    .cookie = {'x', 'd', 'e', 'b', 'u', 'g', 'p', 'y'}, .free_threaded = 1, .finalizing_at = 56, .initialized = 1};

EXPORT unsigned long Py_Version;
EXPORT void Py_AddPendingCall(void);
EXPORT void PyRun_SimpleString(void);

/* Nobody may call these. */
EXPORT void Py_AddPendingCall(void)
{
    abort();
}

EXPORT void PyRun_SimpleString(void)
{
    abort();
}

int main(int count, char **arguments)
{
    Py_Version = count == 2 ? strtoul(arguments[1], NULL, 16) : 0;
    _PyRuntime.version = Py_Version;
    sleep(100);
    return 0;
}
