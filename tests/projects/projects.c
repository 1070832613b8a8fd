/* SPDX-License-Identifier: MIT */
#include "tests/projects/projects.h"

#include <stdio.h>
#include <string.h>

#define LIST SOURCE_DIRECTORY "/packaging/projects.txt"

enum {
    FIELD_NAME,
    FIELD_PYTHON,
    FIELD_SOURCE,
    FIELD_DAY,
    FIELD_REQUIREMENTS,
    FIELD_ARGUMENTS,
    FIELD_EXPECTED,
    FIELDS
};

static void project_free(void *data)
{
    struct project *project = data;

    g_free(project->name);
    g_free(project->package);
    g_free(project->anyio);
    g_free(project->python);
    g_free(project->expected);
    g_free(project->part.suite);
    g_free(project->part.module);
    g_free(project->part.folder);
    g_free(project->part.path);
    g_strfreev(project->part.command);
    g_free(project->part.results);
    g_free(project);
}

/* What follows the mark; "?" where it is not. */
static const char *after(const char *text, const char *mark)
{
    const char *found = strstr(text, mark);
    return found ? found + strlen(mark) : "?";
}

/* "starlette[full]==0.35.1" → "starlette 0.35.1" */
static char *package_of(const char *source)
{
    return g_strdup_printf("%.*s %s", (int)strcspn(source, "[="), source, after(source, "=="));
}

/* The version that the environment's interpreter had when it was made. */
static char *python_of(const char *folder)
{
    g_autofree char *file = g_build_filename(folder, "venv/pyvenv.cfg", NULL), *text = NULL;

    if (!g_file_get_contents(file, &text, NULL, NULL) || !strstr(text, "\nversion = "))
        return g_strdup("?");
    const char *version = strstr(text, "\nversion = ") + strlen("\nversion = ");
    return g_strndup(version, strcspn(version, "\n"));
}

static struct part part_of(const char *name, const char *folder, const char *arguments)
{
    g_autofree char *line =
        g_strdup_printf("%s/venv/bin/python -m pytest -q -p no:cacheprovider %s", folder, arguments);

    return (struct part){.suite = g_strdup(name),
                         .module = g_strdup("all"),
                         .folder = g_build_filename(folder, "source", NULL),
                         .path = g_strdup(""),
                         .command = g_strsplit(line, " ", -1),
                         .results = g_strdup("--junit-xml=")};
}

static struct project *project_new(char **fields, const char *folder)
{
    struct project *project = g_new0(struct project, 1);

    project->name = g_strdup(fields[FIELD_NAME]);
    project->package = package_of(fields[FIELD_SOURCE]);
    project->anyio = g_strdup(after(fields[FIELD_NAME], "anyio-"));
    project->python = python_of(folder);
    project->expected = g_strdup(fields[FIELD_EXPECTED]);
    project->part = part_of(project->name, folder, fields[FIELD_ARGUMENTS]);
    return project;
}

static void add_line(GPtrArray *projects, const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, "|", FIELDS);

    if (g_strv_length(fields) != FIELDS)
        g_error(LIST ": %s", line);
    for (size_t i = 0; i < FIELDS; i++)
        g_strstrip(fields[i]);
    g_autofree char *folder = g_build_filename(BUILD_DIRECTORY "/projects", fields[FIELD_NAME], NULL);
    g_autofree char *ready = g_build_filename(folder, "ready", NULL);
    if (g_file_test(ready, G_FILE_TEST_EXISTS))
        g_ptr_array_add(projects, project_new(fields, folder));
    else
        printf("SKIP %s: it is not in %s\n", fields[FIELD_NAME], folder);
}

GPtrArray *projects_found(void)
{
    GPtrArray *projects = g_ptr_array_new_with_free_func(project_free);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(LIST, &text, NULL, NULL))
        return projects;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (**line && **line != '#')
            add_line(projects, *line);
    return projects;
}
