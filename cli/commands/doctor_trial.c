/* SPDX-License-Identifier: MIT */
#include "cli/commands/doctor_trial.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/install.h"
#include "cli/program.h"
#include "cli/session/session.h"

/* found: path → itself, so that the second name of one file is passed over. */
static void add_interpreter(GHashTable *found, const char *folder)
{
    g_autofree char *name = g_build_filename(folder, "python3", NULL);
    char *path = access(name, X_OK) == 0 ? realpath(name, NULL) : NULL;
    if (path)
        g_hash_table_add(found, g_strdup(path));
    free(path);
}

/* All that PATH and pyenv have. */
static GHashTable *find_interpreters(void)
{
    GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *path = g_getenv("PATH");
    g_auto(GStrv) folders = g_strsplit(path ? path : "/usr/bin", ":", -1);
    for (char **folder = folders; *folder; folder++)
        add_interpreter(found, *folder);
    g_autofree char *versions = g_build_filename(g_get_home_dir(), ".pyenv", "versions", NULL);
    g_autoptr(GDir) entries = g_dir_open(versions, 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));) {
        g_autofree char *folder = g_build_filename(versions, name, "bin", NULL);
        add_interpreter(found, folder);
    }
    return found;
}

/* Whether the interpreter is one that can be traced: the others are nobody's problem. */
static bool is_recent(const char *interpreter)
{
    char *arguments[] = {(char *)interpreter, "-ISc", "import sys; sys.exit(sys.version_info < (3, 11))", NULL};
    const GSpawnFlags flags = G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL;
    int status = -1;
    return g_spawn_sync("/", arguments, NULL, flags, NULL, NULL, NULL, NULL, &status, NULL) && status == 0;
}

static gboolean run_trial(struct session *session, const char *interpreter, const char *preload, GError **error)
{
    char *arguments[] = {(char *)interpreter, "-ISc", "import asyncio; asyncio.run(asyncio.sleep(0))", NULL};
    const struct program_environment environment = {.preload = preload, .control = session_control_path(session)};
    struct session_result result = {.discarded_events = 0};
    int status;
    if (!program_run(arguments, &environment, &status, error))
        return FALSE;
    program_settle_signals();
    gboolean traced = session_stop(session, &result, error);
    if (traced && !result.census.traced) {
        const GPtrArray *sentences = result.census.sentences;
        traced =
            cli_fail(error, "%s",
                     sentences->len ? (const char *)sentences->pdata[0] : "the preloaded object was not loaded");
    }
    control_census_clear(&result.census);
    return traced;
}

/* Without a session no interpreter is to blame, and the next one would have none either. */
static gboolean trace_once(const char *interpreter, gboolean *ret_blameless, GError **error)
{
    const struct session_options options = {.trace_folder = NULL};
    g_autofree char *preload = install_library(CONTROL_ENTRY_LIBRARY, error);
    struct session *session = preload ? session_start(&options, error) : NULL;
    *ret_blameless = session == NULL;
    if (!session)
        return FALSE;
    const gboolean traced = run_trial(session, interpreter, preload, error);
    session_free(session);
    return traced;
}

/* What sends everybody else here sends nobody on. */
static void add_failure(GString *failures, const char *interpreter, const char *message)
{
    static const char here[] = "; see scopetrace doctor";
    const size_t length = strlen(message) - (g_str_has_suffix(message, here) ? strlen(here) : 0);
    g_string_append_printf(failures, "%s%s%s%.*s", failures->len ? "; " : "", interpreter ? interpreter : "",
                           interpreter ? ": " : "", (int)length, message);
}

gboolean doctor_trial(GString *detail, GError **error)
{
    g_autoptr(GHashTable) interpreters = find_interpreters();
    g_autoptr(GString) failures = g_string_new(NULL);
    g_autofree char *daemon = install_session_daemon(NULL);
    GHashTableIter iterator;
    gpointer path;
    if (!daemon)
        return cli_fail(error, "cannot be tried without lttng-sessiond; install it");
    g_hash_table_iter_init(&iterator, interpreters);
    while (g_hash_table_iter_next(&iterator, &path, NULL)) {
        g_autoptr(GError) cause = NULL;
        gboolean blameless;
        if (!is_recent(path))
            continue;
        if (trace_once(path, &blameless, &cause))
            g_string_append_printf(detail, "%s%s", detail->len ? ", " : "traced: ", (char *)path);
        else
            add_failure(failures, blameless ? NULL : path, cause->message);
        if (cause && blameless)
            break;
    }
    if (detail->len && failures->len)
        g_string_append_printf(detail, "; not traced: %s", failures->str);
    if (detail->len)
        return TRUE;
    return failures->len ? cli_fail(error, "%s", failures->str)
                         : cli_fail(error, "no Python 3.11 or later found; install python3");
}
