/* SPDX-License-Identifier: MIT */
#include "cli/attach/where.h"

#include <libunwind-ptrace.h>
#include <stdbool.h>
#include <string.h>

#include "cli/attach/tracee.h"
#include "cli/error.h"

enum { STOP_US = 500000, MOST_FRAMES = 40, NAME_BYTES = 256 };

/* The name of the function that the frame is in. Where a library has lost the names of its static functions, that
 * of another one may be the nearest: then there is none. */
static bool name_function(unw_cursor_t *cursor, unw_word_t address, char *ret, size_t size)
{
    unw_proc_info_t function;
    unw_word_t offset;
    const int known = unw_get_proc_name(cursor, ret, size, &offset);
    return (known == 0 || known == -UNW_ENOMEM) &&
           (unw_get_proc_info(cursor, &function) != 0 || address - offset == function.start_ip);
}

static char *describe(const struct attach_target *target, unw_cursor_t *cursor)
{
    char name[NAME_BYTES];
    unw_word_t address = 0;
    unw_get_reg(cursor, UNW_REG_IP, &address);
    const struct proc_mapping *mapping = proc_mapping_at(target->mappings, address);
    const char *slash = mapping ? strrchr(mapping->path, '/') : NULL;
    const char *file = slash ? slash + 1 : mapping && *mapping->path ? mapping->path : "no file";
    if (name_function(cursor, address, name, sizeof name))
        return g_strdup_printf("%s (%s)", name, file);
    return g_strdup_printf("0x%" G_GINT64_MODIFIER "x (%s)", (guint64)address, file);
}

static GPtrArray *unwind(const struct attach_target *target, unw_addr_space_t space, void *thread)
{
    unw_cursor_t cursor;
    if (unw_init_remote(&cursor, space, thread) != 0)
        return NULL;
    GPtrArray *frames = g_ptr_array_new_with_free_func(g_free);
    do
        g_ptr_array_add(frames, describe(target, &cursor));
    while (frames->len < MOST_FRAMES && unw_step(&cursor) > 0);
    return frames;
}

static GPtrArray *look(const struct attach_target *target)
{
    unw_addr_space_t space = unw_create_addr_space(&_UPT_accessors, 0);
    void *thread = space ? _UPT_create(target->pid) : NULL;
    GPtrArray *frames = thread ? unwind(target, space, thread) : NULL;
    if (thread)
        _UPT_destroy(thread);
    if (space)
        unw_destroy_addr_space(space);
    return frames;
}

GPtrArray *attach_where(const struct attach_target *target, GError **error)
{
    struct tracee tracee;
    GPtrArray *frames = NULL;
    if (!tracee_seize(&tracee, target->pid, target->memory, error))
        return NULL;
    if (tracee_stop(&tracee, STOP_US, error)) {
        frames = look(target);
        if (!frames)
            cli_fail(error, "its stack cannot be read");
    }
    tracee_release(&tracee);
    return frames;
}
