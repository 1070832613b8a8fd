/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/root.h"

#include <glib.h>

char *root_find(void)
{
    char *current = g_get_current_dir();
    for (char *folder = g_strdup(current);;) {
        g_autofree char *marker = g_build_filename(folder, ".git", NULL);
        if (g_file_test(marker, G_FILE_TEST_EXISTS)) {
            g_free(current);
            return folder;
        }
        char *above = g_path_get_dirname(folder);
        const gboolean at_top = g_str_equal(above, folder);
        g_free(folder);
        folder = above;
        if (at_top) {
            g_free(folder);
            return current;
        }
    }
}
