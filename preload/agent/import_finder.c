/* SPDX-License-Identifier: MIT */
#include "preload/agent/import_finder.h"

#include <string.h>

#include "preload/agent/hook.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/operation.h"
#include "preload/agent/providers/provider.h"
#include "preload/agent/task_class.h"
#include "preload/agent/ticks.h"
#include "preload/agent/trio_task.h"

static PyTypeObject *loader_type OF_INTERPRETER;
struct import_finder_seen import_finder_seen OF_INTERPRETER;
static bool outside OF_INTERPRETER;      /* the count is not where it is in this binary's headers */
static uint32_t executing;               /* modules of ours that are being executed */
static __thread uint32_t executing_here; /* those that this thread executes */
static bool outstanding;                 /* a module of ours began before we were there and is not hooked yet */

static struct {
    bool tasks, runners;
} hooked OF_INTERPRETER;

/* A module of ours that waits to be executed until it is used, of which nobody tells. */
static struct {
    PyObject *module; /* owned; NULL: none */
    PyTypeObject *type;
} lazy OF_INTERPRETER;

/* ---- what there is to hook ---- */

static bool hook_runners(void)
{
    PyObject *module = py_module("asyncio.runners");
    PyObject *cancel_all = module ? py_attribute_named(module, "_cancel_all_tasks") : NULL;
    PyObject *runner = module ? py_attribute_named(module, "Runner") : NULL;
    bool ready = cancel_all && runner;

    if (ready) {
        PyObject *on_sigint = py_attribute_named(runner, "_on_sigint");
        PyObject *run = py_attribute_named(runner, "run");

        operation_add_caller(cancel_all, true, SOURCE_SHUTDOWN);
        operation_add_caller(on_sigint, true, SOURCE_INTERRUPT);
        /* a callback of a loop in C that is Task.cancel itself seems to be called by it, too */
        operation_add_caller(run, false, SOURCE_INTERRUPT);
        py_drop(on_sigint);
        py_drop(run);
    }
    py_drop(runner);
    py_drop(cancel_all);
    return ready;
}

static void look_for_lazy(void)
{
    PyObject *before = lazy.module;

    lazy.module = NULL;
    for (size_t i = 0; i < provider_count && !lazy.module; i++)
        lazy.module = py_keep(py_lazy_module(provider_table[i]->module));
    lazy.type = lazy.module ? Py_TYPE(lazy.module) : NULL;
    py_drop(before);
}

static void hook_all(void)
{
    if (!hooked.tasks)
        hooked.tasks = task_class_hook();
    if (!hooked.runners)
        hooked.runners = hook_runners();
    ticks_hook();
    if (py_module(OPERATION_GREENLET_MODULE))
        operation_expect_greenlets();
    (void)trio_task_hook();
    outstanding = false;
    for (size_t i = 0; i < provider_count; i++)
        if (!provider_hook(provider_table[i]) && py_module(provider_table[i]->module))
            outstanding = true;
    look_for_lazy();
}

/* Nobody tells when such a module is complete; an import that comes after is soon enough. */
static void hook_outstanding(void)
{
    struct py_work work;

    if (!outstanding || py_work_busy())
        return;
    py_work_begin(&work);
    hook_all();
    py_work_end(&work);
}

static bool is_ours(PyObject *name)
{
    static const char *const always[] = {"asyncio.tasks", "asyncio.runners", TICKS_GEVENT_MODULE,
                                         OPERATION_GREENLET_MODULE};

    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        if (PyUnicode_CompareWithASCIIString(name, always[i]) == 0)
            return true;
    for (size_t i = 0; i < provider_count; i++)
        if (PyUnicode_CompareWithASCIIString(name, provider_table[i]->module) == 0)
            return true;
    return false;
}

/* ---- the loader: stands for the real one until the module has been executed ---- */

struct loader {
    PyObject ob_base;
    PyObject *original; /* owned */
};

static PyObject *loader_getattro(PyObject *self, PyObject *name)
{
    PyObject *original = ((struct loader *)self)->original;

    if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "exec_module") == 0 &&
        PyObject_HasAttr(original, name))
        return PyObject_GenericGetAttr(self, name);
    return PyObject_GetAttr(original, name);
}

static int loader_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    return PyObject_SetAttr(((struct loader *)self)->original, name, value);
}

static PyObject *loader_repr(PyObject *self)
{
    return PyObject_Repr(((struct loader *)self)->original);
}

/* The module must not see that we were there. */
static void give_place(PyObject *module, PyObject *original)
{
    PyObject *spec = py_attribute(module, names.__spec__);

    if (spec && PyObject_SetAttr(spec, names.loader, original) < 0)
        PyErr_Clear();
    if (PyObject_SetAttrString(module, "__loader__", original) < 0)
        PyErr_Clear();
    py_drop(spec);
}

static PyObject *loader_exec_module(PyObject *self, PyObject *module)
{
    PyObject *original = ((struct loader *)self)->original;
    struct py_work work;
    PyObject *result;

    give_place(module, original);
    executing++;
    executing_here++;
    import_finder_seen.restless = true;
    result = PyObject_CallMethod(original, "exec_module", "O", module);
    executing--;
    executing_here--;
    py_work_begin(&work);
    hook_all();
    py_work_end(&work);
    return result;
}

static int loader_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct loader *)self)->original);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int loader_clear(PyObject *self)
{
    PyObject *original = ((struct loader *)self)->original;

    ((struct loader *)self)->original = NULL;
    py_drop(original);
    return 0;
}

static void loader_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    (void)loader_clear(self);
    PyObject_GC_Del(self);
    py_drop((PyObject *)type);
}

static PyMethodDef loader_methods[] = {
    {"exec_module", loader_exec_module, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot loader_slots[] = {
    {Py_tp_methods, loader_methods},           {Py_tp_getattro, (void *)loader_getattro},
    {Py_tp_setattro, (void *)loader_setattro}, {Py_tp_repr, (void *)loader_repr},
    {Py_tp_traverse, (void *)loader_traverse}, {Py_tp_clear, (void *)loader_clear},
    {Py_tp_dealloc, (void *)loader_dealloc},   {0, NULL},
};

static PyType_Spec loader_spec = {
    .name = "scopetrace.loader",
    .basicsize = sizeof(struct loader),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = loader_slots,
};

static void wrap_loader(PyObject *spec)
{
    PyObject *original = py_attribute(spec, names.loader);
    struct loader *loader = original && original != Py_None ? PyObject_GC_New(struct loader, loader_type) : NULL;

    if (loader) {
        loader->original = py_keep(original);
        PyObject_GC_Track((PyObject *)loader);
        if (PyObject_SetAttr(spec, names.loader, (PyObject *)loader) < 0)
            PyErr_Clear();
    }
    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop((PyObject *)loader);
    py_drop(original);
}

/* ---- the finding ---- */

/* Whether a module is to be executed by what is found: those who only ask must not see our loader. */
static bool is_for_execution(void)
{
    static const char *const callers[] = {"_find_and_load_unlocked", "reload"};
    PyFrameObject *frame = PyEval_GetFrame();
    PyObject *code = frame ? (PyObject *)PyFrame_GetCode(frame) : NULL;
    char name[32];
    bool found = false;

    py_text_attribute(code, "co_name", name, sizeof(name));
    for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++)
        found |= !strcmp(name, callers[i]);
    py_drop(code);
    return found;
}

/* _find_spec() of the import system: whoever in sys.meta_path knows the module, and in whatever order they are. */
static PyObject *around_find_spec(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *spec;
    struct py_work work;

    hook_outstanding();
    spec = hook_call_original(hook, args, nargsf, kwnames);
    if (!spec || spec == Py_None || !PyUnicode_Check(args[0]) || !is_ours(args[0]))
        return spec;
    py_work_begin(&work);
    if (is_for_execution())
        wrap_loader(spec);
    py_work_end(&work);
    return spec;
}

/* Where the dict keeps its size, if that is where this binary believes it to be; else a copy, which is no news
 * until the next look. */
static const Py_ssize_t *find_count(PyObject *modules)
{
    static Py_ssize_t copy;
    const Py_ssize_t *count = &((PyDictObject *)modules)->ma_used;

    copy = PyDict_Size(modules);
    outside = *count != copy;
    return outside ? &copy : count;
}

bool import_finder_is_restless(void)
{
    return executing || provider_is_main_due() || (lazy.module && Py_TYPE(lazy.module) != lazy.type) ||
           (outside && PyDict_Size(py_modules()) != import_finder_seen.modules);
}

void import_finder_forked(void)
{
    executing = executing_here;
}

void import_finder_look(void)
{
    import_finder_seen.count = find_count(py_modules());
    import_finder_seen.modules = *import_finder_seen.count;
    hook_all();
    import_finder_seen.restless = executing || outside || provider_any_described() || lazy.module;
}

int import_finder_setup(void)
{
    PyObject *bootstrap = py_module("_frozen_importlib");

    if (!loader_type)
        loader_type = (PyTypeObject *)PyType_FromSpec(&loader_spec);
    if (!loader_type) {
        PyErr_Clear();
        return -1;
    }
    if (!bootstrap || hook_python_method(bootstrap, "_find_spec", around_find_spec, NULL, NULL) < 0)
        return -1;
    import_finder_look();
    return 0;
}

void import_finder_remove(void)
{
    PyObject *module = lazy.module;

    hooked.tasks = false;
    lazy.module = NULL;
    py_drop(module);
    ticks_unhook();
}
