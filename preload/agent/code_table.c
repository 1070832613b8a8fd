/* SPDX-License-Identifier: MIT */
#include "preload/agent/code_table.h"

#include <stdlib.h>
#include <string.h>

#include "preload/agent/pointer_map.h"
#include "preload/agent/seldom.h"

/* Some 250 bytes each. */
#define CODE_LIMIT (1u << 15)
#define FIRST_SWEEP 128u
#define TEXT_BYTES 1024u

/* A code object by its address, which may be another's once it died. */
struct sighting {
    PyObject *weak; /* owned */
    const struct code *code;
};

static struct {
    struct pointer_map sightings;  /* code object → struct sighting */
    struct pointer_map by_content; /* struct code.content → struct code */
    uint32_t sweep_at;             /* how many sightings make a look at which of them died worth while */
    struct code **all;
    uint32_t count, capacity;
    char *packages[CODE_TABLE_PACKAGES]; /* [0] is nobody's */
    uint32_t package_count;
} table = {.package_count = 1, .sweep_at = FIRST_SWEEP};

/* ---- packages ---- */

static bool lies_in(const char *file, const char *folder)
{
    size_t length = strlen(folder);

    return !strncmp(file, folder, length) && (file[length] == '/' || file[length] == '\0');
}

static void classify(struct code *code)
{
    const char *base = strrchr(code->file, '/');

    code->package = CODE_TABLE_NO_PACKAGE;
    for (uint32_t i = 1; i < table.package_count; i++)
        if (lies_in(code->file, table.packages[i]))
            code->package = i;
    code->transparent = base && !strcmp(base, "/contextlib.py");
}

uint32_t code_table_package(const char *folder)
{
    for (uint32_t i = 1; i < table.package_count; i++)
        if (!strcmp(table.packages[i], folder))
            return i;
    if (table.package_count == CODE_TABLE_PACKAGES)
        return CODE_TABLE_NO_PACKAGE;
    table.packages[table.package_count] = strdup(folder);
    if (!table.packages[table.package_count])
        return CODE_TABLE_NO_PACKAGE;
    table.package_count++;
    for (uint32_t i = 0; i < table.count; i++)
        classify(table.all[i]);
    return table.package_count - 1;
}

uint32_t code_table_packages(void)
{
    return table.package_count;
}

/* ---- what code says of itself ---- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001B3);
    return hash;
}

/* With the same line table, an instruction is on the same line. */
static uint64_t mix_lines(uint64_t hash, PyObject *object)
{
    PyObject *first = py_attribute_named(object, "co_firstlineno");
    PyObject *lines = py_attribute_named(object, "co_linetable");
    long line = first ? PyLong_AsLong(first) : 0;
    char *bytes;
    Py_ssize_t size;

    if (lines && PyBytes_AsStringAndSize(lines, &bytes, &size) == 0)
        hash = mix(hash, bytes, (size_t)size);
    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(lines);
    py_drop(first);
    return mix(hash, &line, sizeof(line));
}

static uint64_t content_of(PyObject *object, const char *file, const char *function)
{
    uint64_t hash = mix(UINT64_C(0xCBF29CE484222325), file, strlen(file) + 1);

    hash = mix_lines(mix(hash, function, strlen(function) + 1), object);
    return hash | 1; /* a key is never NULL */
}

static const void *key_of(uint64_t content)
{
    return (const void *)(uintptr_t)content; // NOLINT(performance-no-int-to-ptr): a key, not an address
}

/* ---- code ---- */

static void free_code(struct code *code)
{
    free(code->file);
    free(code->function);
    free(code);
}

static bool remember(struct code *code)
{
    if (table.count == table.capacity) {
        uint32_t capacity = table.capacity ? table.capacity * 2 : 256;
        struct code **wider = reallocarray(table.all, capacity, sizeof(struct code *));

        if (!wider)
            return false;
        table.all = wider;
        table.capacity = capacity;
    }
    if (pointer_map_put(&table.by_content, key_of(code->content), code) < 0)
        return false;
    table.all[table.count++] = code;
    code->number = table.count;
    return true;
}

static struct code *add_code(const char *file, const char *function, uint64_t content)
{
    struct code *code = calloc(1, sizeof(*code));

    if (!code)
        return NULL;
    *code = (struct code){.file = strdup(file), .function = strdup(function), .content = content};
    if (!code->file || !code->function || !remember(code)) {
        free_code(code);
        return NULL;
    }
    classify(code);
    return code;
}

static struct code *read_code(PyObject *object)
{
    char file[TEXT_BYTES], function[TEXT_BYTES];
    struct code *code;
    uint64_t content;

    py_text_attribute(object, "co_filename", file, sizeof(file));
    py_text_attribute(object, "co_qualname", function, sizeof(function));
    content = content_of(object, file, function);
    code = pointer_map_get(&table.by_content, key_of(content));
    if (code && !strcmp(code->file, file) && !strcmp(code->function, function))
        return code;
    return add_code(file, function, content);
}

/* ---- sightings ---- */

static void free_sighting(struct sighting *sighting)
{
    if (sighting)
        py_drop(sighting->weak);
    free(sighting);
}

/* Forgets the code objects that died. Without memory it is for another time. */
static void sweep(void)
{
    struct pointer_map living = {NULL, 0, 0};
    struct pointer_map *all = &table.sightings;

    for (uint32_t i = 0; i < all->capacity; i++) {
        struct sighting *sighting = all->slots[i].value;

        if (sighting &&
            (!py_weak_target(sighting->weak) || pointer_map_put(&living, all->slots[i].key, sighting) < 0))
            free_sighting(sighting);
    }
    pointer_map_clear(all);
    *all = living;
    table.sweep_at = living.used * 2 > FIRST_SWEEP ? living.used * 2 : FIRST_SWEEP;
}

static void sight(PyObject *object, const struct code *code)
{
    struct sighting *sighting = malloc(sizeof(*sighting));
    struct sighting *before;

    if (!sighting)
        return;
    *sighting = (struct sighting){.weak = py_weak_new(object), .code = code};
    before = pointer_map_get(&table.sightings, object);
    if (!sighting->weak || pointer_map_put(&table.sightings, object, sighting) < 0) {
        free_sighting(sighting);
        return;
    }
    free_sighting(before);
    if (table.sightings.used >= table.sweep_at)
        sweep();
}

static SELDOM const struct code *meet(PyObject *object)
{
    const struct code *code;
    struct py_work work;

    py_work_begin(&work);
    code = read_code(object);
    if (code)
        sight(object, code);
    py_work_end(&work);
    return code;
}

const struct code *code_table_find(PyObject *object)
{
    const struct sighting *sighting = pointer_map_get(&table.sightings, object);

    return sighting && py_weak_is(sighting->weak, object) ? sighting->code : meet(object);
}

/* ---- the end ---- */

bool code_table_is_full(void)
{
    return table.count >= CODE_LIMIT;
}

void code_table_clear(void)
{
    for (uint32_t i = 0; i < table.sightings.capacity; i++)
        free_sighting(table.sightings.slots[i].value);
    pointer_map_clear(&table.sightings);
    pointer_map_clear(&table.by_content);
    for (uint32_t i = 0; i < table.count; i++)
        free_code(table.all[i]);
    table.count = 0;
    table.sweep_at = FIRST_SWEEP;
}

void code_table_forget(void)
{
    for (uint32_t i = 0; i < table.sightings.capacity; i++)
        free(table.sightings.slots[i].value);
    pointer_map_clear(&table.sightings);
}
