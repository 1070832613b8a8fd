/* SPDX-License-Identifier: MIT */
/*
 * The coded values that events carry: one byte each on the wire.
 *
 * Runs in: both. The agent writes these numbers into the ring buffer, the analyzer reads them from
 * traces that may be years old: never renumber, only append.
 */
#ifndef SCOPETRACE_TRACEPOINTS_VALUES_H
#define SCOPETRACE_TRACEPOINTS_VALUES_H

/* Version of the event schema, carried by `runtime`. Fields and events are only ever added; a reader that meets a
 * higher number reads what it knows. From 2 on an announcement is told piece by piece, ends with `announced`, and
 * has the open requests in it. */
#define SCOPETRACE_SCHEMA_VERSION 2

/* runtime.state: what became of the interpreter that announces itself. */
enum runtime_state {
    RUNTIME_TRACED = 0,  /* hooks are in place */
    RUNTIME_REFUSED = 1, /* runtime.reason says why: too old, free-threaded, sub-interpreter */
};

/* task_cancel.source, task_uncancel.source: on whose behalf the counter changed. */
enum request_source {
    SOURCE_DIRECT = 0,    /* no scope operation was running: user code (the stack says which) */
    SOURCE_SCOPE = 1,     /* an operation of a scope: `scope` delivers, `origin` is the cause */
    SOURCE_INTERRUPT = 2, /* asyncio.Runner acting on SIGINT */
    SOURCE_SHUTDOWN = 3,  /* a loop that shuts down cancels what is left (Runner.close) */
};

/* scope_exit.exception_in: what the with-block ended with. */
enum exit_exception {
    EXIT_WITH_NONE = 0,
    EXIT_WITH_CANCELLED = 1,       /* CancelledError */
    EXIT_WITH_CANCELLED_GROUP = 2, /* an exception group that holds a CancelledError */
    EXIT_WITH_OTHER = 3,
    EXIT_WITH_GENERATOR_EXIT = 4, /* the coroutine is being closed or destroyed */
};

/* scope_exit.outcome: what the exit method did with it. */
enum exit_outcome {
    EXIT_PROPAGATED = 0,     /* returned false: what came in goes on */
    EXIT_SWALLOWED = 1,      /* returned true */
    EXIT_RAISED_CANCEL = 2,  /* raised CancelledError itself (or a group that holds one) */
    EXIT_RAISED_TIMEOUT = 3, /* raised TimeoutError */
    EXIT_RAISED_OTHER = 4,   /* scope_exit.raised names the type */
};

/* task_done.how, task_end.how */
enum task_how {
    TASK_OPEN = 0, /* not done: destroyed while pending, or alive at exit */
    TASK_FINISHED = 1,
    TASK_CANCELLED = 2,
    TASK_FAILED = 3,
};

/* task_cancel.handling, task_look.handling: whether the task, on which a direct request was open already, was
 * dealing with an exception at that moment, in any of the coroutines that it was suspended in. */
enum task_handling {
    HANDLING_UNKNOWN = 0,   /* not looked at, or it cannot be told */
    HANDLING_EXCEPTION = 1, /* in an except or finally block, or one is kept in a variable */
    HANDLING_NOTHING = 2,   /* what was thrown into it has been stopped */
};

/* scope_cancel.how */
enum cancel_how {
    CANCEL_CALLED = 0,   /* somebody called the scope's cancel method */
    CANCEL_DEADLINE = 1, /* its deadline passed */
    CANCEL_CHILD = 2,    /* a child task failed and its group cancels itself */
};

/* provider.traits: what the rules need to know of a kind of scope; they never look at its name. */
enum provider_trait {
    TRAIT_LEVEL_TRIGGERED = 1u << 0, /* an undelivered cancel is delivered again and again */
    TRAIT_HANDS_UP = 1u << 1,        /* exit may leave its requests to an enclosing cancelled scope */
    TRAIT_RAISES_TIMEOUT = 1u << 2,  /* swallows by raising TimeoutError */
    TRAIT_RAISES_GROUP = 1u << 3,    /* swallows by raising an exception group */
    TRAIT_REARMS = 1u << 4,          /* exit may take a request back and raise it again (hand-back) */
    TRAIT_TAKES_BACK = 1u << 5,      /* is meant to take back what it raised */
    TRAIT_GROUP = 1u << 6,           /* cancels child tasks as well as its host */
    TRAIT_NO_COUNTER = 1u << 7,      /* works without Task.cancel() (Trio): tree and nesting rules only */
    TRAIT_REUSABLE = 1u << 8,        /* may be cancelled before entry, or entered again */
    TRAIT_DESCRIBED = 1u << 9,       /* by the user: beside its module lies the program's own code */
    TRAIT_STOPS_IN_WAIT = 1u << 10,  /* its group stops what comes while it waits for its children */
};

#endif
