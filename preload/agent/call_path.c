/* SPDX-License-Identifier: MIT */
#include "preload/agent/call_path.h"

#include "preload/agent/code_table.h"
#include "preload/agent/frames.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/seldom.h"
#include "preload/agent/trace_tree.h"

/* A power of two. */
#define PATHS 256u

/* A code object is told from another at its address by a weak reference. */
struct frame {
    PyObject *weak; /* owned */
    int instruction;
};

static struct path {
    struct frame frames[CALL_PATH_FRAMES]; /* innermost first */
    uint32_t depth;
    uint32_t package;
    uint32_t packages; /* how many there were then */
    uint32_t node;     /* a number */
} paths[PATHS] OF_INTERPRETER;

/* What is on the stack, as far as it was looked at. */
struct look {
    struct call_site sites[CALL_PATH_FRAMES];
    uint32_t depth, hash;
};

/* Objects lie at multiples of 16. */
static uint32_t hash_on(uint32_t hash, const struct call_site *site)
{
    return hash * 31 + (uint32_t)((uintptr_t)site->object / 16) + (uint32_t)site->instruction;
}

static struct path *slot_of(uint32_t hash)
{
    return &paths[(hash ^ hash >> 8) & (PATHS - 1)];
}

static bool is_frame(const struct frame *frame, const struct call_site *site)
{
    return frame->instruction == site->instruction && py_weak_is(frame->weak, site->object);
}

static bool goes_on_as(const struct path *path, const struct call_site *sites, uint32_t depth)
{
    for (uint32_t i = 1; i < depth; i++)
        if (!is_frame(&path->frames[i], &sites[i]))
            return false;
    return true;
}

static bool is_path(const struct path *path, const struct call_site *sites, uint32_t depth, uint32_t package)
{
    return path->depth == depth && path->package == package && is_frame(&path->frames[0], sites) &&
           path->packages == code_table_packages() && path->node > trace_tree_given_up &&
           goes_on_as(path, sites, depth);
}

static bool look_on(struct look *look, struct frames *walk)
{
    struct call_site *site = &look->sites[look->depth];

    if (look->depth == CALL_PATH_FRAMES || !frames_next(walk, &site->object, &site->instruction))
        return false;
    look->hash = hash_on(look->hash, site);
    look->depth++;
    return true;
}

/* Of more frames than one. */
static APART WHOLE uint32_t find_longer(uint32_t package)
{
    struct look look; /* its sites are filled one by one */
    struct frames walk;
    uint32_t node = 0;

    look.depth = look.hash = 0;
    frames_begin(&walk);
    while (!node && look_on(&look, &walk)) {
        const struct path *path = slot_of(look.hash);

        if (look.depth > 1 && is_path(path, look.sites, look.depth, package))
            node = path->node;
    }
    frames_end(&walk);
    return node;
}

uint32_t call_path_find(uint32_t package)
{
    struct call_site site;
    const struct path *path;

    if (UNLIKELY(!frames_innermost(&site.object, &site.instruction)))
        return 0;
    path = slot_of(hash_on(0, &site));
    return is_path(path, &site, 1, package) ? path->node : find_longer(package);
}

static void drop(const struct path *path)
{
    for (uint32_t i = 0; i < path->depth; i++)
        py_drop(path->frames[i].weak);
}

/* False without memory. */
static bool fill(struct path *path, const struct call_site *sites, uint32_t count)
{
    for (; path->depth < count; path->depth++) {
        PyObject *weak = py_weak_new(sites[path->depth].object);

        if (!weak)
            return false;
        path->frames[path->depth] = (struct frame){weak, sites[path->depth].instruction};
    }
    return true;
}

/* Other threads may run meanwhile, and be at it, too. */
void call_path_keep(const struct call_site *sites, uint32_t count, uint32_t package, uint32_t node)
{
    struct path path = {.package = package, .packages = code_table_packages(), .node = node};
    struct path *slot;
    struct path before;
    uint32_t hash = 0;

    if (!count || count > CALL_PATH_FRAMES || !node)
        return;
    if (!fill(&path, sites, count)) {
        drop(&path);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        hash = hash_on(hash, &sites[i]);
    slot = slot_of(hash);
    before = *slot;
    *slot = path;
    drop(&before);
}
