/* SPDX-License-Identifier: MIT */
/*
 * The notes of a core file: threads, signal, mapped files.
 *
 * Runs in: the command. Internal to cli/core_file.
 */
#ifndef SCOPETRACE_CORE_FILE_CORE_NOTES_H
#define SCOPETRACE_CORE_FILE_CORE_NOTES_H

#include "cli/core_file/core_file.h"

/* 65,530 mappings with long paths, 10,000 threads. */
#define CORE_NOTES_MOST_BYTES (256u << 20)

/* Adds what one segment of notes says. */
void core_notes_read(struct core_file *core, const uint8_t *bytes, size_t size);

#endif
