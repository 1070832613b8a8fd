/* SPDX-License-Identifier: MIT */
#include "preload/agent/python_api.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/agent/of_interpreter.h"

struct python_names names OF_INTERPRETER;

/* How often this thread is between the two. */
static __thread uint32_t begun;
uint32_t py_work_threads;

/* 3.13 and later; the older PyWeakref_GetObject is on its way out. */
static int (*weakref_get_ref)(PyObject *, PyObject **);
static PyObject *(*weakref_get_object)(PyObject *);

/* The second: 3.13 and later. */
static int (*is_finalizing)(void);

static PyObject *modules OF_INTERPRETER; /* owned */
PyObject *py_infinity OF_INTERPRETER;    /* likewise */

void py_find_symbol(void *ret_address, const char *name)
{
    void *symbol = dlsym(RTLD_DEFAULT, name);

    memcpy(ret_address, &symbol, sizeof(symbol));
}

static int intern_names(void)
{
#define PYTHON_NAME_INTERN(name)                                                                                  \
    if (!names.name)                                                                                              \
        names.name = PyUnicode_InternFromString(#name);                                                           \
    if (!names.name)                                                                                              \
        return -1;
    PYTHON_NAMES(PYTHON_NAME_INTERN)
    return 0;
}

int python_api_setup(void)
{
    py_find_symbol(&weakref_get_ref, "PyWeakref_GetRef");
    py_find_symbol(&weakref_get_object, "PyWeakref_GetObject");
    if (!weakref_get_ref && !weakref_get_object)
        return -1;
    py_find_symbol(&is_finalizing, "_Py_IsFinalizing");
    if (!is_finalizing)
        py_find_symbol(&is_finalizing, "Py_IsFinalizing");
    if (!modules)
        modules = py_keep(PyImport_GetModuleDict());
    return intern_names();
}

/* ---- exceptions of others ---- */

struct put_off {
    PyObject *type, *value, *traceback;
};

static int raise_again(void *data)
{
    struct put_off exception = *(struct put_off *)data;

    free(data);
    PyErr_Restore(exception.type, exception.value, exception.traceback);
    return -1;
}

/* Only in the main thread do signal handlers run; elsewhere it is another thread that has sent the exception. */
static void put_off(void)
{
    struct put_off exception, *kept = gettid() == getpid() ? malloc(sizeof(*kept)) : NULL;

    PyErr_Fetch(&exception.type, &exception.value, &exception.traceback);
    if (kept) {
        *kept = exception;
        if (Py_AddPendingCall(raise_again, kept) == 0)
            return;
        free(kept);
    } else {
        (void)PyThreadState_SetAsyncExc(PyThread_get_thread_ident(), exception.type);
    }
    py_drop(exception.type);
    py_drop(exception.value);
    py_drop(exception.traceback);
}

void py_forget_exception(void)
{
    /* what look-ups and calls of ours raise is of neither kind; TimeoutError is what handlers of alarms raise */
    if (PyErr_Occurred() &&
        (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_TimeoutError)))
        put_off();
    PyErr_Clear();
}

/* ---- */

PyObject *py_attribute(PyObject *object, PyObject *name)
{
    PyObject *value = PyObject_GetAttr(object, name);

    if (!value)
        py_forget_exception();
    return value;
}

PyObject *py_attribute_named(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);

    if (!value)
        py_forget_exception();
    return value;
}

PyObject *py_attribute_itself(PyObject *object, PyObject *name)
{
    PyObject *value = PyObject_GenericGetAttr(object, name);

    if (!value)
        py_forget_exception();
    return value;
}

bool py_attribute_true(PyObject *object, PyObject *name)
{
    PyObject *value = name ? py_attribute(object, name) : NULL;
    bool truth = value && py_true(value);

    py_drop(value);
    return truth;
}

PyObject *py_call(PyObject *function, PyObject *argument)
{
    PyObject *arguments[] = {NULL, argument};
    PyObject *result = PyObject_Vectorcall(function, arguments + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);

    if (!result)
        py_forget_exception();
    return result;
}

PyObject *py_ask(PyObject *function, PyObject *argument)
{
    PyObject *result = PyObject_CallOneArg(function, argument);

    /* an object that is not initialized, or too little of something */
    if (!result && (PyErr_ExceptionMatches(PyExc_AttributeError) || PyErr_ExceptionMatches(PyExc_MemoryError) ||
                    PyErr_ExceptionMatches(PyExc_RecursionError)))
        PyErr_Clear();
    else if (!result)
        put_off();
    return result;
}

PyObject *py_code_of(PyObject *function)
{
    if (PyFunction_Check(function))
        return py_keep(PyFunction_GetCode(function));
    return py_attribute_named(function, "__code__");
}

const PyMethodDef *py_method_definition(PyTypeObject *type, PyObject *descriptor, const char *name)
{
    const PyMethodDescrObject *method = (const PyMethodDescrObject *)descriptor;

    if (Py_TYPE(descriptor) != &PyMethodDescr_Type || method->d_common.d_type != type)
        return NULL;
    return method->d_method->ml_name && !strcmp(method->d_method->ml_name, name) ? method->d_method : NULL;
}

PyObject *py_modules(void)
{
    return modules;
}

bool py_is_finalizing(void)
{
    return is_finalizing && is_finalizing();
}

PyObject *py_item(PyObject *dict, const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    PyObject *value = key ? PyDict_GetItemWithError(dict, key) : NULL;

    if (!value)
        py_forget_exception();
    py_drop(key);
    return value;
}

static PyObject *find_module(const char *name)
{
    return PyDict_Check(modules) ? py_item(modules, name) : NULL;
}

static bool is_lazy(PyObject *module)
{
    return !strcmp(Py_TYPE(module)->tp_name, "_LazyModule");
}

PyObject *py_lazy_module(const char *name)
{
    PyObject *module = find_module(name);

    return module && is_lazy(module) ? module : NULL;
}

PyObject *py_module(const char *name)
{
    PyObject *module = find_module(name);

    return module && module != Py_None && !is_lazy(module) ? module : NULL;
}

/* Of modules that are there the program's `__import__` need not hear. */
PyObject *py_import(const char *name)
{
    PyObject *module = py_module(name);

    module = module ? py_keep(module) : PyImport_ImportModule(name);
    if (!module)
        py_forget_exception();
    return module;
}

bool py_module_is_ready(PyObject *module, const char *last)
{
    PyObject *value = py_attribute_named(module, last);
    PyObject *spec = value ? NULL : py_attribute(module, names.__spec__);
    bool ready = value || (spec && !py_attribute_true(spec, names._initializing));

    py_drop(value);
    py_drop(spec);
    return ready;
}

static PyObject *weak_get_ref(PyObject *weak)
{
    PyObject *object = NULL;

    if (weakref_get_ref(weak, &object) < 0)
        PyErr_Clear();
    return object;
}

PyObject *py_weak_get(PyObject *weak)
{
    PyObject *object;

    if (weakref_get_ref)
        return weak_get_ref(weak);
    object = weakref_get_object(weak);
    if (!object)
        PyErr_Clear();
    return object && object != Py_None ? py_keep(object) : NULL;
}

/* Without a callback it refers to nothing. */
PyObject *py_weak_new(PyObject *object)
{
    PyObject *weak = PyWeakref_NewRef(object, NULL);

    if (weak)
        PyObject_GC_UnTrack(weak);
    else
        py_forget_exception();
    return weak;
}

const PyObject *py_weak_target(PyObject *weak)
{
    PyObject *object;

    if (weakref_get_object) {
        object = weakref_get_object(weak);
        return object == Py_None ? NULL : object;
    }
    object = weak_get_ref(weak);
    py_drop(object);
    return object;
}

/* The length of the longest prefix of at most `limit` bytes that does not cut a character. */
static size_t whole_characters(const char *text, size_t length, size_t limit)
{
    if (length <= limit)
        return length;
    while (limit > 0 && ((unsigned char)text[limit] & 0xC0u) == 0x80u)
        limit--;
    return limit;
}

static void copy_bytes(const char *text, Py_ssize_t length, char *buffer, size_t size)
{
    size_t kept = whole_characters(text, (size_t)length, size - 1);
    const char *end = memchr(text, '\0', kept);

    if (end)
        kept = (size_t)(end - text);
    memcpy(buffer, text, kept);
    buffer[kept] = '\0';
}

const char *py_text(PyObject *text, char *buffer, size_t size)
{
    const char *bytes;
    Py_ssize_t length;
    PyObject *escaped;

    buffer[0] = '\0';
    if (!text || !PyUnicode_Check(text))
        return buffer;
    bytes = PyUnicode_AsUTF8AndSize(text, &length);
    if (bytes) {
        copy_bytes(bytes, length, buffer, size);
        return buffer;
    }
    /* lone surrogates, as in file names that are not UTF-8 */
    PyErr_Clear();
    escaped = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    if (escaped) {
        copy_bytes(PyBytes_AsString(escaped), PyBytes_Size(escaped), buffer, size);
        py_drop(escaped);
    } else {
        PyErr_Clear();
    }
    return buffer;
}

const char *py_text_attribute(PyObject *object, const char *name, char *buffer, size_t size)
{
    PyObject *value = object ? py_attribute_named(object, name) : NULL;

    py_text(value, buffer, size);
    py_drop(value);
    return buffer;
}

/* importlib's own: os holds an instance. */
const PyTypeObject *py_usual_class(void)
{
    PyObject *spec = py_attribute(py_module("os"), names.__spec__);
    const PyTypeObject *class = spec ? Py_TYPE(spec) : NULL;

    py_drop(spec);
    return class;
}

void py_find_infinity(void)
{
    PyObject *math = py_infinity ? NULL : py_module("math");

    if (math)
        py_infinity = py_attribute_named(math, "inf");
}

void py_work_begin_clean(struct py_work *work)
{
    work->saved_errno = errno;
    work->type = work->value = work->traceback = NULL;
    work->begun = &begun;
    ++*work->begun;
    py_work_threads++;
    work->thread = PyThreadState_Get();
    PyThreadState_EnterTracing(work->thread);
}

void py_work_begin(struct py_work *work)
{
    py_work_begin_clean(work);
    if (PyErr_Occurred())
        PyErr_Fetch(&work->type, &work->value, &work->traceback);
}

void py_work_end(struct py_work *work)
{
    PyThreadState_LeaveTracing(work->thread);
    if (PyErr_Occurred())
        py_forget_exception();
    if (work->type)
        PyErr_Restore(work->type, work->value, work->traceback);
    py_work_threads--;
    --*work->begun;
    errno = work->saved_errno;
}

bool py_work_busy_here(void)
{
    return begun != 0;
}

void py_work_forked(void)
{
    py_work_threads = begun;
}
