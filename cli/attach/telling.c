/* SPDX-License-Identifier: MIT */
#include "cli/attach/telling.h"

enum {
    PIECE_US =
        3000000, /* the longest between two pieces: the collector may need seconds where there are many objects */
    PAUSE_MS = 10,
};

void attach_await_told(const struct attach_target *target, struct lookout *lookout)
{
    const gboolean stopping = lookout->told_to_stop;
    guint32 before = 0;
    gint64 until = g_get_monotonic_time() + PIECE_US;
    for (guint32 now; (now = attach_agent_telling(target)) != 0; before = now) {
        if (now != before && !stopping)
            until = g_get_monotonic_time() + PIECE_US;
        if (lookout->ended || lookout->told_to_stop != stopping || g_get_monotonic_time() >= until)
            return;
        lookout_doze(lookout, PAUSE_MS);
    }
}
