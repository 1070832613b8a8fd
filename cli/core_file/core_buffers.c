/* SPDX-License-Identifier: MIT */
#include "cli/core_file/core_buffers.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define METADATA "metadata"
#define DEEPEST 8
#define MOST_BUFFERS 4096u
#define COPY_BYTES (1u << 20)

/* ---- where the trace has metadata ---- */

/* Adds the folders (char *) below `trace` that have some: their paths below it. */
static void find_metadata(const char *trace, const char *inner, int depth, GPtrArray *folders)
{
    g_autofree char *folder = g_build_filename(trace, inner, NULL);
    g_autofree char *metadata = g_build_filename(folder, METADATA, NULL);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    GStatBuf status;
    if (g_lstat(metadata, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        g_ptr_array_add(folders, g_strdup(inner));
    for (const char *name; entries && depth < DEEPEST && (name = g_dir_read_name(entries));) {
        g_autofree char *below = *inner ? g_build_filename(inner, name, NULL) : g_strdup(name);
        g_autofree char *path = g_build_filename(trace, below, NULL);
        if (g_lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
            find_metadata(trace, below, depth + 1, folders);
    }
}

/* A buffer's own path, where it has one, is that of its trace's folder below another. */
static const char *folder_of(const struct core_mapping *mapping, const GPtrArray *folders)
{
    g_autofree char *directory = g_path_get_dirname(mapping->path);
    for (guint i = 0; i < folders->len; i++) {
        const char *folder = g_ptr_array_index(folders, i);
        if (*folder && g_str_has_suffix(directory, folder))
            return folder;
    }
    return folders->len == 1 ? g_ptr_array_index(folders, 0) : NULL;
}

/* ---- buffers ---- */

static bool is_buffer(const struct core_file *core, const struct core_mapping *mapping)
{
    /* LTTng's "crash ABI" */
    static const uint8_t magic[16] = {0x17, 0x7b, 0xf1, 0x77, 0xbf, 0x17, 0x7b, 0xf1,
                                      0x77, 0xbf, 0x17, 0x7b, 0xf1, 0x77, 0xbf, 0x17};
    uint8_t first[sizeof magic], last;
    return mapping->offset == 0 && memory_read(&core->memory, mapping->begin, first, sizeof first) &&
           memcmp(first, magic, sizeof magic) == 0 && memory_read(&core->memory, mapping->end - 1, &last, 1);
}

static bool write_memory(const struct core_file *core, const struct core_mapping *mapping, FILE *file)
{
    g_autofree uint8_t *bytes = g_malloc(COPY_BYTES);
    for (uint64_t at = mapping->begin; at < mapping->end; at += COPY_BYTES) {
        const size_t size = MIN(COPY_BYTES, mapping->end - at);
        if (!memory_read(&core->memory, at, bytes, size) || fwrite(bytes, 1, size, file) != size)
            return false;
    }
    return true;
}

static bool copy_metadata(const char *from, const char *to)
{
    g_autofree char *source = g_build_filename(from, METADATA, NULL);
    g_autofree char *target = g_build_filename(to, METADATA, NULL);
    g_autofree char *text = NULL;
    gsize size = 0;
    return g_file_test(target, G_FILE_TEST_EXISTS) || (g_file_get_contents(source, &text, &size, NULL) &&
                                                       g_file_set_contents(target, text, (gssize)size, NULL));
}

/* Nothing is named by what the core says. */
static bool write_buffer(const struct core_file *core, const struct core_mapping *mapping, const char *from,
                         const char *to, unsigned number)
{
    g_autofree char *name = g_strdup_printf("%s/buffer_%u", to, number);
    if (g_mkdir_with_parents(to, 0700) != 0 || !copy_metadata(from, to))
        return false;
    FILE *file = fopen(name, "wxe");
    const bool written = file && write_memory(core, mapping, file);
    if (file && (fclose(file) != 0 || !written))
        g_unlink(name);
    return written;
}

unsigned core_buffers_write(const struct core_file *core, const char *trace, const char *folder)
{
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
    unsigned count = 0;
    find_metadata(trace, "", 0, folders);
    for (guint i = 0; i < core->mappings->len && count < MOST_BUFFERS; i++) {
        const struct core_mapping *mapping = &g_array_index(core->mappings, struct core_mapping, i);
        const char *inner = is_buffer(core, mapping) ? folder_of(mapping, folders) : NULL;
        if (!inner)
            continue;
        g_autofree char *from = g_build_filename(trace, inner, NULL);
        g_autofree char *to = g_build_filename(folder, inner, NULL);
        count += write_buffer(core, mapping, from, to, count);
    }
    return count;
}
