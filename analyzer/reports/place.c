/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/place.h"

#include <stdbool.h>
#include <string.h>

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
    while (count < stack->count && !runs_the_loop(&stack->frames[count]))
        count++;
    return count ? count : stack->count;
}

const struct stack_frame *place_of_stack(const struct stack *stack)
{
    if (!stack || stack->count == 0)
        return NULL;
    uint32_t count = place_frames_in_loop(stack);
    for (uint32_t i = 0; i < count; i++)
        if (stack->frames[i].origin == FRAME_USER)
            return &stack->frames[i];
    return &stack->frames[0];
}

const struct stack_frame *place_of_moment(const struct moment *moment)
{
    return moment ? place_of_stack(moment->stack) : NULL;
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

char *place_path(const struct stack_frame *frame, const struct report_process *process,
                 const struct report_style *style)
{
    const char *file = frame->file ? frame->file : "";
    if (is_no_file(file) || (file[0] != '/' && !(process && process->cwd && process->cwd[0] == '/')))
        return g_strdup(file[0] ? file : "?");
    char *path = g_canonicalize_filename(file, file[0] == '/' ? NULL : process->cwd);
    const char *relative = below(path, style->root);
    if (!relative)
        return path;
    char *copy = g_strdup(relative);
    g_free(path);
    return copy;
}

/* What follows the last occurrence of a folder of packages. */
static const char *package_part(const char *path)
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
static const char *stdlib_part(const char *path)
{
    const char *found = g_strrstr(path, "/python3.");
    return found ? strchr(found + 1, '/') : NULL;
}

char *place_short_path(const struct stack_frame *frame, const struct report_process *process,
                       const struct report_style *style)
{
    char *path = place_path(frame, process, style);
    if (style->verbosity > 0 || frame->origin == FRAME_USER)
        return path;
    const char *part = package_part(path);
    if (!part && frame->origin == FRAME_STDLIB && stdlib_part(path))
        part = stdlib_part(path) + 1;
    if (!part || !*part)
        return path;
    char *copy = g_strdup(part);
    g_free(path);
    return copy;
}
