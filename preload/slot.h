/* SPDX-License-Identifier: MIT */
/*
 * Writing to this process's slot of the control file.
 *
 * Runs in: the target, entry and agent. A slot may be NULL (no control file, or no slot free): nothing
 * happens then. The command reads while we write; states only rise, a note is written before its state.
 */
#ifndef SCOPETRACE_PRELOAD_SLOT_H
#define SCOPETRACE_PRELOAD_SLOT_H

#include <stdarg.h>
#include <stdio.h>

#include "preload/control.h"

/* Raises the state to at least `state`. */
static inline void slot_raise(struct control_process *slot, enum control_state state)
{
    if (slot == NULL) {
        return;
    }
    uint32_t now = __atomic_load_n(&slot->state, __ATOMIC_RELAXED);
    while (now < (uint32_t)state && !__atomic_compare_exchange_n(&slot->state, &now, (uint32_t)state, 0,
                                                                 __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
    }
}

__attribute__((format(printf, 2, 0))) static inline void slot_write_note(struct control_process *slot,
                                                                         const char *format, va_list arguments)
{
    if (slot != NULL) {
        vsnprintf(slot->note, sizeof slot->note, format, arguments);
    }
}

/* What to say of this process if it is not traced in the end: one line, cut to the room there is. */
__attribute__((format(printf, 2, 3))) static inline void slot_note(struct control_process *slot,
                                                                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    slot_write_note(slot, format, arguments);
    va_end(arguments);
}

/* Says why this process is not traced, likewise, then state REFUSED. */
__attribute__((format(printf, 2, 3))) static inline void slot_refuse(struct control_process *slot,
                                                                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    slot_write_note(slot, format, arguments);
    va_end(arguments);
    slot_raise(slot, CONTROL_REFUSED);
}

#endif
