/* SPDX-License-Identifier: MIT */
/*
 * The agent's tables (preload/tables.h) in the memory of a process that is looked at from outside.
 *
 * Runs in: the command. Nothing in that memory is believed: each address is read only where memory is, each list
 * has an end, and a field is only what the list says and the record has room for.
 */
#ifndef SCOPETRACE_CORE_FILE_TABLES_H
#define SCOPETRACE_CORE_FILE_TABLES_H

#include "cli/core_file/memory.h"
#include "preload/tables.h"

struct tables {
    const struct memory *memory;
    struct tables_list lists[TABLES_KINDS]; /* pointers in them are addresses in that memory */
    char tool[TABLES_TOOL_BYTES];
    uint32_t pid, events, recording, unannounced, nodes_given_up;
    bool is_recorded; /* at this moment: else the tables are as when the last recording ended */
    bool is_damaged;  /* something in them led nowhere */
};

/* Whether a root lies there, of whatever version. */
bool tables_is_root(const struct memory *memory, uint64_t address);

/* FALSE and error when the root there is none that can be read. Its message says why, not of what file. */
gboolean tables_open(struct tables *tables, const struct memory *memory, uint64_t address, GError **error);

/* A copy of one record. */
struct tables_record {
    const struct tables_list *list;
    uint64_t address;
    uint8_t *bytes;
};

/* To be cleared; FALSE: there is no record at this address. */
bool tables_read(struct tables *tables, enum tables_kind kind, uint64_t address, struct tables_record *ret_record);
void tables_record_clear(struct tables_record *record);

/* 0 for a field that the agent has not. */
uint64_t tables_number(const struct tables_record *record, unsigned field);
/* A text in the record itself. To be freed; never NULL. */
char *tables_text(const struct tables_record *record, unsigned field);
/* One that the record has the address of. */
char *tables_text_at(const struct tables *tables, const struct tables_record *record, unsigned field);

/* The address of one item of the list, which begins with 0. 0: it has no such item. */
uint64_t tables_item(const struct tables *tables, enum tables_kind kind, uint64_t number);
/* Calls back for each record of the list, up to a limit. */
void tables_each(struct tables *tables, enum tables_kind kind,
                 void (*visit)(const struct tables_record *record, void *context), void *context);

#endif
