/* SPDX-License-Identifier: MIT */
/*
 * A core file: the memory of a process at its end, its threads, what was mapped where.
 *
 * Runs in: the command. Single-threaded. The file may be anybody's, cut, or made up: what it says is checked
 * against its size, and all that is taken from it is bounded.
 */
#ifndef SCOPETRACE_CORE_FILE_CORE_FILE_H
#define SCOPETRACE_CORE_FILE_CORE_FILE_H

#include "cli/core_file/memory.h"

struct core_arch;

struct core_thread {
    uint32_t tid;
    uint64_t registers[64]; /* in the order of the architecture's note; see core_arch.h */
};

/* A part of a file that was mapped. */
struct core_mapping {
    uint64_t begin, end, offset;
    const char *path; /* untrusted */
};

struct core_file {
    struct memory memory;
    const struct core_arch *arch;
    uint32_t pid;
    int signal;       /* that it died of; 0: it was only looked at, and may run on */
    uint64_t address; /* the address at fault, where the signal has one; else 0 */
    uint64_t time_ns; /* when the file was written last */
    uint64_t vdso;    /* where the kernel's own object lies; 0: nowhere */
    uint64_t missing; /* bytes that the file should have after its end */
    GArray *threads;  /* struct core_thread: first the one that the signal is of */
    GArray *mappings; /* struct core_mapping, by address */
    /* the rest is core_file.c's and core_notes.c's */
    int descriptor;
    uint64_t size;
    GArray *segments; /* struct core_segment, by address */
    GStringChunk *strings;
};

/* A range of memory, and how much of it is in the file. */
struct core_segment {
    uint64_t address, size, in_file, offset;
};

/* NULL and error when path cannot be read, or is no core file of an architecture that is known. */
struct core_file *core_file_open(const char *path, GError **error);
/* NULL is accepted. */
void core_file_close(struct core_file *core);

/* Calls back for each place at a multiple of the pattern's size where the pattern lies, until visit returns true.
 * Looks first into what is mapped from files whose name holds `hint`. False: none did. */
bool core_file_scan(const struct core_file *core, const void *pattern, size_t size, const char *hint,
                    bool (*visit)(const struct core_file *core, uint64_t address, void *context), void *context);

#endif
