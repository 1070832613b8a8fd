/* SPDX-License-Identifier: MIT */
#include "cli/attach/elf_file.h"

#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "cli/error.h"

struct elf_file {
    int descriptor;
    Elf *elf;
};

struct elf_file *elf_file_open(const char *path, GError **error)
{
    elf_version(EV_CURRENT);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        cli_fail(error, "%s: %s", path, g_strerror(errno));
        return NULL;
    }
    Elf *elf = elf_begin(descriptor, ELF_C_READ_MMAP, NULL);
    if (!elf || elf_kind(elf) != ELF_K_ELF) {
        elf_end(elf);
        close(descriptor);
        cli_fail(error, "%s: not an ELF file", path);
        return NULL;
    }
    struct elf_file *file = g_new(struct elf_file, 1);
    *file = (struct elf_file){.descriptor = descriptor, .elf = elf};
    return file;
}

void elf_file_close(struct elf_file *file)
{
    if (!file)
        return;
    elf_end(file->elf);
    close(file->descriptor);
    g_free(file);
}

guint16 elf_file_machine(const struct elf_file *file)
{
    GElf_Ehdr header;
    if (!gelf_getehdr(file->elf, &header) || header.e_ident[EI_CLASS] != ELFCLASS64)
        return EM_NONE;
    return header.e_machine;
}

/* The first section of a type, with its header. NULL: none. */
static Elf_Scn *find_section(Elf *elf, guint32 type, GElf_Shdr *ret_header)
{
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section))
        if (gelf_getshdr(section, ret_header) && ret_header->sh_type == type)
            return section;
    return NULL;
}

guint64 elf_file_symbol(const struct elf_file *file, const char *name)
{
    GElf_Shdr header;
    Elf_Scn *section = find_section(file->elf, SHT_DYNSYM, &header);
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    if (!data || !header.sh_entsize)
        return 0;
    for (size_t index = 0; index < header.sh_size / header.sh_entsize && index < G_MAXINT; index++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)index, &symbol) || symbol.st_shndx == SHN_UNDEF)
            continue;
        const char *found = elf_strptr(file->elf, header.sh_link, symbol.st_name);
        if (found && strcmp(found, name) == 0)
            return symbol.st_value;
    }
    return 0;
}

gboolean elf_file_bias(const struct elf_file *file, guint64 start, guint64 offset, guint64 *ret_bias)
{
    size_t count = 0;
    guint64 page = (guint64)sysconf(_SC_PAGESIZE);
    elf_getphdrnum(file->elf, &count);
    for (size_t index = 0; index < count; index++) {
        GElf_Phdr segment;
        if (!gelf_getphdr(file->elf, (int)index, &segment) || segment.p_type != PT_LOAD)
            continue;
        guint64 skipped = segment.p_offset % page;
        if (segment.p_offset - skipped != offset)
            continue;
        *ret_bias = start - (segment.p_vaddr - skipped);
        return TRUE;
    }
    return FALSE;
}

static gboolean matches(const guint8 *code, const struct elf_pattern *pattern)
{
    for (gsize index = 0; index < pattern->length; index++)
        if ((code[index] ^ pattern->bytes[index]) & pattern->mask[index])
            return FALSE;
    return TRUE;
}

gsize elf_pattern_search(const guint8 *code, gsize size, const struct elf_pattern *patterns, gsize step)
{
    for (; patterns->length; patterns++)
        for (gsize at = 0; at + patterns->length <= size; at += step)
            if (matches(code + at, patterns))
                return at;
    return size;
}

guint64 elf_file_code(const struct elf_file *file, const struct elf_pattern *patterns, gsize step)
{
    size_t size = 0, count = 0;
    const char *image = elf_rawfile(file->elf, &size);
    if (!image || elf_getphdrnum(file->elf, &count) != 0)
        return 0;
    for (size_t index = 0; index < count; index++) {
        GElf_Phdr segment;
        if (!gelf_getphdr(file->elf, (int)index, &segment) || segment.p_type != PT_LOAD ||
            !(segment.p_flags & PF_X) || segment.p_offset > size || segment.p_filesz > size - segment.p_offset)
            continue;
        gsize found =
            elf_pattern_search((const guint8 *)image + segment.p_offset, segment.p_filesz, patterns, step);
        if (found < segment.p_filesz)
            return segment.p_vaddr + found;
    }
    return 0;
}

GPtrArray *elf_file_needed(const struct elf_file *file)
{
    GPtrArray *needed = g_ptr_array_new_with_free_func(g_free);
    GElf_Shdr header;
    Elf_Scn *section = find_section(file->elf, SHT_DYNAMIC, &header);
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    if (!data || !header.sh_entsize)
        return needed;
    for (size_t index = 0; index < header.sh_size / header.sh_entsize; index++) {
        GElf_Dyn entry;
        if (!gelf_getdyn(data, (int)index, &entry) || entry.d_tag != DT_NEEDED)
            continue;
        const char *name = elf_strptr(file->elf, header.sh_link, entry.d_un.d_val);
        if (name)
            g_ptr_array_add(needed, g_strdup(name));
    }
    return needed;
}
