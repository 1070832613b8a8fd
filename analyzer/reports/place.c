/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/place.h"

char *place_path(const struct stack_frame *frame, const struct report_process *process,
                 const struct report_style *style)
{
    return place_relative(frame->file, process, style->root);
}

char *place_short_path(const struct stack_frame *frame, const struct report_process *process,
                       const struct report_style *style)
{
    char *path = place_path(frame, process, style);
    if (style->verbosity > 0 || frame->origin == FRAME_USER)
        return path;
    const char *part = place_library_part(path, frame->origin, process);
    if (!part)
        return path;
    char *copy = g_strdup(part);
    g_free(path);
    return copy;
}
