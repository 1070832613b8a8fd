/* SPDX-License-Identifier: MIT */
/*
 * The state that one pass over a trace keeps: per process a world of tasks, scopes and their ledgers.
 *
 * Runs in: the command. Internal to analyzer/core and analyzer/rules. Single-threaded. A world owns all that
 * it points to; memory is bounded by what is alive in the traced process, plus fixed numbers of exited scopes
 * (late events may still name them), plus the trace tree.
 *
 * Order: every event has an ordinal (`order`), 1, 2, 3 … within its world; it decides what came before what
 * where times are equal. Late news (a scope announced after its entry) get the order of the announcement.
 */
#ifndef SCOPETRACE_CORE_MODEL_H
#define SCOPETRACE_CORE_MODEL_H

#include <glib.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/core/cache.h"
#include "analyzer/core/event.h"
#include "analyzer/core/pool.h"
#include "analyzer/core/report.h"
#include "analyzer/core/rule.h"
#include "analyzer/core/serial_table.h"

struct analysis;
struct group;
struct tree_node;

/* Something that happened: when, where, by whom. Strings are reference counted, NULL = none. */
struct mark {
    uint64_t time_ns; /* 0: it did not happen, or nobody saw it */
    uint64_t order;
    uint32_t tick;
    struct stack_id stack;
    struct task_id by; /* serial 0: no task */
    char *by_name;
    char *reason;
};

/* A kind of scope, as the process announced it. */
struct provider {
    uint32_t traits; /* enum provider_trait */
    char *kind;
};

/* Code that raises and takes back on its own account, not described by a provider: file and class.
 * Interned: equal sources are one pointer. */
struct generic_source {
    char *file;
    char *class_name; /* "": a plain function */
    char *function;   /* the function alone, when there is no class */
    bool nested;      /* a function or lambda inside it: made anew for each call */
};

/* One enter of a scope. Reference counted: requests may outlive it. Four lines of the cache. */
struct scope {
    alignas(CACHE_LINE) union {
        struct serial_item item; /* in the world's table */
        struct scope_id id;
    };
    unsigned refs;
    uint32_t entry;
    struct task *host; /* NULL: none, or over */
    union {
        struct scope *around; /* while it is open on its host: the next one further out; NULL: none */
        struct scope *next;   /* in the list that it is in, of those remembered */
    };
    const struct provider *provider; /* NULL: unknown */
    struct task_id host_id;
    uint32_t outer_entry;
    uint8_t exception_in, outcome;
    bool known : 1;    /* its entry was announced */
    bool open : 1;     /* entered and not exited */
    bool late : 1;     /* alive before the trace began: what happened before is not known */
    bool lazy : 1;     /* announced when something was cancelled: order by time, not by announcement */
    bool doubtful : 1; /* events of its host were missed while it was open */
    bool shield : 1;
    bool was_cancelled : 1;  /* a scope-level cancel is, or was, in effect */
    bool reported : 1;       /* a finding speaks of it: other rules keep silent about the same cause */
    bool newest : 1;         /* in the world's table */
    bool retired : 1;        /* in one of the world's queues of exited scopes */
    bool raised : 1;         /* a request of its own, on its host */
    bool rearmed : 1;        /* its exit took a request and raised it again */
    bool host_destroyed : 1; /* its host went while it was still pending */
    bool of_child : 1;       /* `cancelled` has as its reason which child of the group failed */
    bool aclosed : 1;        /* its exit was that of a generator which that task was there to close */
    bool special : 1;        /* something is in the last line */
    struct mark entered;
    struct scope_id outer;            /* the innermost that was open on the host at the entry; serial 0: none */
    struct scope_id announced_parent; /* what the provider says encloses it */
    struct mark exited;
    uint32_t counter_before, counter_after;
    struct world *world;
    /* The last line, which is not even looked at for most scopes: `special` must be set with each of these. */
    alignas(CACHE_LINE) struct mark *cancelled; /* NULL: it was not, as far as anybody saw */
    struct take_back *hand_back;                /* taken from somebody else, as it seems; the exit will show */
    struct scope *lost_to;     /* the inner scope whose exit replaced this one's CancelledError; owned; NULL */
    struct scope *outlived_by; /* the outer scope that exited first; NULL */
    struct group *leak;        /* its requests are already counted there */
    struct group *robbed;      /* somebody took its request back */
    struct tree_node *node;    /* NULL: folded */
};

/* What a task is at while a request on it is open, the last time that the agent looked. */
struct look {
    enum task_handling handling; /* unknown: it never looked, or could not tell */
    uint64_t time_ns, order;
    uint32_t tick;           /* of the task's own thread; 0: not known */
    struct stack_id waiting; /* in which functions, when it handles nothing, or waits for a group's children */
};

/* It has the error, and will let it out when the children of its group have ended. */
static inline bool look_is_in_group(const struct look *look)
{
    return look->handling == HANDLING_EXCEPTION && look->waiting.node;
}

/* The task was cancelled once more when it had long stopped the error of the first request. */
struct outlived {
    char *until; /* by whom: "the asyncio.Timeout entered at … cancelled it too" */
    uint64_t time_ns, order;
    struct stack_id waiting;
};

/* Requests of a ledger, in the order they were raised. */
struct request {
    struct request *previous, *next;
    struct task *task;
    enum request_source source;
    bool propagated;                      /* raised inside another Task.cancel() */
    bool unknown;                         /* nobody saw it raised: it makes the ledger agree with the counter */
    bool doubtful;                        /* the counter fell unseen: perhaps it was this one that went */
    bool unmatched;                       /* reported by unmatched-cancel */
    bool swallowed;                       /* reported by swallowed-cancel */
    bool interrupted;                     /* Ctrl-C is behind it, through the groups that the task is in */
    struct scope *origin;                 /* owned reference; NULL: direct */
    struct scope *deliverer;              /* owned reference; NULL: direct */
    const struct generic_source *generic; /* NULL: none */
    struct task_id via;
    struct task_id
        held; /* who learns of its own request only when the task of this one has ended; serial 0: nobody */
    struct mark raised;
    enum task_handling handling; /* what its task was at then, if a direct request was open already */
    struct stack_id waiting;     /* in which functions its task waited then; node 0: nobody looked */
    struct outlived *outlived;   /* how it is known that the task ran on; NULL: it is not */
    struct scope *replaced_by; /* the group that raised its children's errors instead of this one's; owned; NULL */
    struct scope *kept_up; /* the last scope to be left that its origin may have handed it up to; owned; NULL */
    char *kept_by;         /* the task that it was passed on to, and that ran on and ended with a result; NULL */
    struct look look;
    uint32_t tid;       /* the thread it came from: ticks of two threads do not compare */
    uint32_t seen_tick; /* when a scope's exit let its error out, the last time: nobody had stopped it; 0: never */
    uint32_t last_tick; /* of the newest, when several are folded into one */
    uint32_t count;     /* units of the counter */
    uint32_t before;    /* the counter before the first */
    char *label;        /* reference counted, NULL */
    uint64_t *native;
    uint32_t native_count;
    struct group *leak; /* reported by leaked-cancel: a stale request from then on */
};

/* A task. Lives from its first mention to task_end. */
struct task {
    alignas(CACHE_LINE) union {
        struct serial_item item; /* in the world's table */
        struct task_id id;
    };
    struct scope *innermost; /* of those open on it, linked by `around`; each is a reference; NULL: none */
    char *name;              /* reference counted, NULL = unknown */
    struct request *first;
    uint32_t total; /* units in the ledger */
    uint32_t counter_last;
    uint32_t last_tick; /* the last sign of life of the task itself */
    uint32_t tid;       /* the thread that it runs in; 0: not known yet */
    bool known;         /* announced, not only mentioned */
    bool over;
    bool over_promptly_known; /* task_done said when; else only task_end, which may come late */
    bool involved;
    bool stormy; /* deliveries are being counted, see below */
    /* Up to here it is what an event that changes nothing looks at: one line. */
    struct request *last;
    struct world *world;
    struct task_id parent;
    char *coroutine; /* reference counted, NULL = unknown */
    uint64_t order;  /* of its first mention */
    enum task_how how;
    uint32_t over_tick;
    uint32_t counter_max;
    uint32_t to_tell;       /* units of the counter that the announcement under way will speak of */
    unsigned awaited;       /* live tasks that a request on this one was passed on to */
    uint32_t delivery_tick; /* when the last of them ended: only then does this one learn of it */
    GPtrArray *raisers;     /* struct generic_source * with a class that ever raised here; NULL: none */
    GPtrArray *closed; /* its scopes whose blocks ended with GeneratorExit in another task; owned; NULL: none */
    /* Deliveries by the scope that did so last, since the task got anywhere: requests raised, and attempts. */
    struct scope_id storm_origin;
    uint64_t storm_raised, storm_attempts;
    struct mark storm_began;
    GPtrArray *findings; /* struct group * that wait to say what this task did afterwards; NULL: none */
    struct tree_node *tree;
};

struct frame_node {
    uint32_t parent, line;
    const char *file, *function; /* interned in world->strings */
};

/* Exited scopes, oldest first, linked by `next`; each is a reference. */
struct scope_queue {
    struct scope *first, *last;
    uint32_t length;
};

/* The same where each scope passes through: a ring, so that those that are next to go are known before they are
 * looked at. */
struct scope_ring {
    struct scope_place {
        struct scope *scope;
        struct scope_id id;
    } * places;
    uint32_t first, length, room; /* room: a power of two, or 0 */
};

/* One process. */
struct world {
    struct analysis *analysis;
    struct report_process *process; /* owned by the report */
    char *host;
    uint32_t pid;
    uint64_t order; /* events fed so far */
    uint64_t now_ns;
    uint64_t hole_end_ns; /* up to then a source said that events are missing; 0: none */
    uint32_t tick, tid;
    uint32_t last_seq;
    uint64_t gap;   /* what is older than this order may have changed unseen; 0: no gap */
    uint64_t lost;  /* events missing by the count of seq */
    bool announced; /* a runtime event was seen */
    bool mid_life;  /* the trace begins in the middle of the process's life */
    bool mismatch;  /* a counter disagreed with what was recorded, without a known gap */
    bool unsure;    /* a source said that events are missing, perhaps of this process */
    bool ending;    /* the interpreter shuts down */
    bool lively;    /* something happened, besides announcements of what is there */
    bool finished;
    bool blind;       /* not judged: the trace begins in the middle, see middle.h */
    bool again;       /* what is announced is known, but for what the trace does not hold any more */
    bool announcing;  /* an announcement is under way: some of what is there is still to be told */
    bool stopped;     /* what comes now cannot be joined to what was: only an announcement can go on from here */
    bool overwrites;  /* it is what a flight recorder held */
    uint64_t missing; /* events, while it is not known whether they are lost */
    uint64_t judged_until_ns; /* what came before a gap of a flight recorder's; 0: there was none */
    uint64_t seen_from_ns;    /* when it was announced what is there; 0: the trace begins at the beginning */
    char *stdlib;
    char *label;                          /* reference counted, NULL */
    GHashTable *frames;                   /* id → struct frame_node * */
    GHashTable *providers;                /* number → struct provider * */
    struct provider *first_providers[16]; /* the same for small numbers, as most are; NULL: none */
    struct serial_table tasks;            /* of struct task; owned */
    struct serial_table scopes;           /* of struct scope, the newest entry of each; holds references */
    struct task *recent_task;             /* the next event is often of the same; NULL */
    struct scope_ring exited;             /* left a moment ago */
    struct pool task_pool, scope_pool;    /* what tasks and scopes are made of */
    struct scope_queue remembered;        /* those of them that somebody may still ask for */
    GQueue orphans;                       /* struct scope *: open when their host ended; each holds a reference */
    GHashTable *stacks;                   /* node → struct stack *, for findings and trees */
    GHashTable *sites;                    /* node → char *, see stack_site() */
    GHashTable *sources;                  /* stack node → struct generic_source * (or a null) */
    GHashTable *generic;                  /* the interned generic sources */
    GPtrArray *packages;                  /* char *: path parts that tell library code, see stacks.c */
    GArray *libraries;                    /* what native addresses lie in, see libraries.c */
    GHashTable *ticks;                    /* tid → the last tick of that thread */
    GStringChunk *strings;
};

/* A unit went from a counter. */
enum take_back_verdict {
    TAKE_BACK_OWN,    /* what the taker raised itself */
    TAKE_BACK_NESTED, /* what an inner scope on the same task left to it */
    TAKE_BACK_DIRECT, /* a direct request, by the documented way to resist one */
    TAKE_BACK_STALE,  /* one that nobody else will take back any more */
    TAKE_BACK_UNKNOWN,
    TAKE_BACK_THEFT,
    TAKE_BACK_EXTRA, /* there was nothing to take */
};

struct take_back {
    enum take_back_verdict verdict;
    struct task *task;
    struct task_id task_id;
    struct scope *taker;                  /* NULL: direct */
    const struct generic_source *generic; /* of a direct one; NULL */
    enum request_source source;
    struct mark mark;
    uint32_t before, after;
    struct request *victim; /* no longer in the ledger when its last unit was taken; NULL: none */
};

/* An exit, with what the core made of it. */
struct exit_facts {
    struct scope *scope;
    struct task *host; /* NULL: over or unknown */
    struct task_id by; /* the current task */
    bool wrong_task, destroyed, stays_open;
    /* The with-block ended for the task: it goes on after it, or with an exception of its own making. */
    bool calm;
    struct scope *inner; /* still open on the host though entered later; NULL: none */
    struct mark mark;
    uint32_t before, after;
    uint8_t exception_in, outcome;
    bool cancel_called;
    const char *raised;
};

struct delivery {
    struct scope *scope; /* that delivers */
    struct scope *origin;
    struct task *task; /* host of scope; NULL: unknown */
    uint64_t repeat;
    struct mark mark;
};

#endif
