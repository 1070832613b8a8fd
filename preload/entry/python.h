/* SPDX-License-Identifier: MIT */
/*
 * The interpreter as the entry sees it: a handful of functions found by name, since this library is loaded
 * into every process and may not depend on Python.
 *
 * Runs in: the target. All of them are in the stable ABI but those marked optional (NULL where missing).
 */
#ifndef SCOPETRACE_ENTRY_PYTHON_H
#define SCOPETRACE_ENTRY_PYTHON_H

struct python {
    void *(*thread_state)(void); /* PyGILState_GetThisThreadState: NULL on threads that are not Python's */
    int (*gil_ensure)(void);
    void (*gil_release)(int state);
    void *(*sys_object)(const char *name);           /* PySys_GetObject: borrowed, raises nothing */
    void *(*dict_get)(void *dict, const char *name); /* PyDict_GetItemString: borrowed, raises nothing */
    void (*error_fetch)(void **type, void **value, void **traceback);
    void (*error_restore)(void *type, void *value, void *traceback);
    const char *(*version)(void);
    int (*finalizing)(void);    /* optional: Py_IsFinalizing, _Py_IsFinalizing before 3.13 */
    void *(*interpreter)(void); /* optional: PyInterpreterState_Get, 3.9 */
};

/* The interpreter of this process; NULL: there is none (as far as has been looked). Any thread. */
const struct python *python_find(void);

/* The same, without looking. */
const struct python *python_found(void);

#endif
