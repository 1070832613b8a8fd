/* SPDX-License-Identifier: MIT */
#include "analyzer/core/stacks.h"

#include <string.h>

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/place.h"

/* A recursion deeper than this says nothing more about a cause; also a guard against a cycle of parents. */
#define STACK_LIMIT 256

static void site_free(void *data)
{
    struct site *site = data;
    if (!site)
        return;
    g_free(site->text);
    g_free(site->key);
    g_free(site->spot);
    g_free(site->opener);
    g_free(site);
}

static void generic_free(void *data)
{
    struct generic_source *source = data;
    g_free(source->file);
    g_free(source->class_name);
    g_free(source->function);
    g_free(source);
}

static guint generic_hash(const void *key)
{
    const struct generic_source *source = key;
    return g_str_hash(source->file) ^ g_str_hash(source->class_name) * 31 ^ g_str_hash(source->function) * 7;
}

static gboolean generic_equal(const void *a, const void *b)
{
    const struct generic_source *x = a, *y = b;
    return strcmp(x->file, y->file) == 0 && strcmp(x->class_name, y->class_name) == 0 &&
           strcmp(x->function, y->function) == 0;
}

void stacks_init(struct world *world)
{
    world->stacks = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    world->sites = g_hash_table_new_full(NULL, NULL, NULL, site_free);
    world->sources = g_hash_table_new(NULL, NULL);
    world->generic = g_hash_table_new_full(generic_hash, generic_equal, generic_free, NULL);
    world->packages = g_ptr_array_new_with_free_func(g_free);
}

void stacks_free(struct world *world)
{
    g_hash_table_unref(world->stacks);
    g_hash_table_unref(world->sites);
    g_hash_table_unref(world->sources);
    g_hash_table_unref(world->generic);
    g_ptr_array_unref(world->packages);
}

void stacks_add_package(struct world *world, const char *module)
{
    const char *dot = strchr(module, '.');
    size_t length = dot ? (size_t)(dot - module) : strlen(module);
    /* A module of the standard library is told by its folder. */
    if (length == 0 || g_str_has_prefix(module, "asyncio"))
        return;
    g_ptr_array_add(world->packages, g_strdup_printf("/%.*s%s", (int)length, module, dot ? "/" : ".py"));
}

void stacks_add_module(struct world *world, const char *module)
{
    char *path = g_strdup_printf("/%s.py", module);
    g_strdelimit(path, ".", '/');
    path[strlen(path) - strlen("/py")] = '.';
    g_ptr_array_add(world->packages, path);
}

static bool is_stdlib(const struct world *world, const char *file)
{
    if (g_str_has_prefix(file, "<frozen "))
        return true;
    if (world->stdlib && *world->stdlib && g_str_has_prefix(file, world->stdlib))
        return file[strlen(world->stdlib)] == '/';
    return strstr(file, "/lib/python3") != NULL;
}

/* …/bin/uvicorn, which a package's installation made: it starts whatever it is that runs. */
static bool is_launcher(const char *file, const char *function)
{
    const char *name = strrchr(file, '/');
    return name && !strchr(name, '.') && name - file >= 4 && memcmp(name - 4, "/bin", 4) == 0 &&
           strcmp(function, "<module>") == 0;
}

static enum frame_origin frame_origin(const struct world *world, const char *file, const char *function)
{
    bool installed = strstr(file, "/site-packages/") || strstr(file, "/dist-packages/") ||
                     place_after_install(world->process, file);
    if ((!installed && is_stdlib(world, file)) || is_launcher(file, function))
        return FRAME_STDLIB;
    for (guint i = 0; i < world->packages->len; i++)
        if (strstr(file, g_ptr_array_index(world->packages, i)))
            return FRAME_PROVIDER;
    return installed ? FRAME_LIBRARY : FRAME_USER;
}

static struct stack *stack_build(const struct world *world, struct stack_id id)
{
    struct stack *stack = g_malloc(sizeof *stack + STACK_LIMIT * sizeof *stack->frames);
    stack->count = 0;
    for (uint32_t node = id.node; node && stack->count < STACK_LIMIT;) {
        const struct frame_node *frame = g_hash_table_lookup(world->frames, GUINT_TO_POINTER(node));
        if (!frame)
            break;
        stack->frames[stack->count++] =
            (struct stack_frame){.file = frame->file,
                                 .function = frame->function,
                                 .line = frame->line,
                                 .origin = frame_origin(world, frame->file, frame->function)};
        node = frame->parent;
    }
    return g_realloc(stack, sizeof *stack + stack->count * sizeof *stack->frames);
}

const struct stack *stack_get(struct world *world, struct stack_id id)
{
    if (!id.node)
        return NULL;
    struct stack *stack = g_hash_table_lookup(world->stacks, GUINT_TO_POINTER(id.node));
    if (!stack) {
        stack = stack_build(world, id);
        /* A frame that was lost may still be announced by a later dump: do not remember its absence. */
        if (!stack->count) {
            g_free(stack);
            return NULL;
        }
        g_hash_table_insert(world->stacks, GUINT_TO_POINTER(id.node), stack);
    }
    return stack;
}

static bool is_asyncio(const struct stack_frame *frame)
{
    return frame->origin == FRAME_STDLIB && strstr(frame->file, "/asyncio/");
}

/* Below these frames is whoever runs the loop, not whoever caused the event. */
static bool is_loop(const struct stack_frame *frame)
{
    static const char *const plumbing[] = {"/events.py", "/base_events.py", "/runners.py"};
    if (!is_asyncio(frame))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(plumbing); i++)
        if (g_str_has_suffix(frame->file, plumbing[i]))
            return true;
    return false;
}

static uint32_t count_above_loop(const struct stack *stack)
{
    uint32_t count = 0;
    while (count < stack->count && !is_loop(&stack->frames[count]))
        count++;
    return MIN(count, place_frames_in_loop(stack));
}

static const struct stack_frame *frame_to_blame(const struct stack *stack)
{
    static const enum frame_origin preference[] = {FRAME_USER, FRAME_LIBRARY, FRAME_PROVIDER};
    uint32_t count = count_above_loop(stack);
    for (size_t p = 0; p < G_N_ELEMENTS(preference); p++)
        for (uint32_t i = 0; i < count; i++)
            if (stack->frames[i].origin == preference[p])
                return &stack->frames[i];
    return &stack->frames[0];
}

/* The part of a path that is the same on another machine. */
static const char *path_tail(const struct world *world, const struct stack_frame *frame)
{
    static const char *const marks[] = {"/site-packages/", "/dist-packages/"};
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        const char *found = strstr(frame->file, marks[i]);
        if (found)
            return found + strlen(marks[i]);
    }
    if (frame->origin == FRAME_LIBRARY && place_after_install(world->process, frame->file))
        return place_after_install(world->process, frame->file);
    if (frame->origin == FRAME_STDLIB && world->stdlib && g_str_has_prefix(frame->file, world->stdlib))
        return frame->file + strlen(world->stdlib) + 1;
    for (guint i = 0; frame->origin == FRAME_PROVIDER && i < world->packages->len; i++) {
        const char *found = strstr(frame->file, g_ptr_array_index(world->packages, i));
        if (found)
            return found + 1;
    }
    const char *slash = strrchr(frame->file, '/');
    return slash ? slash + 1 : frame->file;
}

/* The project's own files by their whole path in it: two may have one name. */
static char *stable_path(const struct world *world, const struct stack_frame *frame, const char *tail)
{
    const struct report_process *process = world->process;
    const char *const folders[] = {world->analysis->options.root, process ? process->cwd : NULL};
    for (size_t i = 0; frame->origin == FRAME_USER && i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = place_relative(frame->file, process, folders[i]);
        if (path[0] != '/')
            return g_steal_pointer(&path);
    }
    return g_strdup(tail);
}

/* A call that only passes on what it is given. */
static bool is_transparent(const struct stack_frame *frame)
{
    return g_str_has_suffix(frame->file, "/contextlib.py");
}

/* "fail_after()" of fail_after, "TaskGroup" of TaskGroup.__aenter__. */
static char *opener_name(const char *function)
{
    const char *dot = strrchr(function, '.'), *last = dot ? dot + 1 : function;
    if (!dot || !g_str_has_prefix(last, "__"))
        return g_strconcat(function, "()", NULL);
    /* the class behind AnyIO 3's fail_after() */
    if (g_str_has_prefix(function, "FailAfterContextManager."))
        return g_strdup("fail_after()");
    char *class = g_strndup(function, (gsize)(dot - function));
    char *begin = strrchr(class, '.');
    if (begin)
        memmove(class, begin + 1, strlen(begin));
    return class;
}

/* What the blamed frame called, if that is a library's doing. */
static char *find_opener(const struct stack *stack, const struct stack_frame *blamed)
{
    const struct stack_frame *frame = blamed;
    do {
        if (frame == stack->frames)
            return NULL;
        frame--;
    } while (is_transparent(frame));
    return frame->origin == FRAME_USER ? NULL : opener_name(frame->function);
}

const struct site *stack_site(struct world *world, struct stack_id id)
{
    struct site *site = g_hash_table_lookup(world->sites, GUINT_TO_POINTER(id.node));
    const struct stack *stack = site ? NULL : stack_get(world, id);
    if (site || !stack)
        return site;
    const struct stack_frame *frame = frame_to_blame(stack);
    const char *tail = path_tail(world, frame);
    site = g_new0(struct site, 1);
    site->text = g_strdup_printf("%s:%u (%s)", tail, frame->line, frame->function);
    g_autofree char *path = stable_path(world, frame, tail);
    site->key = g_strdup_printf("%s|%s", path, frame->function);
    site->spot = g_strdup_printf("%s|%u", site->key, frame->line);
    site->opener = find_opener(stack, frame);
    g_hash_table_insert(world->sites, GUINT_TO_POINTER(id.node), site);
    return site;
}

/* "main.<locals>.Deadline._fire" is of class "main.<locals>.Deadline"; "main.<locals>.fire" of none. */
static struct generic_source *generic_new(const struct stack_frame *frame)
{
    struct generic_source *source = g_new0(struct generic_source, 1);
    source->file = g_strdup(frame->file);
    const char *function = frame->function;
    /* A function or lambda inside a method acts for the method's class. */
    char *outer = g_strdup(function);
    char *last = strrchr(outer, '.');
    while (last && last - outer > 9 && memcmp(last - 9, ".<locals>", 9) == 0) {
        last[-9] = '\0';
        source->nested = true;
        last = strrchr(outer, '.');
    }
    source->class_name = g_strdup(last ? (*last = '\0', outer) : "");
    source->function = g_strdup(last ? "" : outer);
    g_free(outer);
    return source;
}

static struct generic_source *generic_intern(struct world *world, const struct stack_frame *frame)
{
    struct generic_source *source = generic_new(frame);
    struct generic_source *known = g_hash_table_lookup(world->generic, source);
    if (known) {
        generic_free(source);
        return known;
    }
    g_hash_table_add(world->generic, source);
    return source;
}

static struct generic_source *generic_find(struct world *world, const struct stack *stack)
{
    uint32_t count = count_above_loop(stack);
    for (uint32_t i = 0; i < count; i++)
        if (!is_asyncio(&stack->frames[i]))
            return generic_intern(world, &stack->frames[i]);
    return count ? generic_intern(world, &stack->frames[0]) : NULL;
}

const struct generic_source *stack_generic(struct world *world, struct stack_id id)
{
    void *found;
    if (g_hash_table_lookup_extended(world->sources, GUINT_TO_POINTER(id.node), NULL, &found))
        return found;
    const struct stack *stack = stack_get(world, id);
    if (!stack)
        return NULL;
    struct generic_source *source = generic_find(world, stack);
    g_hash_table_insert(world->sources, GUINT_TO_POINTER(id.node), source);
    return source;
}

uint32_t stack_count(struct world *world, struct stack_id id, const char *file, const char *function)
{
    const struct stack *stack = stack_get(world, id);
    uint32_t count = 0;
    for (uint32_t i = 0; stack && i < stack->count; i++)
        count +=
            g_str_has_suffix(stack->frames[i].file, file) && g_str_has_suffix(stack->frames[i].function, function);
    return count;
}

bool stack_mentions(struct world *world, struct stack_id id, const char *file, const char *function)
{
    return stack_count(world, id, file, function) > 0;
}
