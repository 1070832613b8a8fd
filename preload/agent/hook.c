/* SPDX-License-Identifier: MIT */
#include "preload/agent/hook.h"

#include <structmember.h>

#include "preload/agent/headroom.h"
#include "preload/agent/hook_registry.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/recording.h"
#include "preload/agent/seldom.h"

const char hook_always, hook_unasked;

static PyTypeObject *hook_type OF_INTERPRETER;

/* Where calls are nested deep: whether the hooks are in the way. */
static SELDOM bool stands_aside(void)
{
    if (!headroom_is_short())
        return false;
    headroom_give_up();
    return true;
}

static WHOLE PyObject *hook_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct hook *hook = (struct hook *)self;

    if ((UNLIKELY(!headroom_is_known()) && stands_aside()) || !recording_wants_event() ||
        PyVectorcall_NARGS(nargsf) == 0 || (py_work_busy() && hook->point != &hook_always))
        return hook_call_original(hook, args, nargsf, kwnames);
    return hook->around(hook, args, nargsf, kwnames);
}

static OFTEN PyObject *unasked_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct hook *hook = (struct hook *)self;

    if ((UNLIKELY(!headroom_is_known()) && stands_aside()) || PyVectorcall_NARGS(nargsf) == 0)
        return hook_call_original(hook, args, nargsf, kwnames);
    return hook->around(hook, args, nargsf, kwnames);
}

static OFTEN PyObject *hook_descr_get(PyObject *self, PyObject *object, PyObject *type)
{
    (void)type;
    return object && object != Py_None ? PyMethod_New(self, object) : py_keep(self);
}

static bool is_either(PyObject *name, PyObject *first, PyObject *second)
{
    return name == first || name == second || PyUnicode_Compare(name, first) == 0 ||
           PyUnicode_Compare(name, second) == 0;
}

/* Pickled by name, as a function is: unpickling finds whatever stands there then. */
static PyObject *reduce_by_name(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyObject_GetAttr(((struct hook *)self)->original, names.__qualname__);
}

static PyMethodDef reduce_method = {"__reduce_ex__", reduce_by_name, METH_VARARGS, NULL};

static PyObject *hook_getattro(PyObject *self, PyObject *name)
{
    struct hook *hook = (struct hook *)self;

    /* these must reach the hook and not what it stands for */
    if (is_either(name, names.__get__, names.__call__))
        return PyObject_GenericGetAttr(self, name);
    /* a method descriptor of C reduces itself rightly: to getattr(type, name) */
    if (PyFunction_Check(hook->original) && is_either(name, names.__reduce__, names.__reduce_ex__))
        return PyCFunction_NewEx(&reduce_method, self, NULL);
    return PyObject_GetAttr(hook->original, name);
}

/* For those who look past tp_getattro, as inspect.getdoc does. */
static PyObject *hook_doc(PyObject *self, void *unused)
{
    (void)unused;
    return PyObject_GetAttrString(((struct hook *)self)->original, "__doc__");
}

static int hook_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    return PyObject_SetAttr(((struct hook *)self)->original, name, value);
}

static PyObject *hook_repr(PyObject *self)
{
    return PyObject_Repr(((struct hook *)self)->original);
}

PyObject *hook_original(PyObject *object)
{
    return Py_TYPE(object) == hook_type ? ((struct hook *)object)->original : object;
}

/* What stood there before and what stands there now are the same method: a callback that was given away before an
 * attach is found again after it. */
static PyObject *hook_richcompare(PyObject *self, PyObject *other, int how)
{
    return PyObject_RichCompare(hook_original(self), hook_original(other), how);
}

static Py_hash_t hook_hash(PyObject *self)
{
    return PyObject_Hash(hook_original(self));
}

static int hook_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct hook *)self)->original);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

/* There is no tp_clear: finalizers may call a hook as long as it is there, and cycles go through functions, which
 * the collector clears. */
static void hook_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    if (((struct hook *)self)->weak_list)
        PyObject_ClearWeakRefs(self);
    py_drop(((struct hook *)self)->original);
    PyObject_GC_Del(self);
    py_drop((PyObject *)type);
}

static PyMemberDef hook_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(struct hook, vectorcall), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(struct hook, weak_list), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef hook_getset[] = {
    {"__doc__", hook_doc, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot hook_slots[] = {
    {Py_tp_getset, hook_getset},
    {Py_tp_members, hook_members},
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_descr_get, (void *)hook_descr_get},
    {Py_tp_getattro, (void *)hook_getattro},
    {Py_tp_setattro, (void *)hook_setattro},
    {Py_tp_repr, (void *)hook_repr},
    {Py_tp_traverse, (void *)hook_traverse},
    {Py_tp_richcompare, (void *)hook_richcompare},
    {Py_tp_hash, (void *)hook_hash},
    {Py_tp_dealloc, (void *)hook_dealloc},
    {0, NULL},
};

static PyType_Spec hook_spec = {
    .name = "scopetrace.hook",
    .basicsize = sizeof(struct hook),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = hook_slots,
};

int hook_setup(void)
{
    if (!hook_type)
        hook_type = (PyTypeObject *)PyType_FromSpec(&hook_spec);
    if (!hook_type)
        PyErr_Clear();
    return hook_type ? 0 : -1;
}

Py_ssize_t hook_caller_of(PyObject *function)
{
    Py_ssize_t offset = PyFunction_Type.tp_vectorcall_offset;

    return PyFunction_Check(function) && offset > 0 && offset < PyFunction_Type.tp_basicsize ? offset : 0;
}

/* Past what the interpreter does for callables that it knows nothing of. */
static OFTEN PyObject *call_function(PyObject *function, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    vectorcallfunc call = *(vectorcallfunc *)(void *)((char *)function + PyFunction_Type.tp_vectorcall_offset);

    return call(function, args, nargsf, kwnames);
}

PyObject *hook_new(PyObject *original, hook_around around, const void *owner, const void *point)
{
    struct hook *hook = PyObject_GC_New(struct hook, hook_type);

    if (!hook) {
        PyErr_Clear();
        return NULL;
    }
    hook->vectorcall = point == &hook_unasked ? unasked_vectorcall : hook_vectorcall;
    hook->weak_list = NULL;
    hook->original = py_keep(original);
    hook->call = hook_caller_of(original) ? call_function : PyObject_Vectorcall;
    hook->around = around;
    hook->owner = owner;
    hook->point = point;
    PyObject_GC_Track((PyObject *)hook);
    return (PyObject *)hook;
}

bool hook_fits(PyObject *original)
{
    return PyCallable_Check(original) && PyType_HasFeature(Py_TYPE(original), Py_TPFLAGS_METHOD_DESCRIPTOR);
}

bool hook_may_replace(PyObject *type, const char *name)
{
    PyObject *dict = py_attribute(type, names.__dict__);
    PyObject *now = dict ? PyMapping_GetItemString(dict, name) : NULL;
    bool may = now && (Py_TYPE(now) == hook_type || hook_fits(now));

    if (!now)
        PyErr_Clear();
    py_drop(now);
    py_drop(dict);
    return may;
}

int hook_python_method(PyObject *type, const char *name, hook_around around, const void *owner, const void *point)
{
    PyObject *dict = py_attribute(type, names.__dict__);
    PyObject *original = dict ? PyMapping_GetItemString(dict, name) : NULL;
    PyObject *hook;
    int failed = -1;

    py_drop(dict);
    if (!original) {
        PyErr_Clear();
        return -1;
    }
    if (Py_TYPE(original) == hook_type) {
        py_drop(original);
        return 0;
    }
    hook = hook_fits(original) ? hook_new(original, around, owner, point) : NULL;
    if (hook)
        failed = PyObject_SetAttrString(type, name, hook);
    if (failed)
        PyErr_Clear();
    else
        hook_registry_add(type, name, hook, original, false);
    py_drop(hook);
    py_drop(original);
    return failed;
}

PyObject *hook_argument(PyObject *const *args, size_t nargsf, PyObject *kwnames, Py_ssize_t position,
                        const char *keyword)
{
    Py_ssize_t given = PyVectorcall_NARGS(nargsf);
    Py_ssize_t keywords = kwnames ? PyTuple_Size(kwnames) : 0;

    if (position < given)
        return args[position];
    for (Py_ssize_t i = 0; keyword && i < keywords; i++)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GetItem(kwnames, i), keyword) == 0)
            return args[given + i];
    return NULL;
}
