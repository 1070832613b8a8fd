/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/native.h"

void native_add_frame(GString *line, const struct native_frame *frame)
{
    if (frame->function)
        page_add_text(line, frame->function, true);
    else if (!frame->library)
        g_string_append_printf(line, "0x%" G_GINT64_MODIFIER "x", frame->address);
    if (!frame->library)
        return;
    if (frame->function)
        g_string_append(line, " in" HARD_SPACE);
    page_add_text(line, frame->library, true);
    if (!frame->function)
        g_string_append_printf(line, "+0x%" G_GINT64_MODIFIER "x", frame->offset);
}
