/* SPDX-License-Identifier: MIT */
/*
 * What the agent knows of a process, laid out so that it can be read from outside when nobody is left to ask: from
 * a core file.
 *
 * Runs in: the target has it, the command reads it. A root with a magic number, which names its own address, leads
 * to lists of records. The records are the agent's own working structs: nothing is kept twice, and nothing is
 * written for a reader while the program runs. Each list says where in its records the fields lie and how wide
 * they are; a reader goes by that, never by the structs.
 *
 * A field is never renamed, reordered or removed; new ones go to the end of their list, and an agent that lacks
 * one gives it the size 0. What a reader must know to walk is TABLES_VERSION. Pointers are 64 bits wide, numbers
 * have the byte order of the machine.
 *
 * Root and lists are no constants to the compiler: those would be in the library's file alone, and a core does not
 * hold what it shares with a file.
 *
 * The process may have died in the middle of a change, and a file may say anything: whoever reads checks.
 */
#ifndef SCOPETRACE_PRELOAD_TABLES_H
#define SCOPETRACE_PRELOAD_TABLES_H

#include <stddef.h>
#include <stdint.h>

#define TABLES_MAGIC "scopetrace root" /* with its NUL 16 bytes, on a boundary of 16 */
#define TABLES_MAGIC_BYTES 16u
#define TABLES_VERSION 1u
#define TABLES_MOST_FIELDS 24u
#define TABLES_TOOL_BYTES 32u

/* Units as in tracepoints/schema.h; a serial of 0 is a record that is not in use. */
enum tables_task_field {
    TABLES_TASK_SERIAL,
    TABLES_TASK_PARENT,    /* serial */
    TABLES_TASK_COUNTER,   /* as last seen */
    TABLES_TASK_ANNOUNCED, /* in which announcement; a recording knows of those since its first */
    TABLES_TASK_ENDED,     /* its object is going or gone */
    TABLES_TASK_DONE,
    TABLES_TASK_INNERMOST, /* address of a scope record */
    TABLES_TASK_REQUESTS,  /* address of a request record, the newest; further ones through NEXT */
    TABLES_TASK_NAME,      /* text */
    TABLES_TASK_COROUTINE, /* text */
};

enum tables_scope_field {
    TABLES_SCOPE_SERIAL,
    TABLES_SCOPE_ENTRY,
    TABLES_SCOPE_PROVIDER,    /* address of the description: TABLES_PROVIDER_ADDRESS of one of the providers */
    TABLES_SCOPE_OUTER,       /* address of a scope record of the same task */
    TABLES_SCOPE_HOST,        /* serial of the task that entered it */
    TABLES_SCOPE_PARENT,      /* serial of what the provider says encloses it */
    TABLES_SCOPE_ENTERED_NS,  /* 0: not noted */
    TABLES_SCOPE_STACK,       /* node */
    TABLES_SCOPE_COUNTER,     /* the host's at the entry */
    TABLES_SCOPE_OPEN,        /* entered and not exited */
    TABLES_SCOPE_GONE,        /* its object is going or gone */
    TABLES_SCOPE_SHIELD,      /* at the entry */
    TABLES_SCOPE_CANCELLED,   /* cancelled: the four below say more, unless that was before the recording */
    TABLES_SCOPE_CANCEL_TASK, /* serial of the task that did it */
    TABLES_SCOPE_CANCEL_NS,   /* 0: not seen */
    TABLES_SCOPE_CANCEL,      /* struct tables_cancel */
};

/* A request that raised the counter of a task, since that was last zero. */
enum tables_request_field {
    TABLES_REQUEST_NEXT, /* address; 0: no older one */
    TABLES_REQUEST_SCOPE,
    TABLES_REQUEST_ORIGIN,
    TABLES_REQUEST_BY_TASK,
    TABLES_REQUEST_VIA_TASK,
    TABLES_REQUEST_RAISED_NS,
    TABLES_REQUEST_STACK, /* node */
    TABLES_REQUEST_COUNT,
    TABLES_REQUEST_SOURCE, /* enum request_source */
};

/* The first record is none. */
enum tables_node_field { TABLES_NODE_CODE, TABLES_NODE_PARENT, TABLES_NODE_LINE };
/* Addresses of texts. */
enum tables_code_field { TABLES_CODE_FILE, TABLES_CODE_FUNCTION };
enum tables_provider_field {
    TABLES_PROVIDER_ADDRESS,
    TABLES_PROVIDER_TRAITS, /* enum provider_trait */
    TABLES_PROVIDER_KIND,   /* text; empty: not hooked */
    TABLES_PROVIDER_MODULE, /* text */
};
/* One record of texts: the `runtime` event. */
enum tables_runtime_field {
    TABLES_RUNTIME_PYTHON,
    TABLES_RUNTIME_EXECUTABLE,
    TABLES_RUNTIME_ARGV,
    TABLES_RUNTIME_CWD,
    TABLES_RUNTIME_HOST,
    TABLES_RUNTIME_STDLIB,
};

/* Two numbers in one field of a scope record. */
struct tables_cancel {
    uint32_t stack; /* node */
    uint32_t how;   /* enum cancel_how */
};

struct tables_field {
    uint16_t offset, size; /* bytes; a text has a size that its NUL is part of */
};

struct tables_list {
    const void *items; /* where the address of the first item is kept; NULL: records are found by address alone */
    const uint32_t *count; /* where the number of items is kept */
    uint16_t stride;       /* bytes from one item to the next */
    uint16_t is_indirect;  /* 1: an item has the address of the record, at `at`; 0 there: none */
    uint16_t at;
    uint16_t record; /* bytes of a record */
    struct tables_field fields[TABLES_MOST_FIELDS];
};

enum tables_kind {
    TABLES_TASKS,
    TABLES_SCOPES,
    TABLES_REQUESTS,
    TABLES_NODES,
    TABLES_CODES,
    TABLES_PROVIDERS,
    TABLES_RUNTIME,
    TABLES_KINDS,
};

struct tables_root {
    char magic[TABLES_MAGIC_BYTES];
    const struct tables_root *self;
    uint32_t version;
    uint32_t kinds;               /* TABLES_KINDS of the agent */
    char tool[TABLES_TOOL_BYTES]; /* version of scopetrace */
    const struct tables_list *lists[TABLES_KINDS];
    /* Where numbers are kept. */
    const uint32_t *pid;
    const uint32_t *events;      /* emitted so far: the `seq` of the last one */
    const uint32_t *recording;   /* the first announcement of the one that the tables are of; 0: none ever began */
    const uint32_t *unannounced; /* non-zero: a forked child in which nothing has happened: all is its parent's */
    const uint8_t *armed;        /* zero: the hooks do nothing any more */
    const int *enabled;          /* zero: no session records, the tables are of when one last did */
    const uint32_t *nodes_given_up; /* node N is item N minus this of its list; lower ones are not kept */
};

/* For the initializers of the agent's lists. */
#define TABLES_FIELD(type, member)                                                                                \
    {                                                                                                             \
        (uint16_t) offsetof(type, member), (uint16_t)sizeof(((type *)0)->member)                                  \
    }

#endif
