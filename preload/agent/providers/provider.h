/* SPDX-License-Identifier: MIT */
/*
 * The description of one kind of scope: which class, which of its methods do what. Adding a provider is one
 * file beside this one and one line in providers/provider.c.
 *
 * Runs in: the target. All of it is constant data; what changes is in provider_state.
 */
#ifndef SCOPETRACE_AGENT_PROVIDERS_PROVIDER_H
#define SCOPETRACE_AGENT_PROVIDERS_PROVIDER_H

#include <stddef.h>

#include "preload/agent/attribute.h"
#include "preload/agent/python_api.h"
#include "preload/agent/seldom.h"
#include "preload/control.h"
#include "preload/tables.h"
#include "tracepoints/values.h"

enum scope_operation {
    SCOPE_ENTER,
    SCOPE_EXIT,
    SCOPE_CLOSE,             /* an exit that is given the exception and returns what is left of it */
    SCOPE_CANCEL,            /* the scope-level cancel method */
    SCOPE_DELIVER,           /* delivers for the scope in its first argument, or for itself */
    SCOPE_EXPIRE,            /* calls the cancel method because the deadline passed: known, not hooked */
    SCOPE_IMPLICIT_DEADLINE, /* is the cancel, if it cancels anything: the deadline passed */
    SCOPE_IMPLICIT_CHILD,    /* likewise: a child task failed, or the group's body did */
};

struct provider_method {
    const char *name;
    enum scope_operation operation;
    bool required; /* without it the class is not what we know: it is left alone */
};

/* Attributes of a scope object; NULL = it has none such. */
struct provider_attributes {
    const char *shield;
    const char *deadline;  /* seconds on the loop's clock; None or infinity = none */
    const char *parent;    /* the enclosing scope */
    const char *cancelled; /* whether its cancel was called */
    const char *active;    /* still true after a failed exit */
    const char *host;      /* the task that entered it, while it is entered */
    const char *entering;  /* what its entry method sets to another object */
    const char *exiting;   /* what its exit method sets to another object */
};

/* What it means that an exit method returns when it was given an exception. Where that is known, coroutines are
 * followed as coroutine_end.h says; the object may be gone when such an exit is over, so that a provider of this
 * kind has no attribute `cancelled` or `active`, which are asked for then. */
enum provider_return {
    PROVIDER_RETURN_TELLS,    /* true: the exception is swallowed */
    PROVIDER_RETURN_SWALLOWS, /* that, always: it raises where it does not */
    PROVIDER_RETURN_PASSES,   /* the exception goes on, always: it returns None */
};

struct provider {
    const char *kind;     /* for people: "anyio.CancelScope" */
    const char *module;   /* as in sys.modules */
    const char *qualname; /* of the class in that module */
    const char *package;  /* the module whose folder is the provider's own code, and names its distribution; of one
                             that the user described, the file alone, and nothing is known of a distribution */
    const char *maker_module;   /* NULL: none */
    const char *const *makers;  /* functions that make one and return it, for others to enter; ends with NULL */
    const char *cancel_methods; /* its scope-level cancels, joined by commas */
    uint32_t traits;
    const char *newer; /* an attribute of the class that it has from some version on; NULL: none is asked for */
    uint32_t older_traits;            /* more traits, of versions without that attribute */
    enum provider_return exit_return; /* of its exit method */
    struct provider_attributes attributes;
    const struct provider_method *methods; /* ends with a NULL name */
};

#define PROVIDER_PROBLEM_BYTES 512u
#define PROVIDER_TEXT_BYTES 64u
/* Of all kinds: ours, and those that users described. */
#define PROVIDER_MOST 48u
/* Methods of one. */
#define PROVIDER_METHODS CONTROL_METHODS
#define PROVIDER_DESCRIBED 32u

/* What is known of a provider in this process. */
struct provider_state {
    PyObject *class; /* owned; NULL = not hooked yet */
    const struct provider *provider;
    uint32_t number; /* provider_number() */
    uint32_t package_number;
    bool plain;          /* what each entry and exit reads of its objects is read without running Python code */
    bool placed;         /* and has its place in them, of which the class says where it is */
    bool checked;        /* an object of it was seen to have the attributes */
    bool given_up;       /* its class is not what we know */
    bool unhooked;       /* its class is known, its methods are the original ones again */
    bool unwanted;       /* described for an earlier recording: leave it alone */
    uint32_t successors; /* classes that came after the first, as the module was executed anew */
    /* provider.attributes */
    struct attribute shield, deadline, parent, cancelled, active, host, entering, exiting;
    char problem[PROVIDER_PROBLEM_BYTES]; /* what is not as described: a sentence without its full stop; "" = none
                                           */
    uint32_t traits;                      /* of this version */
    /* for who reads the tables from outside, where constant data is not, as are the traits */
    char kind[PROVIDER_TEXT_BYTES], module[PROVIDER_TEXT_BYTES];
};

extern const struct provider *provider_table[PROVIDER_MOST];
extern size_t provider_count;

/* Adds one that lives as long as the process. False: the table is full. */
bool provider_add(const struct provider *provider);

/* 1, 2, …: the number in events. */
uint32_t provider_number(const struct provider *provider);
struct provider_state *provider_state(const struct provider *provider);

/* Hooks the provider's class if its module holds it by now. Returns whether nothing is left to do. */
bool provider_hook(const struct provider *provider);

/* Whether there are any but those that are built in. */
bool provider_any_described(void);

/* Whether a class is outstanding whose definition no import tells of. */
bool provider_is_main_due(void);

/* Says, once, which attributes of the description this object has not. */
SELDOM void provider_check_object(struct provider_state *state, PyObject *object);
static inline void provider_check(struct provider_state *state, PyObject *object)
{
    if (!state->checked)
        provider_check_object(state, object);
}

/* Whether each attribute that an entry or exit reads is where attribute_in_place() takes it from. */
static inline bool provider_has_places(const struct provider_state *state, PyObject *object)
{
    return state->placed && Py_TYPE(object) == (PyTypeObject *)state->class;
}

/* The hooks of all classes were removed: provider_hook() is to put them there again. */
void provider_unhook_all(void);
/* At the interpreter's end: the classes are its own again. */
void provider_let_go(void);

/* Emits `provider` and `package` for all that are hooked. */
void provider_announce_all(bool statedump);

extern struct tables_list provider_table_of_states;

extern const struct provider provider_anyio, provider_asyncio_timeout, provider_asyncio_taskgroup,
    provider_async_timeout, provider_aiohttp_timer, provider_asgiref_timeout, provider_quattro, provider_trio;

#endif
