/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/babeltrace/failure.h"

#include <babeltrace2/babeltrace.h>
#include <glib.h>
#include <string.h>

#include "analyzer/sources/source.h"

/* Where a stream is cut within an event, the library speaks of its own state alone. */
static const char cut[] = "Cannot handle state", cut_in_words[] = "what follows is no whole event";

char *failure_take(void)
{
    const bt_error *error = bt_current_thread_take_error();
    static const char *const innards[] = {": msg-it-addr=", ": stream-iter-status="};
    if (!error)
        return NULL;
    char *text = g_strdup(bt_error_get_cause_count(error)
                              ? bt_error_cause_get_message(bt_error_borrow_cause_by_index(error, 0))
                              : "libbabeltrace2 does not say why");
    bt_error_release(error);
    for (size_t i = 0; i < G_N_ELEMENTS(innards); i++) {
        char *at = strstr(text, innards[i]);
        if (at)
            *at = '\0';
    }
    if (g_str_equal(text, cut)) {
        g_free(text);
        return g_strdup(cut_in_words);
    }
    g_strdelimit(text, "\n\r\t", ' ');
    return g_strchomp(text);
}

void failure_to_error(GError **error, const char *what)
{
    g_autofree char *cause = failure_take();
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s: %s", what,
                cause ? cause : "libbabeltrace2 does not say why, or falls over it");
}
