/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/missing_events.h"

#include "analyzer/sources/decode.h"

/* What the report lacks without it; the worst counts. */
enum harm { HARM_NONE, HARM_FACTS, HARM_PLACES, HARM_FINDINGS };

static const enum harm harms[EVENT_KINDS] = {
    [EVENT_RUNTIME] = HARM_FACTS,          [EVENT_FRAME] = HARM_PLACES,
    [EVENT_PROVIDER] = HARM_FINDINGS,      [EVENT_TASK_START] = HARM_FINDINGS,
    [EVENT_TASK_SEEN] = HARM_FINDINGS,     [EVENT_TASK_DONE] = HARM_FINDINGS,
    [EVENT_TASK_END] = HARM_FINDINGS,      [EVENT_SCOPE_ENTER] = HARM_FINDINGS,
    [EVENT_SCOPE_EXIT] = HARM_FINDINGS,    [EVENT_SCOPE_CANCEL] = HARM_FINDINGS,
    [EVENT_SCOPE_DELIVER] = HARM_FINDINGS, [EVENT_TASK_CANCEL] = HARM_FINDINGS,
    [EVENT_TASK_UNCANCEL] = HARM_FINDINGS,
};

static const char *const harm_texts[] = {
    [HARM_FACTS] = "the report does not know which program it was",
    [HARM_PLACES] = "findings have no place in the code",
    [HARM_FINDINGS] = "findings may be missing, or wrong",
};

uint64_t missing_events_of(uint64_t recorded)
{
    uint64_t needed = 0;
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        if (harms[kind])
            needed |= MISSING_EVENTS_BIT(kind);
    return needed & ~recorded;
}

void missing_events_note(uint64_t missing, struct source_notes *notes)
{
    g_autoptr(GString) names = g_string_new(NULL);
    enum harm worst = HARM_NONE;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        if (!(missing & MISSING_EVENTS_BIT(kind)))
            continue;
        worst = MAX(worst, harms[kind]);
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", decode_of((enum event_kind)kind)->name);
    }
    if (worst)
        source_note(
            notes,
            "A session did not record these events of scopetrace: %s: %s. Enable them all: lttng enable-event "
            "-u 'scopetrace:*'.",
            names->str, harm_texts[worst]);
}
