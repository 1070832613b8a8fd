/* SPDX-License-Identifier: MIT */
#include "cli/attach/proc.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void parse_namespace_pids(const char *value, struct proc_status *status)
{
    g_auto(GStrv) pids = g_strsplit_set(value, "\t ", -1);
    guint count = 0;
    for (char **pid = pids; *pid; pid++)
        if (**pid) {
            status->inner_pid = (pid_t)g_ascii_strtoll(*pid, NULL, 10);
            count++;
        }
    status->nested = count ? count - 1 : 0;
}

/* The second number of a line "Uid: real effective saved filesystem". */
static guint64 effective_id(const char *value)
{
    const char *tab = strchr(value, '\t');
    return tab ? g_ascii_strtoull(tab + 1, NULL, 10) : G_MAXUINT32;
}

static void parse_status_line(char *line, struct proc_status *status)
{
    char *value = strchr(line, ':');
    if (!value)
        return;
    *value++ = '\0';
    value = g_strstrip(value);
    if (strcmp(line, "Name") == 0)
        g_strlcpy(status->name, value, sizeof status->name);
    else if (strcmp(line, "State") == 0)
        status->state = *value;
    else if (strcmp(line, "Tgid") == 0)
        status->process = (pid_t)g_ascii_strtoll(value, NULL, 10);
    else if (strcmp(line, "TracerPid") == 0)
        status->tracer = (pid_t)g_ascii_strtoll(value, NULL, 10);
    else if (strcmp(line, "Uid") == 0)
        status->uid = (uid_t)effective_id(value);
    else if (strcmp(line, "Gid") == 0)
        status->gid = (gid_t)effective_id(value);
    else if (strcmp(line, "NSpid") == 0)
        parse_namespace_pids(value, status);
    else if (strcmp(line, "VmSize") == 0)
        status->kernel = FALSE;
    else if (strcmp(line, "Seccomp") == 0)
        status->seccomp = (guint)g_ascii_strtoull(value, NULL, 10);
    else if (strcmp(line, "x86_Thread_features") == 0)
        status->guarded = strstr(value, "shstk") != NULL;
}

gboolean proc_status_read(pid_t pid, struct proc_status *ret_status, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return FALSE;
    struct proc_status status = {.process = pid, .inner_pid = pid, .kernel = TRUE};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        parse_status_line(*line, &status);
    *ret_status = status;
    return TRUE;
}

static void mapping_clear(gpointer mapping)
{
    g_free(((struct proc_mapping *)mapping)->path);
}

static gboolean parse_mapping(const char *line, struct proc_mapping *ret_mapping)
{
    char flags[5] = "";
    unsigned long inode = 0;
    int path = 0;
    struct proc_mapping mapping = {0};
    unsigned long long start, end, offset;
    if (sscanf(line, "%llx-%llx %4s %llx %*s %lu %n", &start, &end, flags, &offset, &inode, &path) < 5 || !path)
        return FALSE;
    mapping.start = start;
    mapping.end = end;
    mapping.offset = offset;
    mapping.inode = inode;
    mapping.readable = flags[0] == 'r';
    mapping.executable = flags[2] == 'x';
    mapping.path = g_strdup(line + path);
    *ret_mapping = mapping;
    return TRUE;
}

GArray *proc_mappings_read(pid_t pid, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/maps", (int)pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    GArray *mappings = g_array_new(FALSE, FALSE, sizeof(struct proc_mapping));
    g_array_set_clear_func(mappings, mapping_clear);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        struct proc_mapping mapping;
        if (parse_mapping(*line, &mapping))
            g_array_append_val(mappings, mapping);
    }
    return mappings;
}

const struct proc_mapping *proc_mapping_at(const GArray *mappings, guint64 address)
{
    for (guint index = 0; index < mappings->len; index++) {
        const struct proc_mapping *mapping = &g_array_index(mappings, struct proc_mapping, index);
        if (mapping->start <= address && address < mapping->end)
            return mapping;
    }
    return NULL;
}

char *proc_environment(pid_t pid, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/environ", (int)pid);
    g_autofree char *text = NULL;
    gsize length = 0, known = strlen(name);
    if (!g_file_get_contents(path, &text, &length, NULL))
        return NULL;
    for (const char *entry = text; entry < text + length; entry += strlen(entry) + 1)
        if (strncmp(entry, name, known) == 0 && entry[known] == '=')
            return g_strdup(entry + known + 1);
    return NULL;
}

char **proc_arguments(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", (int)pid);
    g_autofree char *text = NULL;
    gsize length = 0;
    GPtrArray *words = g_ptr_array_new();
    if (g_file_get_contents(path, &text, &length, NULL))
        for (const char *word = text; word < text + length; word += strlen(word) + 1)
            g_ptr_array_add(words, g_strdup(word));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

char *proc_path(pid_t pid, const char *path)
{
    return g_strdup_printf("/proc/%d/root%s", (int)pid, path);
}

gboolean proc_same_namespace(pid_t pid, pid_t other, const char *kind)
{
    g_autofree char *one = g_strdup_printf("/proc/%d/ns/%s", (int)pid, kind);
    g_autofree char *two = g_strdup_printf("/proc/%d/ns/%s", (int)other, kind);
    struct stat first, second;
    return stat(one, &first) == 0 && stat(two, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}
