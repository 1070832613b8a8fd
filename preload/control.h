/* SPDX-License-Identifier: MIT */
/*
 * What the command and the preload agree on.
 *
 * Runs in: both. The command makes one control file per session and names it in the environment variable
 * SCOPETRACE of the program; that is the only variable the program sees. Every traced process maps it
 * MAP_SHARED. The command writes the settings before the program starts, each process writes its own slot.
 *
 * The mapping may outlive the file (the command removes it when the report is written): nothing in it may
 * be needed for the program to run on.
 */
#ifndef SCOPETRACE_PRELOAD_CONTROL_H
#define SCOPETRACE_PRELOAD_CONTROL_H

#include <stdint.h>

/* The one environment variable: the path of the control file. Unset: defaults, the user's own daemon. */
#define CONTROL_ENV "SCOPETRACE"
/* A name that the program may set for the findings that follow (as pytest sets PYTEST_CURRENT_TEST). */
#define CONTROL_LABEL_ENV "SCOPETRACE_LABEL"

#define CONTROL_ENTRY_LIBRARY "libscopetrace.so"
#define CONTROL_AGENT_LIBRARY "libscopetrace-agent.so"
/* The agent as an extension module, for attach: PyInit_<this>. */
#define CONTROL_AGENT_MODULE "_scopetrace_agent"
/* LTTNG_UST_REGISTER_TIMEOUT while attach has it loaded: zero to LTTng, and room for the agent to write another.
 */
#define CONTROL_NO_WAIT "0000"
/* Set while LTTng is being loaded for a session of ours: else its constructor reads the section headers of every
 * library of the process, which takes longer than all the rest of the loading, for lttng_ust_statedump's events,
 * which no session of ours records. LTTng remembers it: a program that is preloaded for a session of the user's
 * own has them. */
#define CONTROL_NO_STATEDUMP "LTTNG_UST_WITHOUT_BADDR_STATEDUMP"
/* Set while LTTng is being loaded for a session that may let the program wait for room in its buffers. */
#define CONTROL_MAY_WAIT "LTTNG_UST_ALLOW_BLOCKING"

/* Symbols of the agent, which attach reads from outside without stopping anything: the addresses of an int that is
 * non-zero while a session records its events, of the u32 that counts them, of the u32 that is non-zero where
 * LTTng was loaded so that a session may let the program wait, of the u32 that is while an attach has it tell more
 * than the program's own session asks for, or did and was killed, and of the u32 that is while it tells what is
 * alive, and another number after each piece. */
#define CONTROL_AGENT_ENABLED "scopetrace_agent_enabled"
#define CONTROL_AGENT_SEQUENCE "scopetrace_agent_sequence"
#define CONTROL_AGENT_MAY_WAIT "scopetrace_agent_may_wait"
#define CONTROL_AGENT_JOINT "scopetrace_agent_joint"
#define CONTROL_AGENT_TELLING "scopetrace_agent_telling"

#define CONTROL_MAGIC 0x52544353u /* "SCTR" */
#define CONTROL_VERSION 2u
#define CONTROL_PROCESSES 1024u
#define CONTROL_PATH_BYTES 1024u
#define CONTROL_NOTE_BYTES 112u

enum control_flag {
    CONTROL_LAZY_SCOPES = 1u << 0,  /* announce a scope only once something cancels */
    CONTROL_NATIVE_STACK = 1u << 1, /* collect the native stack of each Task.cancel() */
    CONTROL_BLOCKING = 1u << 2,     /* CONTROL_MAY_WAIT must be set while the provider is being loaded */
    CONTROL_AGAIN = 1u << 3,        /* what is there will be announced again while it is recorded */
};

/* How far tracing got in a process. Only ever rises. */
enum control_state {
    CONTROL_UNUSED = 0,
    CONTROL_LOADING = 1,     /* asyncio is being imported, the agent is being loaded */
    CONTROL_REFUSED = 2,     /* this interpreter cannot be traced: note says why */
    CONTROL_NOT_ENABLED = 3, /* hooks in place, but no session records them: no daemon, /dev/shm full */
    CONTROL_TRACED = 4,      /* events are being recorded */
    CONTROL_DETACHED = 5,    /* the hooks were taken out again (attach) */
};

/* One traced process. Claimed by compare-and-swap of pid from 0; never released. */
struct control_process {
    uint32_t pid;          /* in the process's own pid namespace */
    uint32_t state;        /* enum control_state */
    uint32_t inside_event; /* threads that are inside an event right now: non-zero in a dead process means
                              that its stream may be stalled (LTTng-UST < 2.15) */
    uint32_t emitted;      /* the last `seq` of the process: what a complete trace must hold */
    uint32_t answered;     /* the epoch whose announcement is over */
    uint32_t announced;    /* bytes that the last announcement took in the buffers; while one is under way, a
                              number that changes */
    char note[CONTROL_NOTE_BYTES];
};

/* A flight recorder: buffers that overwrite what is oldest in them. What it holds must be understood without what
 * it has lost, so each time that a quarter of it has been written, every process announces again, at its next
 * event, what is there: a turn. */
struct control_ring {
    uint32_t bytes; /* of one CPU's buffer; 0: this is no flight recorder */
    uint32_t unused;
    uint64_t written; /* by all processes, into any CPU's; announcements left out */
};

/* What a flight recorder is to be read out for, when it happens. */
enum control_condition {
    CONTROL_COUNTER, /* a task's cancellation counter reaches this */
    CONTROL_STORM,   /* a scope has delivered to the same task so often without effect */
    CONTROL_CONDITIONS,
};

struct control_alarm {
    uint32_t least; /* 0: nobody wants to know */
    uint32_t times; /* that it happened */
    uint32_t pid;   /* where it did last */
    uint32_t unused;
};

/* The user's descriptions of scope classes (--providers), as the command read them: nothing is parsed in the
 * target. Texts end with a NUL; an empty name is none. */
#define CONTROL_CLASSES_VERSION 1u
#define CONTROL_CLASSES 16u
#define CONTROL_METHODS 16u
#define CONTROL_CLASS_BYTES 128u
#define CONTROL_NAME_BYTES 64u

/* What a method of a scope class does. */
enum control_operation {
    CONTROL_ENTER,
    CONTROL_EXIT,
    CONTROL_CANCEL,   /* the scope-level cancel that people call */
    CONTROL_DEADLINE, /* called when the deadline passed: cancels the task, or calls the cancel method */
    CONTROL_CHILD,    /* called when a child failed: cancels the task */
    CONTROL_DELIVER,  /* calls Task.cancel() for a scope that was cancelled before */
    CONTROL_OPERATIONS,
};

/* Attributes of the scope object. */
enum control_attribute {
    CONTROL_ATTRIBUTE_SHIELD,
    CONTROL_ATTRIBUTE_DEADLINE,
    CONTROL_ATTRIBUTE_PARENT,
    CONTROL_ATTRIBUTE_CANCELLED,
    CONTROL_ATTRIBUTE_ACTIVE,
    CONTROL_ATTRIBUTE_HOST,
    CONTROL_ATTRIBUTES,
};

struct control_method {
    uint32_t operation; /* enum control_operation */
    char name[CONTROL_NAME_BYTES];
};

struct control_class {
    uint32_t traits; /* enum provider_trait */
    char kind[CONTROL_NAME_BYTES];
    char module[CONTROL_CLASS_BYTES];
    char qualname[CONTROL_CLASS_BYTES];
    char attributes[CONTROL_ATTRIBUTES][CONTROL_NAME_BYTES];
    struct control_method methods[CONTROL_METHODS]; /* the first without a name ends them */
};

struct control_classes {
    uint32_t version; /* CONTROL_CLASSES_VERSION; 0: there are none */
    uint32_t count;
    struct control_class items[CONTROL_CLASSES];
};

struct control {
    uint32_t magic;
    uint32_t version;
    uint32_t flags; /* enum control_flag */
    uint32_t epoch; /* raised by the command to have what is there announced again */
    /* What the provider's library must find in its environment while it is being loaded; empty = leave. */
    char lttng_home[CONTROL_PATH_BYTES];     /* LTTNG_HOME (up to 2.13) */
    char lttng_app_path[CONTROL_PATH_BYTES]; /* LTTNG_UST_APP_PATH (2.14 and later) */
    uint32_t register_timeout_ms;            /* LTTNG_UST_REGISTER_TIMEOUT */
    uint32_t reserved;
    struct control_ring ring;
    struct control_alarm alarms[CONTROL_CONDITIONS];
    struct control_process processes[CONTROL_PROCESSES];
    struct control_classes classes;
};

#endif
