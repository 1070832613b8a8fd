/* SPDX-License-Identifier: MIT */
#include "preload/agent/hook_registry.h"

#include <stdlib.h>

struct installed {
    PyObject *type, *hook, *original; /* owned */
    const char *name;
    bool native;
};

static struct {
    struct installed *items;
    size_t count, room;
} registry;

static bool make_room(void)
{
    size_t room = registry.room ? 2 * registry.room : 64;
    struct installed *items;

    if (registry.count < registry.room)
        return true;
    items = realloc(registry.items, room * sizeof(*items));
    if (!items)
        return false;
    registry.items = items;
    registry.room = room;
    return true;
}

void hook_registry_add(PyObject *type, const char *name, PyObject *hook, PyObject *original, bool native)
{
    if (!make_room())
        return; /* it stays in place then, disarmed: right, only slower */
    registry.items[registry.count++] = (struct installed){.type = py_keep(type),
                                                          .hook = py_keep(hook),
                                                          .original = py_keep(original),
                                                          .name = name,
                                                          .native = native};
}

static void remove_native(const struct installed *item)
{
    PyTypeObject *type = (PyTypeObject *)item->type;

    if (PyDict_GetItemString(type->tp_dict, item->name) != item->hook)
        return;
    if (PyDict_SetItemString(type->tp_dict, item->name, item->original) < 0)
        PyErr_Clear();
    PyType_Modified(type);
}

static void remove_python(const struct installed *item)
{
    PyObject *dict = py_attribute(item->type, names.__dict__);
    PyObject *now = dict ? PyMapping_GetItemString(dict, item->name) : NULL;

    if (now == item->hook)
        (void)PyObject_SetAttrString(item->type, item->name, item->original);
    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(now);
    py_drop(dict);
}

void hook_registry_forget(void)
{
    free(registry.items);
    registry.items = NULL;
    registry.count = registry.room = 0;
}

void hook_registry_remove_all(void)
{
    while (registry.count) {
        const struct installed item = registry.items[--registry.count];

        if (item.native)
            remove_native(&item);
        else
            remove_python(&item);
        py_drop(item.hook);
        py_drop(item.original);
        py_drop(item.type);
    }
}
