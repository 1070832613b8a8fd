/* SPDX-License-Identifier: MIT */
/*
 * An ELF file: its symbols, its code, what it needs.
 *
 * Runs in: the command. Single-threaded. The file may be anybody's: nothing in it is trusted, damage reads as
 * absence.
 */
#ifndef SCOPETRACE_ATTACH_ELF_FILE_H
#define SCOPETRACE_ATTACH_ELF_FILE_H

#include <glib.h>

struct elf_file;

/* NULL and error when path cannot be read or is no ELF file. */
struct elf_file *elf_file_open(const char *path, GError **error);
/* NULL is accepted. */
void elf_file_close(struct elf_file *file);
/* For __attribute__((cleanup)). */
static inline void elf_file_clean(struct elf_file **file)
{
    elf_file_close(*file);
}
#define ELF_FILE_AUTO __attribute__((cleanup(elf_file_clean))) struct elf_file *

/* EM_X86_64 and so on; the class is part of it: 0 for a 32-bit file. */
guint16 elf_file_machine(const struct elf_file *file);

/* The address of a defined dynamic symbol, as linked. 0: none. */
guint64 elf_file_symbol(const struct elf_file *file, const char *name);

/* What to add to a linked address, given one mapping of the file. FALSE: the mapping is of no segment. */
gboolean elf_file_bias(const struct elf_file *file, guint64 start, guint64 offset, guint64 *ret_bias);

/* A sequence of code in which the bytes with mask 0 may be anything. */
struct elf_pattern {
    gsize length; /* 0 ends a list of patterns */
    const guint8 *bytes, *mask;
};

/* Where the first pattern of the list begins, aligned to `step`; size: nowhere. */
gsize elf_pattern_search(const guint8 *code, gsize size, const struct elf_pattern *patterns, gsize step);

/* The linked address of the first pattern of the list that the code has, aligned to `step`. 0: none. */
guint64 elf_file_code(const struct elf_file *file, const struct elf_pattern *patterns, gsize step);

/* The names of the libraries that it is linked with (char *). */
GPtrArray *elf_file_needed(const struct elf_file *file);

#endif
