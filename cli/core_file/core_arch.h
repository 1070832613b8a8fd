/* SPDX-License-Identifier: MIT */
/*
 * What differs between the processors whose core files are read. One line in core_arch.c for each.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CORE_FILE_CORE_ARCH_H
#define SCOPETRACE_CORE_FILE_CORE_ARCH_H

#include <stdint.h>

#define CORE_ARCH_DWARF_MOST 33u

struct core_arch {
    uint16_t machine;   /* ELF's number */
    uint16_t registers; /* in NT_PRSTATUS, 8 bytes each */
    uint16_t program_counter;
    uint16_t dwarf_count;
    /* where in NT_PRSTATUS the register with this DWARF number is */
    uint8_t dwarf[CORE_ARCH_DWARF_MOST];
};

/* NULL: not known. */
const struct core_arch *core_arch_find(uint16_t machine);

#endif
