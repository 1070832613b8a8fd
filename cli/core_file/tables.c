/* SPDX-License-Identifier: MIT */
#include "cli/core_file/tables.h"

#include <string.h>

#include "cli/error.h"

/* More tasks than this are no program's. */
#define MOST_ITEMS (1u << 24)
#define MOST_BYTES (1u << 30)
#define MOST_TEXT 1024u

/* A pointer in a struct that was read from elsewhere is a number. */
static uint64_t address_of(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

bool tables_is_root(const struct memory *memory, uint64_t address)
{
    struct tables_root root;
    return memory_read(memory, address, &root, offsetof(struct tables_root, tool)) &&
           memcmp(root.magic, TABLES_MAGIC, sizeof root.magic) == 0 && address_of(root.self) == address;
}

static uint32_t number_at(const struct memory *memory, const void *pointer, uint32_t otherwise)
{
    uint32_t number = otherwise;
    if (pointer && !memory_read(memory, address_of(pointer), &number, sizeof number))
        return otherwise;
    return number;
}

static bool is_sane(const struct tables_list *list)
{
    return list->record &&
           (!list->items ||
            (list->stride && (!list->is_indirect || (uint32_t)list->at + sizeof(uint64_t) <= list->stride)));
}

static gboolean read_root(struct tables *tables, uint64_t address, struct tables_root *ret_root, GError **error)
{
    *ret_root = (struct tables_root){.version = 0};
    if (!memory_read(tables->memory, address, ret_root, offsetof(struct tables_root, lists)))
        return cli_fail(error, "scopetrace's tables are not all in it");
    memcpy(tables->tool, ret_root->tool, sizeof tables->tool - 1);
    if (ret_root->version != TABLES_VERSION)
        return cli_fail(
            error, "its tables are those of scopetrace %s (version %u), which this one (version %u) cannot read",
            g_str_is_ascii(tables->tool) ? tables->tool : "?", ret_root->version, TABLES_VERSION);
    if (ret_root->kinds < TABLES_KINDS || !memory_read(tables->memory, address, ret_root, sizeof *ret_root))
        return cli_fail(error, "scopetrace's tables are damaged");
    return TRUE;
}

static gboolean read_lists(struct tables *tables, const struct tables_root *root, GError **error)
{
    for (int kind = 0; kind < TABLES_KINDS; kind++)
        if (!memory_read(tables->memory, address_of(root->lists[kind]), &tables->lists[kind],
                         sizeof *tables->lists) ||
            !is_sane(&tables->lists[kind]))
            return cli_fail(error, "scopetrace's tables are damaged, or not all in it");
    return TRUE;
}

gboolean tables_open(struct tables *tables, const struct memory *memory, uint64_t address, GError **error)
{
    struct tables_root root;
    uint8_t armed = 0;
    *tables = (struct tables){.memory = memory};
    if (!read_root(tables, address, &root, error) || !read_lists(tables, &root, error))
        return FALSE;
    tables->pid = number_at(memory, root.pid, 0);
    tables->events = number_at(memory, root.events, 0);
    tables->recording = number_at(memory, root.recording, 0);
    tables->unannounced = number_at(memory, root.unannounced, 0);
    tables->nodes_given_up = number_at(memory, root.nodes_given_up, 0);
    tables->is_recorded = memory_read(memory, address_of(root.armed), &armed, sizeof armed) && armed &&
                          number_at(memory, root.enabled, 0);
    return TRUE;
}

bool tables_read(struct tables *tables, enum tables_kind kind, uint64_t address, struct tables_record *ret_record)
{
    const struct tables_list *list = &tables->lists[kind];
    uint8_t *bytes = g_malloc(list->record);
    if (!address || !memory_read(tables->memory, address, bytes, list->record)) {
        g_free(bytes);
        tables->is_damaged |= address != 0;
        return false;
    }
    *ret_record = (struct tables_record){list, address, bytes};
    return true;
}

void tables_record_clear(struct tables_record *record)
{
    g_clear_pointer(&record->bytes, g_free);
}

/* NULL: it is not in the record. */
static const uint8_t *field_of(const struct tables_record *record, unsigned field, size_t *ret_size)
{
    const struct tables_field *place = &record->list->fields[field];
    *ret_size = place->size;
    return place->size && (uint32_t)place->offset + place->size <= record->list->record
               ? record->bytes + place->offset
               : NULL;
}

uint64_t tables_number(const struct tables_record *record, unsigned field)
{
    uint64_t number = 0;
    size_t size;
    const uint8_t *bytes = field_of(record, field, &size);
    if (bytes && size <= sizeof number)
        memcpy(&number, bytes, size);
    return number;
}

char *tables_text(const struct tables_record *record, unsigned field)
{
    size_t size;
    const uint8_t *bytes = field_of(record, field, &size);
    return bytes ? g_strndup((const char *)bytes, size) : g_strdup("");
}

char *tables_text_at(const struct tables *tables, const struct tables_record *record, unsigned field)
{
    return memory_text(tables->memory, tables_number(record, field), MOST_TEXT);
}

/* ---- lists ---- */

struct items {
    uint64_t begin;
    uint64_t count;
};

static struct items items_of(const struct tables *tables, enum tables_kind kind)
{
    const struct tables_list *list = &tables->lists[kind];
    struct items items = {0, MIN(number_at(tables->memory, list->count, 0), MOST_ITEMS)};
    if (!list->items || !memory_read(tables->memory, address_of(list->items), &items.begin, sizeof items.begin))
        items.count = 0;
    return items;
}

uint64_t tables_item(const struct tables *tables, enum tables_kind kind, uint64_t number)
{
    const struct items items = items_of(tables, kind);
    return number < items.count ? items.begin + number * tables->lists[kind].stride : 0;
}

/* False: memory ends here. */
static bool record_address(struct tables *tables, const struct tables_list *list, uint64_t item,
                           uint64_t *ret_address)
{
    *ret_address = item;
    if (!list->is_indirect || memory_read(tables->memory, item + list->at, ret_address, sizeof *ret_address))
        return true;
    tables->is_damaged = true;
    return false;
}

void tables_each(struct tables *tables, enum tables_kind kind,
                 void (*visit)(const struct tables_record *record, void *context), void *context)
{
    const struct tables_list *list = &tables->lists[kind];
    const struct items items = items_of(tables, kind);
    uint64_t left = MOST_BYTES / list->record;
    for (uint64_t i = 0; i < items.count && left; i++) {
        struct tables_record record;
        uint64_t address;
        if (!record_address(tables, list, items.begin + i * list->stride, &address))
            return;
        if (!address)
            continue;
        if (!tables_read(tables, kind, address, &record)) {
            if (!list->is_indirect)
                return; /* memory ends here, and with it the list */
            continue;
        }
        visit(&record, context);
        tables_record_clear(&record);
        left--;
    }
}
