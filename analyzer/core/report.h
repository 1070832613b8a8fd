/* SPDX-License-Identifier: MIT */
/*
 * What an analysis found, in the shape that every report format writes: the model behind the JSON schema
 * scopetrace-report/1.
 *
 * Runs in: the command. The report owns everything it points to and is freed with its analysis; writers
 * borrow it, const. Strings are copies of the program's: untrusted, each format escapes them. NULL = unknown.
 * Single-threaded.
 */
#ifndef SCOPETRACE_CORE_REPORT_H
#define SCOPETRACE_CORE_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/core/event.h"

enum level { LEVEL_NOTE, LEVEL_WARNING, LEVEL_ERROR, LEVELS };
enum confidence { CONFIDENCE_POSSIBLE, CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN };

/* "note", "warning", "error"; "possible", "likely", "certain" */
const char *level_name(enum level level);
const char *confidence_name(enum confidence confidence);
/* false when name is no level */
bool level_parse(const char *name, enum level *ret_level);

/* Where a frame's code comes from, told by its path alone. */
enum frame_origin {
    FRAME_USER,
    FRAME_LIBRARY,
    FRAME_PROVIDER, /* the package that a provider describes (anyio), wherever it lies */
    FRAME_STDLIB
};

struct stack_frame {
    const char *file, *function;
    uint32_t line;
    enum frame_origin origin;
};

/* A call stack, innermost first. Shared between moments; immutable. */
struct stack {
    uint32_t count;
    struct stack_frame frames[];
};

struct native_frame {
    uint64_t address;         /* where it returns to */
    char *function, *library; /* NULL: unknown; function is found by analyzer/symbols */
    uint64_t offset;          /* the address in the library's file; meaningless without one */
    char *build_id;           /* of the library; NULL: it has none */
    bool exact;               /* address is where the thread was, no return address */
};

/* Something that happened: when, in which task, by which scope, where. */
struct moment {
    uint64_t time_ns;
    struct task_id task; /* serial 0: no task */
    char *task_name;
    struct scope_id scope;     /* serial 0: none */
    char *reason;              /* a cancel's message or reason; NULL */
    bool of_child;             /* a group cancelled itself for a child that failed: the reason says which */
    const struct stack *stack; /* NULL: not recorded */
    struct native_frame *native_stack;
    uint32_t native_count;
};

struct consequence {
    char *message;
    struct moment *at; /* the first time; NULL: unknown */
    uint64_t count;    /* times that this happened at this place */
};

struct known_issue {
    const char *id, *url, *fixed_in, *advice; /* fixed_in NULL: open */
};

/* One process of the trace. */
struct report_process {
    char *host;
    uint32_t pid, number;                   /* number: in the order of their first events */
    char *python, *executable, *argv, *cwd; /* NULL: unknown */
    char *refused;                          /* why it was not traced; NULL */
    GHashTable *packages;                   /* char * name → char * version */
    GPtrArray
        *installs; /* char *: folders, with a slash, that packages were installed into; NULL: none but usual */
    bool asyncio_seen, ended_in_order;
    bool left;         /* the recording took leave of it, and it ran on */
    uint32_t last_seq; /* of its events in the trace */
    uint64_t first_ns, last_ns;
};

struct scope_ref {
    struct scope_id id;
    char *kind; /* provider.kind */
    /* what of a library was called to enter it: "fail_after()", "TaskGroup"; NULL: nothing, unknown */
    char *opener;
};

/* Frees what it owns. */
void scope_ref_clear(struct scope_ref *scope);

/* Identity of a task as reports show it. */
struct task_ref {
    struct task_id id;
    char *name, *coroutine;
};

/* The coroutine, if it says more than the task's name; else NULL. Either may be NULL. */
const char *task_coroutine_beside(const char *name, const char *coroutine);

struct finding {
    const struct rule *rule; /* analyzer/core/rule.h */
    enum level level;
    enum confidence confidence;
    uint64_t count;        /* instances grouped into this one */
    char *message;         /* one sentence, names the culprit */
    char *fingerprint;     /* stable across runs, line shifts and machines */
    char *test;            /* label at the moment of the cancel, NULL */
    GPtrArray *more_tests; /* char *: further labels under which it happened, the first few; NULL: none */
    bool tests_left_out;   /* there were still more */
    const struct report_process *process;
    struct task_ref task;   /* id.serial 0: none */
    struct scope_ref scope; /* id.serial 0: none */
    bool refused;           /* what `exited` tells is that the scope refused to be left */
    bool counter_known;
    uint32_t counter_before, counter_after;
    struct moment *entered, *cancelled, *delivered, *exited; /* NULL: unknown */
    GPtrArray *consequences;                                 /* struct consequence * */
    char *afterwards;                                        /* what the task did after: a sentence, NULL */
    const struct known_issue *known_issue;                   /* NULL */
};

/* Why a project's policy takes a finding out of the report. */
enum acceptance { ACCEPTED_BY_SUPPRESSION, ACCEPTED_BY_BASELINE };

struct accepted_finding {
    const struct finding *finding;
    enum acceptance why;
    const char *by; /* the suppression's title; NULL */
};

enum task_end_state { TASK_END_FINISHED, TASK_END_CANCELLED, TASK_END_FAILED, TASK_END_OPEN, TASK_END_UNKNOWN };
const char *task_end_name(enum task_end_state end);

/* The scope tree, for --tree and for the tasks that findings speak of. */
struct tree_scope {
    struct scope_ref scope;
    uint32_t entry;
    struct moment *entered, *exited;
    struct moment *cancelled; /* who cancelled it; NULL: nobody */
    uint32_t counter_before, counter_after;
    bool shield, open;
    uint64_t folded;     /* further like siblings that are not listed */
    GPtrArray *children; /* struct tree_scope * */
};

struct tree_task {
    const struct report_process *process;
    struct task_ref task;
    struct task_id parent; /* serial 0: none */
    enum task_end_state end;
    uint32_t counter_max, counter_last;
    bool involved;     /* a finding speaks of it */
    GPtrArray *scopes; /* struct tree_scope *, top level */
};

/* What a trace leaves open that ends before its process's interpreter did: killed, gone by os._exit(), or still
 * running when the recording ended. */
struct open_request {
    struct scope_ref scope;   /* that it is of; id.serial 0: direct */
    struct moment *cancelled; /* the decision: the scope's cancel; NULL: the Task.cancel() itself, or unknown */
    struct moment *raised;    /* NULL: before the trace */
    uint32_t count;
};

struct open_task {
    struct task_ref task;
    struct task_id parent; /* serial 0: unknown */
    uint32_t counter;
    GPtrArray *requests; /* struct open_request *, oldest first */
    GPtrArray *scopes;   /* struct tree_scope * without children, outermost first; the first ones */
    uint64_t scopes_left_out;
};

struct open_end {
    const struct report_process *process;
    uint64_t time_ns; /* of its last event */
    bool of_memory;   /* by the process's memory, not by a trace: time_ns is the core file's */
    GPtrArray *tasks; /* struct open_task *: those with requests first, then in the order of their birth */
    uint64_t tasks_left_out;
};

/* What the memory of a process that died shows: a core file. */
struct memory_thread {
    uint32_t tid;
    struct native_frame *frames; /* innermost first */
    uint32_t count;
};

struct last_moment {
    char *file;
    uint32_t pid;
    int signal;                           /* that it died of; 0: it was only looked at, and may run on */
    uint64_t address;                     /* at fault; 0: the signal has none */
    const struct report_process *process; /* by the agent's tables; NULL: it has none, or they cannot be read */
    const struct open_end *end;           /* NULL: nothing was open */
    uint32_t events;                      /* that the process had emitted */
    bool compared;                        /* with its trace, in which `missing` of the events are not */
    uint32_t missing;
    bool agrees;        /* the trace's own open end says the same */
    GPtrArray *threads; /* struct memory_thread *: first the one that the signal is of */
    GPtrArray *remarks; /* char *: a sentence each */
};

struct report_summary {
    uint64_t tasks, scopes, events, lost_events;
    uint64_t findings[LEVELS];
};

struct report {
    struct report_summary summary;
    uint64_t missing_events; /* by the events' own numbers: some of lost_events */
    bool incomplete;         /* some of what is there could not be read: lost_events is of the rest */
    GHashTable *kinds;       /* char *: the kinds of scope that some process announced; NULL: unknown */
    GPtrArray *processes;    /* struct report_process * */
    /* struct finding *, most severe first, then by time, host after host where there are many */
    GPtrArray *findings;
    GPtrArray *tasks; /* struct tree_task *, parents before children; all with options.tree, else involved ones */
    GPtrArray *ends;  /* struct open_end *: in the order of the processes; only where something was open */
    const struct last_moment *memory; /* NULL: no core file was read */
    GPtrArray *notices;               /* char *: lost events, cut traces, disarmed agents: one sentence each */
    /* What a policy (analyzer/policy) adds; NULL: none was applied. */
    GPtrArray *accepted; /* struct accepted_finding *: no part of findings and of the summary's counts */
    GPtrArray *remarks;  /* char *: suppressions used and unused, what is gone since the baseline */
};

#endif
