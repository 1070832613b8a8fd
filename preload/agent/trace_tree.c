/* SPDX-License-Identifier: MIT */
#include "preload/agent/trace_tree.h"

#include <stdlib.h>

#include "preload/agent/call_path.h"
#include "preload/agent/code_table.h"
#include "preload/agent/emit.h"
#include "preload/agent/frames.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/recording.h"
#include "preload/agent/seldom.h"
#include "preload/agent/surprise.h"

#define DEPTH_LIMIT 256u
/* 32 bytes each, with the index. */
#define NODE_LIMIT (1u << 18)

struct node {
    const struct code *code;
    uint32_t parent; /* a number */
    uint32_t line;
    int32_t instruction;
    uint32_t generation; /* of the announcement; 0 = never */
};

struct site {
    const struct code *code; /* NULL: not looked up yet */
    struct call_site at;     /* owned */
};

/* Nodes are numbered on and on; those up to this one are not kept any more. */
uint32_t trace_tree_given_up;

static struct {
    struct node *nodes; /* [number - trace_tree_given_up]; [0] stands for what is not kept */
    uint32_t node_count, node_capacity;
    uint32_t given_up_in; /* the recording in which nodes were last given up */
    uint32_t *index;      /* open addressing over nodes, 0 = free */
    uint32_t index_capacity;
    uint32_t users;      /* who hold nodes and code: a collection may let other threads run meanwhile */
    uint32_t short_said; /* the recording in which a lack of memory was said */
} tree;

/* This thread's part of the users. */
static __thread uint32_t uses_here;

struct tables_list trace_tree_node_table = {.items = &tree.nodes,
                                            .count = &tree.node_count,
                                            .stride = sizeof(struct node),
                                            .record = sizeof(struct node),
                                            .fields = {[TABLES_NODE_CODE] = TABLES_FIELD(struct node, code),
                                                       [TABLES_NODE_PARENT] = TABLES_FIELD(struct node, parent),
                                                       [TABLES_NODE_LINE] = TABLES_FIELD(struct node, line)}};

struct tables_list trace_tree_code_table = {
    .record = sizeof(struct code),
    .fields = {[TABLES_CODE_FILE] = TABLES_FIELD(struct code, file),
               [TABLES_CODE_FUNCTION] = TABLES_FIELD(struct code, function)}};

/* The whole stack that was found last, outermost frame first: the next has most of it in common. A code object is
 * told from another at its address by a weak reference. */
static struct familiar {
    PyObject *weak;        /* owned */
    uint32_t node, parent; /* numbers */
    int instruction;
} familiar[DEPTH_LIMIT] OF_INTERPRETER;

/* NULL: no stack, or one that is not kept. */
static struct node *node_of(uint32_t number)
{
    return number > trace_tree_given_up ? &tree.nodes[number - trace_tree_given_up] : NULL;
}

static uint32_t hash_of(uint32_t parent, const struct code *code, int instruction)
{
    uint64_t mixed = ((uint64_t)parent << 32 ^ (uint64_t)code->number << 14 ^ (uint32_t)instruction) *
                     UINT64_C(0x9E3779B97F4A7C15);

    return (uint32_t)(mixed >> 32);
}

/* Where the node is, or belongs, in the index. */
static uint32_t index_slot(uint32_t parent, const struct code *code, int instruction)
{
    uint32_t mask = tree.index_capacity - 1;
    uint32_t i = hash_of(parent, code, instruction) & mask;

    for (; tree.index[i]; i = (i + 1) & mask) {
        const struct node *node = &tree.nodes[tree.index[i]];

        if (node->parent == parent && node->code == code && node->instruction == instruction)
            break;
    }
    return i;
}

static bool widen_index(void)
{
    uint32_t capacity = tree.index_capacity ? tree.index_capacity * 2 : 1024;
    uint32_t *wider = calloc(capacity, sizeof(*wider));

    if (!wider)
        return false;
    free(tree.index);
    tree.index = wider;
    tree.index_capacity = capacity;
    for (uint32_t i = 1; i < tree.node_count; i++) {
        const struct node *node = &tree.nodes[i];

        tree.index[index_slot(node->parent, node->code, node->instruction)] = i;
    }
    return true;
}

static bool widen_nodes(void)
{
    uint32_t capacity = tree.node_capacity ? tree.node_capacity * 2 : 1024;
    struct node *wider = reallocarray(tree.nodes, capacity, sizeof(*wider));

    if (!wider)
        return false;
    tree.nodes = wider;
    tree.node_capacity = capacity;
    if (!tree.node_count)
        tree.nodes[tree.node_count++] = (struct node){0};
    return true;
}

/* Stacks are cut then, no more. */
static void lack_memory(void)
{
    if (tree.short_said == recording_generation)
        return;
    tree.short_said = recording_generation;
    surprise_notice("There was no memory for the table of call sites: stacks that were not seen before are cut");
}

static SELDOM uint32_t add_node(uint32_t parent, const struct code *code, PyObject *object, int instruction)
{
    int line = PyCode_Addr2Line((PyCodeObject *)object, instruction);
    uint32_t place;

    if ((tree.node_count == tree.node_capacity && !widen_nodes()) ||
        (tree.node_count * 4 >= tree.index_capacity * 3 && !widen_index())) {
        lack_memory();
        return 0;
    }
    place = tree.node_count++;
    tree.nodes[place] = (struct node){
        .code = code, .parent = parent, .line = line > 0 ? (uint32_t)line : 0, .instruction = instruction};
    tree.index[index_slot(parent, code, instruction)] = place;
    return trace_tree_given_up + place;
}

static uint32_t child(uint32_t parent, const struct site *site)
{
    uint32_t found = 0;

    if (tree.index_capacity)
        found = tree.index[index_slot(parent, site->code, site->at.instruction)];
    return found ? trace_tree_given_up + found
                 : add_node(parent, site->code, site->at.object, site->at.instruction);
}

static void announce_one(uint32_t number, uint32_t generation)
{
    struct node *node = node_of(number);
    struct st_frame event = {.statedump = node->generation != 0,
                             .frame = number,
                             .parent = node->parent,
                             .line = node->line,
                             .file = node->code->file,
                             .function = node->code->function};

    node->generation = generation;
    emit_frame(&event);
}

static SELDOM uint32_t announce(uint32_t number)
{
    uint32_t generation = recording_generation;
    uint32_t path[DEPTH_LIMIT * 2];
    uint32_t depth = 0;
    uint32_t next = number;

    if (number <= trace_tree_given_up && !recording_knows(tree.given_up_in))
        return 0;
    /* what is announced has announced parents */
    for (const struct node *node; (node = node_of(next)) && node->generation != generation; next = node->parent)
        if (depth < DEPTH_LIMIT * 2)
            path[depth++] = next;
    while (depth)
        announce_one(path[--depth], generation);
    return number;
}

OFTEN uint32_t trace_tree_announce(uint32_t number)
{
    const struct node *node = node_of(number);

    return node && node->generation == recording_generation ? number : announce(number);
}

/* Whether the stack of a scope's entry ends with this code. */
static bool is_outside(const struct code *code, uint32_t package)
{
    return code->package != package && !code->transparent;
}

static bool is_last(struct site *site, uint32_t package)
{
    site->code = code_table_find(site->at.object);
    return site->code && is_outside(site->code, package);
}

/* Fills sites with the frames of this thread, innermost first, at most DEPTH_LIMIT; stops after the first
 * outside `package` unless that is CODE_TABLE_NO_PACKAGE. */
static WHOLE uint32_t collect(struct site *sites, uint32_t package)
{
    struct frames walk;
    uint32_t count = 0;

    frames_begin(&walk);
    for (; count < DEPTH_LIMIT; count++) {
        struct site *site = &sites[count];

        site->code = NULL;
        if (!frames_next(&walk, &site->at.object, &site->at.instruction))
            break;
        if (package && is_last(site, package)) {
            count++;
            break;
        }
    }
    frames_end(&walk);
    return count;
}

/* Without memory for what is said of a frame the stack begins within it. */
static uint32_t look_up(uint32_t parent, struct site *site)
{
    if (!site->code)
        site->code = code_table_find(site->at.object);
    return site->code ? child(parent, site) : 0;
}

static bool is_familiar(const struct familiar *last, uint32_t parent, const struct site *site)
{
    return last->node > trace_tree_given_up && last->parent == parent &&
           last->instruction == site->at.instruction && py_weak_is(last->weak, site->at.object);
}

/* The same, of the frame at this place of a whole stack. Other threads may run meanwhile, and be at it, too. */
static uint32_t recognize(struct familiar *last, uint32_t parent, struct site *site)
{
    struct familiar now = {.parent = parent, .instruction = site->at.instruction};
    struct familiar before;

    if (is_familiar(last, parent, site))
        return last->node;
    now.weak = py_weak_new(site->at.object);
    now.node = look_up(parent, site);
    if (!now.weak)
        return now.node;
    before = *last;
    *last = now;
    py_drop(before.weak);
    return now.node;
}

/* A program that makes code on and on makes call sites on and on: they are numbered anew when there are too many,
 * and those that go on being used are announced again. */
static SELDOM void begin_anew(void)
{
    trace_tree_given_up += tree.node_count ? tree.node_count - 1 : 0;
    tree.given_up_in = recording_generation;
    free(tree.nodes);
    free(tree.index);
    tree.nodes = NULL;
    tree.index = NULL;
    tree.node_count = tree.node_capacity = tree.index_capacity = 0;
    code_table_clear();
}

static void keep_small(void)
{
    if (!tree.users && (tree.node_count >= NODE_LIMIT || code_table_is_full()))
        begin_anew();
}

static void begin_use(void)
{
    tree.users++;
    uses_here++;
}

static void end_use(void)
{
    tree.users--;
    uses_here--;
}

void trace_tree_forked(void)
{
    tree.users = uses_here;
}

/* What the frames are: it has not been announced. */
static uint32_t node_at(struct site *sites, uint32_t count, uint32_t package)
{
    struct familiar *last = familiar;
    uint32_t node = 0;

    while (count--)
        node = package ? look_up(node, &sites[count]) : recognize(last++, node, &sites[count]);
    return node;
}

/* Unless there may be more frames next time: code of the package can be a greenlet's outermost. */
static void remember(const struct site *sites, uint32_t count, uint32_t package, uint32_t node)
{
    const struct site *last = count ? &sites[count - 1] : NULL;
    struct call_site path[CALL_PATH_FRAMES];

    if (!last || count > CALL_PATH_FRAMES || !last->code || !is_outside(last->code, package))
        return;
    for (uint32_t i = 0; i < count; i++)
        path[i] = sites[i].at;
    call_path_keep(path, count, package, node);
}

static APART OFTEN uint32_t capture(uint32_t package)
{
    struct site sites[DEPTH_LIMIT];
    uint32_t count, node;

    keep_small();
    begin_use();
    count = collect(sites, package);
    node = node_at(sites, count, package);
    if (package)
        remember(sites, count, package, node);
    end_use();
    return node;
}

uint32_t trace_tree_stack(void)
{
    return trace_tree_announce(capture(CODE_TABLE_NO_PACKAGE));
}

OFTEN uint32_t trace_tree_caller(uint32_t package)
{
    uint32_t of = package ? package : CODE_TABLE_PACKAGES;
    uint32_t number = call_path_find(of);

    return number ? number : capture(of);
}

uint32_t trace_tree_place(uint32_t parent, PyObject *code, int instruction)
{
    struct site site = {.at = {.instruction = instruction, .object = code}};
    uint32_t node = 0;

    begin_use();
    site.code = code_table_find(code);
    if (site.code)
        node = child(parent, &site);
    end_use();
    return trace_tree_announce(node);
}

bool trace_tree_is_of(uint32_t number, uint32_t package)
{
    const struct node *node = node_of(number);

    return node && node->code->package == package;
}

const void *trace_tree_running_code(void)
{
    PyObject *code = NULL;
    int instruction;

    (void)frames_innermost(&code, &instruction);
    return code;
}

void trace_tree_forget(void)
{
    code_table_forget();
    for (uint32_t i = 0; i < tree.node_count; i++)
        tree.nodes[i].generation = 0;
}
