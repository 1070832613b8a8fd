/* SPDX-License-Identifier: MIT */
#include "preload/agent/trace_tree.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "preload/agent/emit.h"
#include "preload/agent/pointer_map.h"
#include "preload/agent/recording.h"
#include "preload/agent/surprise.h"

#define DEPTH_LIMIT 256u
#define NODE_LIMIT (1u << 22)
#define PACKAGE_LIMIT 32u
#define TEXT_BYTES 1024u

/* A code object that was seen on a stack. Its address may be another's once it died: then it leaves `codes`,
 * but the nodes made of it stay, hence the copied strings. */
struct code {
    PyObject *weak; /* owned */
    char *file, *function;
    uint32_t number;
    uint32_t package; /* TRACE_TREE_NO_PACKAGE = none */
    bool transparent; /* contextlib */
};

struct node {
    const struct code *code;
    uint32_t parent;
    uint32_t line;
    int32_t instruction;
    uint32_t generation; /* of the announcement; 0 = never */
};

struct site {
    struct code *code;
    int instruction;
    PyObject *object; /* owned */
};

static struct {
    struct pointer_map codes; /* code object → struct code */
    uint32_t code_count;
    struct code **all_codes;
    uint32_t all_capacity;
    struct node *nodes; /* [0] stands for "no stack" */
    uint32_t node_count, node_capacity;
    uint32_t *index; /* open addressing over nodes, 0 = free */
    uint32_t index_capacity;
    char *packages[PACKAGE_LIMIT]; /* [0] is nobody's */
    uint32_t package_count;
    uint32_t full_said; /* the recording in which that was said */
} tree = {.package_count = 1};

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

static bool lies_in(const char *file, const char *folder)
{
    size_t length = strlen(folder);

    return !strncmp(file, folder, length) && (file[length] == '/' || file[length] == '\0');
}

static void classify(struct code *code)
{
    const char *base = strrchr(code->file, '/');

    code->package = TRACE_TREE_NO_PACKAGE;
    for (uint32_t i = 1; i < tree.package_count; i++)
        if (lies_in(code->file, tree.packages[i]))
            code->package = i;
    code->transparent = base && !strcmp(base, "/contextlib.py");
}

uint32_t trace_tree_package(const char *folder)
{
    for (uint32_t i = 1; i < tree.package_count; i++)
        if (!strcmp(tree.packages[i], folder))
            return i;
    if (tree.package_count == PACKAGE_LIMIT)
        return TRACE_TREE_NO_PACKAGE;
    tree.packages[tree.package_count] = strdup(folder);
    if (!tree.packages[tree.package_count])
        return TRACE_TREE_NO_PACKAGE;
    tree.package_count++;
    for (uint32_t i = 0; i < tree.code_count; i++)
        classify(tree.all_codes[i]);
    return tree.package_count - 1;
}

static bool remember_code(struct code *code)
{
    if (tree.code_count == tree.all_capacity) {
        uint32_t capacity = tree.all_capacity ? tree.all_capacity * 2 : 256;
        struct code **wider = reallocarray(tree.all_codes, capacity, sizeof(struct code *));

        if (!wider)
            return false;
        tree.all_codes = wider;
        tree.all_capacity = capacity;
    }
    tree.all_codes[tree.code_count++] = code;
    code->number = tree.code_count;
    return true;
}

static struct code *add_code(PyObject *object)
{
    struct code *code = calloc(1, sizeof(*code));
    char text[TEXT_BYTES];

    if (!code)
        return NULL;
    code->weak = PyWeakref_NewRef(object, NULL);
    if (!code->weak)
        PyErr_Clear();
    code->file = strdup(py_text_attribute(object, "co_filename", text, sizeof(text)));
    code->function = strdup(py_text_attribute(object, "co_qualname", text, sizeof(text)));
    if (!code->weak || !code->file || !code->function || !remember_code(code)) {
        py_drop(code->weak);
        free(code->file);
        free(code->function);
        free(code);
        return NULL;
    }
    classify(code);
    (void)pointer_map_put(&tree.codes, object, code);
    return code;
}

static struct code *code_of(PyObject *object)
{
    struct code *code = pointer_map_get(&tree.codes, object);

    if (code && py_weak_target(code->weak) == object)
        return code;
    return add_code(object);
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
static void say_full(void)
{
    if (tree.full_said == recording_generation)
        return;
    tree.full_said = recording_generation;
    surprise_notice("The tracer's table of call sites is full: stacks that were not seen before are cut");
}

static uint32_t add_node(uint32_t parent, const struct code *code, PyObject *object, int instruction)
{
    int line = PyCode_Addr2Line((PyCodeObject *)object, instruction);
    uint32_t number;

    if ((tree.node_count == tree.node_capacity && (tree.node_count >= NODE_LIMIT || !widen_nodes())) ||
        (tree.node_count * 4 >= tree.index_capacity * 3 && !widen_index())) {
        say_full();
        return 0;
    }
    number = tree.node_count++;
    tree.nodes[number] = (struct node){
        .code = code, .parent = parent, .line = line > 0 ? (uint32_t)line : 0, .instruction = instruction};
    tree.index[index_slot(parent, code, instruction)] = number;
    return number;
}

static uint32_t child(uint32_t parent, const struct site *site)
{
    uint32_t found = 0;

    if (tree.index_capacity)
        found = tree.index[index_slot(parent, site->code, site->instruction)];
    return found ? found : add_node(parent, site->code, site->object, site->instruction);
}

static void announce_one(uint32_t number, uint32_t generation)
{
    struct node *node = &tree.nodes[number];
    struct st_frame event = {.statedump = node->generation != 0,
                             .frame = number,
                             .parent = node->parent,
                             .line = node->line,
                             .file = node->code->file,
                             .function = node->code->function};

    node->generation = generation;
    emit_frame(&event);
}

uint32_t trace_tree_announce(uint32_t number)
{
    uint32_t generation = recording_generation;
    uint32_t path[DEPTH_LIMIT * 2];
    uint32_t depth = 0;

    /* what is announced has announced parents */
    for (uint32_t i = number; i && tree.nodes[i].generation != generation; i = tree.nodes[i].parent)
        if (depth < DEPTH_LIMIT * 2)
            path[depth++] = i;
    while (depth)
        announce_one(path[--depth], generation);
    return number;
}

/* Fills sites with the frames of this thread, innermost first, at most DEPTH_LIMIT; stops after the first
 * outside `package` unless that is TRACE_TREE_NO_PACKAGE. */
static uint32_t collect(struct site *sites, uint32_t package)
{
    PyFrameObject *frame = PyEval_GetFrame();
    uint32_t count = 0;

    py_keep((PyObject *)frame);
    while (frame && count < DEPTH_LIMIT) {
        PyObject *object = (PyObject *)PyFrame_GetCode(frame);
        struct code *code = code_of(object);
        PyFrameObject *back;

        if (!code) {
            py_drop(object);
            break;
        }
        sites[count++] = (struct site){.code = code, .instruction = PyFrame_GetLasti(frame), .object = object};
        if (package && code->package != package && !code->transparent)
            break;
        back = PyFrame_GetBack(frame);
        py_drop((PyObject *)frame);
        frame = back;
    }
    py_drop((PyObject *)frame);
    return count;
}

static uint32_t capture(uint32_t package)
{
    struct site sites[DEPTH_LIMIT];
    uint32_t count = collect(sites, package);
    uint32_t node = 0;

    while (count) {
        count--;
        node = child(node, &sites[count]);
        py_drop(sites[count].object);
    }
    return trace_tree_announce(node);
}

uint32_t trace_tree_stack(void)
{
    return capture(TRACE_TREE_NO_PACKAGE);
}

uint32_t trace_tree_caller(uint32_t package)
{
    return capture(package ? package : PACKAGE_LIMIT);
}

uint32_t trace_tree_place(uint32_t parent, PyObject *code, int instruction)
{
    struct site site = {.code = code_of(code), .instruction = instruction, .object = code};

    return site.code ? trace_tree_announce(child(parent, &site)) : 0;
}

const void *trace_tree_running_code(void)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyCodeObject *code = frame ? PyFrame_GetCode(frame) : NULL;

    py_drop((PyObject *)code);
    return code;
}

void trace_tree_forget(void)
{
    pointer_map_clear(&tree.codes);
    for (uint32_t i = 0; i < tree.node_count; i++)
        tree.nodes[i].generation = 0;
}
