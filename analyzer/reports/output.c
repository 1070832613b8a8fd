/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/output.h"

#include <errno.h>

gboolean output_text(FILE *out, const GString *text, GError **error)
{
    if (fwrite(text->str, 1, text->len, out) == text->len && fflush(out) == 0)
        return TRUE;
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "the report cannot be written: %s",
                g_strerror(errno));
    return FALSE;
}
