/* SPDX-License-Identifier: MIT */
#include "cli/commands/doctor_process.h"

#include <stdio.h>
#include <unistd.h>

#include "analyzer/reports/page.h"
#include "cli/attach/pid.h"
#include "cli/attach/preflight.h"
#include "cli/attach/where.h"
#include "cli/error.h"
#include "cli/message.h"
#include "cli/terminal.h"

static void print_line(const char *verdict, const char *check, const char *text)
{
    g_autofree char *safe = message_line(text);
    g_autofree char *first = g_strdup_printf("%s: %s: ", verdict, check);
    g_autoptr(GString) folded = g_string_new(NULL);
    struct page page = {.text = folded, .width = isatty(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : 0};
    page_paragraph(&page, first, "    ", safe);
    fputs(folded->str, stdout);
}

static gboolean print_checks(const struct attach_target *target, bool quiet)
{
    gboolean fine = TRUE;
    g_autoptr(GPtrArray) lines = attach_preflight_list(target);
    for (guint i = 0; i < lines->len; i++) {
        const struct preflight_line *line = lines->pdata[i];
        if (line->verdict == PREFLIGHT_SKIPPED)
            print_line("skipped", line->check, "cannot be told");
        else if (line->verdict != PREFLIGHT_OK || !quiet)
            print_line(line->verdict == PREFLIGHT_OK ? "ok" : "not ok", line->check, line->text);
        fine = fine && line->verdict == PREFLIGHT_OK;
    }
    return fine;
}

/* Not a condition: what it waits for, innermost first. */
static void print_stack(const struct attach_target *target)
{
    g_autoptr(GPtrArray) frames = attach_where(target, NULL);
    if (!frames)
        return;
    printf("main thread:\n");
    for (guint i = 0; i < frames->len; i++) {
        g_autofree char *safe = message_line(frames->pdata[i]);
        printf("  %s\n", safe);
    }
}

int doctor_process(const char *text, bool quiet)
{
    g_autoptr(GError) error = NULL;
    struct attach_target *target = NULL;
    const pid_t pid = pid_parse(text, &error);
    if (!pid || !attach_inspect(pid, &target, &error)) {
        message_error("%s", error->message);
        return STATUS_FAILED;
    }
    gboolean fine = print_checks(target, quiet);
    if (fine && !quiet)
        print_stack(target);
    attach_target_free(target);
    return fine ? STATUS_OK : STATUS_FAILED;
}
