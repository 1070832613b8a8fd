/* SPDX-License-Identifier: MIT */
#include "analyzer/core/place.h"

#include <stdbool.h>
#include <string.h>

/* What calls a loop on behalf of tests. A loop in C (uvloop) has no frames of its own: below a callback come
 * these. */
static bool runs_tests(const struct stack_frame *frame)
{
    static const char *const parts[] = {"/anyio/pytest_plugin.py", "/pytest_asyncio/", "/pluggy/", "/_pytest/"};
    if (!frame->file || (frame->origin != FRAME_LIBRARY && frame->origin != FRAME_PROVIDER))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strstr(frame->file, parts[i]))
            return true;
    return frame->origin == FRAME_PROVIDER && frame->function && g_str_has_prefix(frame->function, "TestRunner.");
}

/* asyncio's own functions that run callbacks and steps; a loop in C (uvloop) has none below run(). */
static bool runs_the_loop(const struct stack_frame *frame)
{
    static const char *const functions[] = {"Handle._run", "BaseEventLoop._run_once", "BaseEventLoop.run_forever",
                                            "BaseEventLoop.run_until_complete", "Runner.run"};
    if (frame->origin != FRAME_STDLIB || !frame->file || !strstr(frame->file, "asyncio/"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        if (g_strcmp0(frame->function, functions[i]) == 0)
            return true;
    return false;
}

uint32_t place_frames_in_loop(const struct stack *stack)
{
    uint32_t count = 0;
    while (count < stack->count && !runs_the_loop(&stack->frames[count]) && !runs_tests(&stack->frames[count]))
        count++;
    return count ? count : stack->count;
}

bool place_is_callback(const struct stack *stack)
{
    if (!stack || stack->count == 0)
        return false;
    const struct stack_frame *frame = &stack->frames[0];
    return runs_the_loop(frame) &&
           (g_strcmp0(frame->function, "Handle._run") == 0 || g_strcmp0(frame->function, "Runner.run") == 0);
}

static const struct stack_frame *frame_of_stack(const struct stack *stack)
{
    if (!stack || stack->count == 0)
        return NULL;
    static const enum frame_origin preference[] = {FRAME_USER, FRAME_LIBRARY};
    uint32_t count = place_frames_in_loop(stack);
    for (size_t p = 0; p < G_N_ELEMENTS(preference); p++)
        for (uint32_t i = 0; i < count; i++)
            if (stack->frames[i].origin == preference[p])
                return &stack->frames[i];
    return &stack->frames[0];
}

const struct stack_frame *place_of_moment(const struct moment *moment)
{
    return moment ? frame_of_stack(moment->stack) : NULL;
}

const struct stack_frame *place_of_finding(const struct finding *finding)
{
    const struct moment *const moments[] = {finding->entered, finding->cancelled, finding->exited,
                                            finding->delivered};
    const struct stack_frame *first = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(moments); i++) {
        const struct stack_frame *frame = place_of_moment(moments[i]);
        if (frame && frame->origin == FRAME_USER)
            return frame;
        if (!first)
            first = frame;
    }
    return first;
}

/* "<string>", "<frozen runpy>": no files. */
static bool is_no_file(const char *path)
{
    return path[0] == '<' || path[0] == '\0';
}

static const char *below(const char *path, const char *folder)
{
    size_t length = folder ? strlen(folder) : 0;
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (length == 0 || strncmp(path, folder, length) != 0)
        return NULL;
    if (length == 1)
        return path + 1;
    return path[length] == '/' && path[length + 1] ? path + length + 1 : NULL;
}

char *place_relative(const char *file, const struct report_process *process, const char *root)
{
    if (!file || is_no_file(file) || (file[0] != '/' && !(process && process->cwd && process->cwd[0] == '/')))
        return g_strdup(file && file[0] ? file : "?");
    char *path = g_canonicalize_filename(file, file[0] == '/' ? NULL : process->cwd);
    const char *relative = below(path, root);
    if (!relative)
        return path;
    char *copy = g_strdup(relative);
    g_free(path);
    return copy;
}

/* What follows the last occurrence of a folder of packages. */
static const char *after_packages_folder(const char *path)
{
    static const char *const folders[] = {"/site-packages/", "/dist-packages/"};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        const char *found = g_strrstr(path, folders[i]);
        if (found)
            return found + strlen(folders[i]);
    }
    return NULL;
}

/* What follows ".../lib/python3.11/". */
static const char *after_stdlib_folder(const char *path)
{
    const char *found = g_strrstr(path, "/python3.");
    const char *slash = found ? strchr(found + 1, '/') : NULL;
    return slash ? slash + 1 : NULL;
}

/* A package that lies anywhere: on PYTHONPATH, in a folder of its own. */
static const char *at_package(const char *path, GHashTable *packages)
{
    GHashTableIter iterator;
    gpointer name;
    const char *part = NULL;
    g_hash_table_iter_init(&iterator, packages);
    while (!part && g_hash_table_iter_next(&iterator, &name, NULL)) {
        g_autofree char *folder = g_strdup_printf("/%s/", (const char *)name);
        const char *found = g_strrstr(path, folder);
        part = found ? found + 1 : NULL;
    }
    return part;
}

static bool lies_in(const char *path, const char *folder)
{
    return path && g_str_has_prefix(path, folder);
}

/* The script that was started, or a file that it is to work on; not …/bin/uvicorn. */
static bool is_started_in(const struct report_process *process, const char *folder)
{
    g_auto(GStrv) words = g_strsplit(process->argv ? process->argv : "", "\x1f", -1);
    g_autofree char *commands = g_strconcat(folder, "bin/", NULL);
    for (char **word = words; *word; word++)
        if (lies_in(*word, folder) && !lies_in(*word, commands))
            return true;
    return false;
}

void place_add_install(struct report_process *process, const char *version, const char *location, const char *root)
{
    g_autofree char *folder =
        g_str_has_suffix(location, "/") ? g_strdup(location) : g_strconcat(location, "/", NULL);
    g_autofree char *here = g_strconcat(process->cwd ? process->cwd : "", "/", NULL);
    g_autofree char *project = g_strconcat(root ? root : "", "/", NULL);
    if (!*version || !g_path_is_absolute(location) || strlen(folder) == 1 || lies_in(here, folder) ||
        lies_in(project, folder) || is_started_in(process, folder))
        return;
    if (!process->installs)
        process->installs = g_ptr_array_new_with_free_func(g_free);
    if (!g_ptr_array_find_with_equal_func(process->installs, folder, g_str_equal, NULL))
        g_ptr_array_add(process->installs, g_steal_pointer(&folder));
}

const char *place_after_install(const struct report_process *process, const char *path)
{
    for (guint i = 0; process && process->installs && i < process->installs->len; i++) {
        const char *folder = g_ptr_array_index(process->installs, i);
        if (lies_in(path, folder))
            return path + strlen(folder);
    }
    return NULL;
}

const char *place_library_part(const char *path, enum frame_origin origin, const struct report_process *process)
{
    const char *part = after_packages_folder(path);
    if (!part && origin == FRAME_LIBRARY)
        part = place_after_install(process, path);
    if (!part && origin == FRAME_STDLIB)
        part = after_stdlib_folder(path);
    if (!part && origin == FRAME_PROVIDER && process && process->packages)
        part = at_package(path, process->packages);
    return part && *part ? part : NULL;
}

/* "app/backend.py" → "app.backend", "app/__init__.py" → "app" */
static char *module_of_path(const char *path)
{
    static const char *const endings[] = {".py", "/__init__"};
    char *module = g_strdup(path);
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        if (g_str_has_suffix(module, endings[i]))
            module[strlen(module) - strlen(endings[i])] = '\0';
    return g_strdelimit(module, "/", '.');
}

char *place_module(const struct stack_frame *frame, const struct report_process *process, const char *root)
{
    g_autofree char *path = place_relative(frame->file, process, root);
    const char *part = place_library_part(frame->file ? frame->file : "", frame->origin, process);
    if (!part)
        part = path[0] == '/' ? strrchr(path, '/') + 1 : path;
    if (g_str_has_prefix(part, "src/"))
        part += strlen("src/");
    return is_no_file(part) ? g_strdup(part) : module_of_path(part);
}
