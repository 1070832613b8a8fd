/* SPDX-License-Identifier: MIT */
#include "cli/install.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/error.h"

char *install_library(const char *file, GError **error)
{
    g_autofree char *executable = g_file_read_link("/proc/self/exe", error);
    if (!executable)
        return NULL;
    g_autofree char *folder = g_path_get_dirname(executable);
    g_autofree char *beside = g_build_filename(folder, "..", "lib", "scopetrace", file, NULL);
    g_autofree char *path = g_canonicalize_filename(beside, "/");
    if (access(path, R_OK) == 0)
        return g_steal_pointer(&path);
    cli_fail(error, "%s: not found; the installation is incomplete: build and install scopetrace again", path);
    return NULL;
}

char *install_session_daemon(GError **error)
{
    const char *named = g_getenv("LTTNG_SESSIOND_PATH");
    if (named && *named && access(named, X_OK) == 0)
        return g_strdup(named);
    if (named && *named) {
        cli_fail(error, "%s: cannot be run: %s; correct LTTNG_SESSIOND_PATH, or unset it", named,
                 g_strerror(errno));
        return NULL;
    }
    /* Resolved: the daemon may run where the folders that a link passes through are hidden. */
    g_autofree char *found = g_find_program_in_path("lttng-sessiond");
    char *real = found ? realpath(found, NULL) : NULL;
    if (real) {
        char *path = g_strdup(real);
        free(real);
        return path;
    }
    cli_fail(error, "lttng-sessiond: not found in PATH; install LTTng's tools (Debian: apt install lttng-tools)");
    return NULL;
}
