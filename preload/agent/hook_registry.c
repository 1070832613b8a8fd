/* SPDX-License-Identifier: MIT */
#include "preload/agent/hook_registry.h"

#include <stdlib.h>

#include "preload/agent/of_interpreter.h"

struct installed {
    PyObject *type, *hook, *original; /* owned */
    const char *name;
    bool native;
};

static struct {
    struct installed *items;
    size_t count, room;
} registry;

bool hook_registry_covered OF_INTERPRETER;

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

    if (py_item(type->tp_dict, item->name) != item->hook)
        return;
    if (PyDict_SetItemString(type->tp_dict, item->name, item->original) < 0)
        PyErr_Clear();
    PyType_Modified(type);
}

/* Whether it was there. */
static bool remove_python(const struct installed *item)
{
    PyObject *dict = py_attribute(item->type, names.__dict__);
    PyObject *now = dict ? PyMapping_GetItemString(dict, item->name) : NULL;
    bool there = now == item->hook;

    if (there)
        (void)PyObject_SetAttrString(item->type, item->name, item->original);
    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(now);
    py_drop(dict);
    return there;
}

/* False: it is covered. */
static bool remove_one(const struct installed *item)
{
    if (!item->native)
        return remove_python(item);
    remove_native(item);
    return true;
}

void hook_registry_forget(void)
{
    free(registry.items);
    registry.items = NULL;
    registry.count = registry.room = 0;
}

static void drop(const struct installed *item)
{
    py_drop(item->hook);
    py_drop(item->original);
    py_drop(item->type);
}

void hook_registry_remove_all(bool for_good)
{
    struct installed *items = registry.items;
    size_t count = registry.count;

    registry.items = NULL;
    registry.count = registry.room = 0;
    while (count) {
        const struct installed item = items[--count];

        if (!remove_one(&item) && !for_good) {
            hook_registry_covered = true;
            hook_registry_add(item.type, item.name, item.hook, item.original, false);
        }
        drop(&item);
    }
    free(items);
}
