/* SPDX-License-Identifier: MIT */
/* Fork, descriptors and threads of LTTng. Runs in: the target. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include "preload/agent/process.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lttng/ust-fork.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "preload/agent/agent.h"
#include "preload/agent/emission.h"
#include "preload/agent/emit.h"

/* Exported by liblttng-ust-common since 2.13, declared in a public header from 2.15 on. */
int lttng_ust_safe_close_fd(int fd, int (*close_cb)(int fd));

uint32_t process_forked;

static bool threads_are_ours;
/* liblttng-ust-fork is there too and does LTTng's part of each fork: twice would be a deadlock. */
static bool fork_is_handled;
/* The forking thread's signal mask. One per thread: several may fork at once. */
static __thread sigset_t mask_before_fork;

static void before_fork(void)
{
    /* Filled in beforehand: LTTng leaves it alone when it is LTTng itself that forks. */
    pthread_sigmask(SIG_SETMASK, NULL, &mask_before_fork);
    if (!fork_is_handled) {
        lttng_ust_before_fork(&mask_before_fork);
    }
}

static void after_fork_in_parent(void)
{
    if (!fork_is_handled) {
        lttng_ust_after_fork_parent(&mask_before_fork);
    }
}

static void after_fork_in_child(void)
{
    __atomic_store_n(&process_forked, 1, __ATOMIC_RELAXED);
    if (!fork_is_handled) {
        pthread_sigmask(SIG_SETMASK, &mask_before_fork, NULL);
    }
}

void process_setup(const struct bridge_entry *entry)
{
    static bool done;
    if (done) {
        return;
    }
    done = true;
    threads_are_ours = entry == NULL || entry->lttng_was_there == 0;
    fork_is_handled = dlopen("liblttng-ust-fork.so.1", RTLD_NOLOAD | RTLD_LAZY) != NULL;
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static void wake_lttng(void)
{
    sigset_t all;
    sigset_t programs_own;
    sigfillset(&all);
    /* LTTng's new threads inherit the mask; the function itself puts the program's back. */
    pthread_sigmask(SIG_SETMASK, &all, &programs_own);
    lttng_ust_after_fork_child(&programs_own);
    pthread_sigmask(SIG_SETMASK, &programs_own, NULL);
}

void process_begin_anew(void)
{
    if (__atomic_exchange_n(&process_forked, 0, __ATOMIC_RELAXED) == 0) {
        return;
    }
    int saved_errno = errno;
    if (!fork_is_handled) {
        wake_lttng();
    }
    emission_enter_process();
    agent_after_fork_in_child();
    errno = saved_errno;
}

/* Whether Python forked in order to exec: subprocess with a preexec_fn. */
static bool is_about_to_exec(void)
{
    PyFrameObject *frame = PyEval_GetFrame();
    if (frame == NULL) {
        return false;
    }
    PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    PyObject *name = PyObject_GetAttrString(code, "co_name");
    bool result = name != NULL && PyUnicode_CompareWithASCIIString(name, "_execute_child") == 0;
    Py_DecRef(name);
    Py_DecRef(code);
    PyErr_Clear();
    return result;
}

static PyObject *python_forked(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    if (!is_about_to_exec()) {
        process_begin_anew();
    }
    Py_IncRef(Py_None);
    return Py_None;
}

static PyMethodDef python_forked_method = {"after_fork", python_forked, METH_NOARGS, NULL};

/* posix.register_at_fork(after_in_child=function): the function behind os.register_at_fork. */
static void register_at_fork(PyObject *posix, PyObject *function)
{
    PyObject *method = PyObject_GetAttrString(posix, "register_at_fork");
    PyObject *positional = PyTuple_New(0);
    PyObject *keywords = PyDict_New();
    if (method != NULL && positional != NULL && keywords != NULL &&
        PyDict_SetItemString(keywords, "after_in_child", function) == 0) {
        Py_DecRef(PyObject_Call(method, positional, keywords));
    }
    Py_DecRef(keywords);
    Py_DecRef(positional);
    Py_DecRef(method);
}

void process_follow_forks(void)
{
    static bool done;
    if (done) {
        return;
    }
    done = true;
    PyObject *posix = PyImport_ImportModule("posix");
    PyObject *function = PyCFunction_NewEx(&python_forked_method, NULL, NULL);
    if (posix != NULL && function != NULL) {
        register_at_fork(posix, function);
    }
    Py_DecRef(function);
    Py_DecRef(posix);
    PyErr_Clear(); /* without the hook LTTng begins anew at the first emission */
}

int process_close_fd(int fd, int (*real_close)(int fd))
{
    return lttng_ust_safe_close_fd(fd, real_close);
}

/* LTTng names its threads after the program, with this at the end. */
static bool is_lttngs_thread(int tasks, const char *tid)
{
    static const char suffix[] = "-ust\n";
    char path[32];
    char name[32];
    if (snprintf(path, sizeof path, "%.20s/comm", tid) <= 0) {
        return false;
    }
    int fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t length = read(fd, name, sizeof name);
    close(fd);
    const ssize_t tail = sizeof suffix - 1;
    return length >= tail && memcmp(name + length - tail, suffix, (size_t)tail) == 0;
}

uint32_t process_own_threads(void)
{
    DIR *tasks = threads_are_ours ? opendir("/proc/self/task") : NULL;
    if (tasks == NULL) {
        return 0;
    }
    uint32_t count = 0;
    const struct dirent *task;
    while ((task = readdir(tasks)) != NULL) {
        if (task->d_name[0] != '.' && is_lttngs_thread(dirfd(tasks), task->d_name)) {
            count++;
        }
    }
    closedir(tasks);
    return count;
}
