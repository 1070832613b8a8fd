/* SPDX-License-Identifier: MIT */
#include "cli/core_file/core_modules.h"

#include <elf.h>
#include <string.h>

#define MOST_MODULES 4096u
#define MOST_HEADERS 256u
#define MOST_NOTES 65536u
#define MOST_BUILD_ID 64u
#define DELETED " (deleted)"

static void module_clear(void *data)
{
    g_free(((struct core_module *)data)->build_id);
}

static char *hexadecimal(const uint8_t *bytes, uint32_t count)
{
    GString *text = g_string_new(NULL);
    for (uint32_t i = 0; i < count; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return g_string_free(text, FALSE);
}

/* NULL: these notes have none. */
static char *read_build_id(const struct core_file *core, uint64_t address, uint64_t left)
{
    for (left = MIN(left, MOST_NOTES); left > sizeof(Elf64_Nhdr);) {
        Elf64_Nhdr note;
        uint8_t name[4], bytes[MOST_BUILD_ID];
        if (!memory_read(&core->memory, address, &note, sizeof note))
            return NULL;
        const uint64_t begin = sizeof note + (((uint64_t)note.n_namesz + 3) & ~UINT64_C(3));
        const uint64_t whole = begin + (((uint64_t)note.n_descsz + 3) & ~UINT64_C(3));
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof name && note.n_descsz <= sizeof bytes &&
            memory_read(&core->memory, address + sizeof note, name, sizeof name) && memcmp(name, "GNU", 4) == 0 &&
            memory_read(&core->memory, address + begin, bytes, note.n_descsz))
            return hexadecimal(bytes, note.n_descsz);
        if (whole >= left)
            return NULL;
        address += whole;
        left -= whole;
    }
    return NULL;
}

/* The address of its first page, as linked, tells where the rest is. */
static void read_headers(const struct core_file *core, struct core_module *module, const Elf64_Ehdr *header)
{
    uint64_t notes[8], sizes[8];
    size_t count = 0;
    for (uint32_t i = 0; i < MIN(header->e_phnum, MOST_HEADERS); i++) {
        Elf64_Phdr program;
        if (!memory_read(&core->memory, module->begin + header->e_phoff + (uint64_t)i * sizeof program, &program,
                         sizeof program))
            break;
        if (program.p_type == PT_LOAD && program.p_offset == 0)
            module->bias = module->begin - program.p_vaddr;
        if (program.p_type == PT_NOTE && count < G_N_ELEMENTS(notes)) {
            notes[count] = program.p_vaddr;
            sizes[count++] = program.p_memsz;
        }
    }
    for (size_t i = 0; i < count && !module->build_id; i++)
        module->build_id = read_build_id(core, module->bias + notes[i], sizes[i]);
}

/* Whether a mapping of the beginning of a file is that of a program or library. One whose first page is not in the
 * core may be: its name must do. */
static bool is_module(const struct core_file *core, const struct core_mapping *mapping, Elf64_Ehdr *ret_header)
{
    *ret_header = (Elf64_Ehdr){.e_phnum = 0};
    if (mapping->offset != 0)
        return false;
    if (memory_read(&core->memory, mapping->begin, ret_header, sizeof *ret_header))
        return memcmp(ret_header->e_ident, ELFMAG, SELFMAG) == 0;
    return strstr(mapping->path, ".so") != NULL;
}

/* Its file may have been replaced since, under the same name. */
static const char *path_of(const struct core_file *core, const struct core_mapping *mapping)
{
    if (!g_str_has_suffix(mapping->path, DELETED))
        return mapping->path;
    return g_string_chunk_insert_len(core->strings, mapping->path,
                                     (gssize)(strlen(mapping->path) - strlen(DELETED)));
}

GArray *core_modules_find(const struct core_file *core)
{
    GArray *modules = g_array_new(FALSE, FALSE, sizeof(struct core_module));
    g_array_set_clear_func(modules, module_clear);
    const char *last = NULL;
    for (guint i = 0; i < core->mappings->len && modules->len < MOST_MODULES; i++) {
        const struct core_mapping *mapping = &g_array_index(core->mappings, struct core_mapping, i);
        Elf64_Ehdr header;
        if (is_module(core, mapping, &header)) {
            struct core_module module = {mapping->begin, mapping->end, mapping->begin, path_of(core, mapping),
                                         NULL};
            read_headers(core, &module, &header);
            g_array_append_val(modules, module);
            last = mapping->path;
        } else if (last && strcmp(mapping->path, last) == 0) {
            g_array_index(modules, struct core_module, modules->len - 1).end = mapping->end;
        }
    }
    return modules;
}

const struct core_module *core_modules_at(const GArray *modules, uint64_t address)
{
    for (guint i = 0; i < modules->len; i++) {
        const struct core_module *module = &g_array_index(modules, struct core_module, i);
        if (address >= module->begin && address < module->end)
            return module;
    }
    return NULL;
}
