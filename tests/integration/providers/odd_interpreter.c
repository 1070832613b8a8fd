/* SPDX-License-Identifier: MIT */
/* Has an interpreter say of its types what is not so, as if their fields were elsewhere: one whose functions are
 * in a library of their own, libpython. Runs in: the traced program of a test. */
#include <dlfcn.h>

#define TP_INIT 60 /* Py_tp_init */

__attribute__((visibility("default"))) void *PyType_GetSlot(void *type, int slot);

void *PyType_GetSlot(void *type, int slot)
{
    void *(*real)(void *, int) = (void *(*)(void *, int))dlsym(RTLD_NEXT, "PyType_GetSlot");
    char *found = real ? real(type, slot) : 0;

    return slot == TP_INIT && found ? found + 1 : found;
}
