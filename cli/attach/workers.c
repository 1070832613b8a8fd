/* SPDX-License-Identifier: MIT */
#include "cli/attach/workers.h"

#include <glib.h>
#include <string.h>

#include "cli/attach/proc.h"

/* So many processes are looked at, and so many named. */
#define LOOKED_AT 1000u
#define NAMED 8u

static void add_numbers(GArray *pids, const char *text)
{
    g_auto(GStrv) numbers = g_strsplit_set(text, " \n", -1);
    for (char **number = numbers; *number && pids->len < LOOKED_AT; number++) {
        const pid_t pid = (pid_t)g_ascii_strtoll(*number, NULL, 10);
        if (pid > 0)
            g_array_append_val(pids, pid);
    }
}

/* Each thread has children of its own. */
static void add_children(GArray *pids, pid_t pid)
{
    g_autofree char *folder = g_strdup_printf("/proc/%d/task", (int)pid);
    g_autoptr(GDir) threads = g_dir_open(folder, 0, NULL);
    for (const char *thread; threads && (thread = g_dir_read_name(threads));) {
        g_autofree char *path = g_build_filename(folder, thread, "children", NULL);
        g_autofree char *text = NULL;
        if (g_file_get_contents(path, &text, NULL, NULL))
            add_numbers(pids, text);
    }
}

enum sort { NEITHER, PYTHON, WITH_ASYNCIO, SORTS };

/* asyncio's accelerator is a library of its own, but for builds that have all of the standard library in one. */
static enum sort sort_of(pid_t pid)
{
    g_autofree char *link = g_strdup_printf("/proc/%d/exe", (int)pid);
    g_autofree char *executable = g_file_read_link(link, NULL);
    g_autofree char *name = g_path_get_basename(executable ? executable : "");
    g_autoptr(GArray) mappings = proc_mappings_read(pid, NULL);
    enum sort sort = g_str_has_prefix(name, "python") ? PYTHON : NEITHER;
    for (guint i = 0; mappings && i < mappings->len; i++) {
        const char *path = g_array_index(mappings, struct proc_mapping, i).path;
        if (strstr(path, "/_asyncio."))
            return WITH_ASYNCIO;
        if (strstr(path, "/libpython3"))
            sort = PYTHON;
    }
    return sort;
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const pid_t one = *(const pid_t *)a, two = *(const pid_t *)b;
    return (one > two) - (one < two);
}

static char *joined(const GArray *pids)
{
    GString *text = g_string_new(NULL);
    const guint named = MIN(pids->len, NAMED);
    for (guint i = 0; i < named; i++) {
        const gboolean last = i > 0 && i + 1 == pids->len;
        g_string_append_printf(text, "%s%d", !i ? "" : last ? " and " : ", ", (int)g_array_index(pids, pid_t, i));
    }
    if (named < pids->len)
        g_string_append_printf(text, " and %u more", pids->len - named);
    return g_string_free(text, FALSE);
}

char *workers_below(pid_t pid)
{
    static const char *const said[SORTS] = {NULL, "Python runs in", "asyncio is loaded in"};
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(pid_t));
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(pid_t));
    enum sort best = NEITHER;
    add_children(all, pid);
    for (guint i = 0; i < all->len; i++) {
        const pid_t below = g_array_index(all, pid_t, i);
        const enum sort sort = sort_of(below);
        add_children(all, below);
        if (sort > best)
            g_array_set_size(found, 0);
        best = MAX(best, sort);
        if (sort && sort == best)
            g_array_append_val(found, below);
    }
    g_array_sort(found, by_number);
    g_autofree char *numbers = joined(found);
    return best ? g_strdup_printf("%s %s", said[best], numbers) : NULL;
}

char *workers_advice(pid_t pid, const char *name)
{
    g_autofree char *workers = workers_below(pid);
    return workers ? g_strdup_printf("No task was seen in %s, which may only look after others. Below it %s.",
                                     name, workers)
                   : NULL;
}
