/* SPDX-License-Identifier: MIT */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include "preload/agent/thread_count.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "preload/agent/process.h"
#include "preload/stat_line.h"

#if defined(__x86_64__)
#define IS_REFERENCE(type) ((type) == R_X86_64_JUMP_SLOT || (type) == R_X86_64_GLOB_DAT)
#elif defined(__aarch64__)
#define IS_REFERENCE(type) ((type) == R_AARCH64_JUMP_SLOT || (type) == R_AARCH64_GLOB_DAT)
#else
#define IS_REFERENCE(type) false
#endif

#define FIRST_THAT_COUNTS 0x030C0000

static FILE *fopen_for_python(const char *path, const char *mode)
{
    FILE *stream = fopen(path, mode);
    int saved_errno = errno;
    uint32_t ours = stream && !strcmp(path, STAT_LINE_PATH) ? process_own_threads() : 0;

    if (ours)
        stream = stat_line_subtract(stream, ours);
    errno = saved_errno;
    return stream;
}

/* ---- the interpreter's references, as the loader keeps them ---- */

struct object {
    uintptr_t base;
    const ElfW(Phdr) * parts;
    uint32_t part_count;
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * tables[2];
    size_t sizes[2];
};

static bool is_mapped(const struct object *object, uintptr_t address)
{
    for (uint32_t i = 0; i < object->part_count; i++) {
        uintptr_t begin = object->base + object->parts[i].p_vaddr;

        if (object->parts[i].p_type == PT_LOAD && address - begin < object->parts[i].p_memsz)
            return true;
    }
    return false;
}

/* Whether the loader made this page read-only. It does so in whole pages: one whose end is no longer of that part
 * holds other data, too, and was left as it is. */
static bool is_guarded(const struct object *object, uintptr_t page, uintptr_t page_bytes)
{
    for (uint32_t i = 0; i < object->part_count; i++) {
        uintptr_t begin = object->base + object->parts[i].p_vaddr;

        if (object->parts[i].p_type == PT_GNU_RELRO && page >= (begin & ~(page_bytes - 1)) &&
            page + page_bytes <= begin + object->parts[i].p_memsz)
            return true;
    }
    return false;
}

/* The loader adds the base to addresses in there, but not everywhere. */
static const void *placed(const struct object *object, const ElfW(Dyn) * entry)
{
    uintptr_t address = entry->d_un.d_ptr;

    return (const void *)(address < object->base ? address + object->base : address);
}

static void read_dynamic(struct object *object, const ElfW(Dyn) * entry)
{
    for (; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_SYMTAB)
            object->symbols = placed(object, entry);
        else if (entry->d_tag == DT_STRTAB)
            object->names = placed(object, entry);
        else if (entry->d_tag == DT_JMPREL)
            object->tables[0] = placed(object, entry);
        else if (entry->d_tag == DT_PLTRELSZ)
            object->sizes[0] = entry->d_un.d_val / sizeof(ElfW(Rela));
        else if (entry->d_tag == DT_RELA)
            object->tables[1] = placed(object, entry);
        else if (entry->d_tag == DT_RELASZ)
            object->sizes[1] = entry->d_un.d_val / sizeof(ElfW(Rela));
    }
}

static int find_interpreter(struct dl_phdr_info *info, size_t size, void *data)
{
    struct object *object = data;

    (void)size;
    *object = (struct object){.base = info->dlpi_addr, .parts = info->dlpi_phdr, .part_count = info->dlpi_phnum};
    if (!is_mapped(object, (uintptr_t)Py_GetVersion))
        return 0;
    for (uint32_t i = 0; i < object->part_count; i++)
        if (object->parts[i].p_type == PT_DYNAMIC)
            read_dynamic(object, (const ElfW(Dyn) *)(object->base + object->parts[i].p_vaddr));
    return 1;
}

/* ---- pointing one elsewhere ---- */

/* What the loader made read-only once it was done is so again afterwards; it can be read all the time. */
static void point(const struct object *object, uintptr_t *reference)
{
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t page = (uintptr_t)reference & ~(page_bytes - 1);
    const bool guarded = is_guarded(object, page, page_bytes);
    void *begin = (void *)page; // NOLINT(performance-no-int-to-ptr): where a page begins is reckoned

    if (guarded && mprotect(begin, page_bytes, PROT_READ | PROT_WRITE) != 0)
        return;
    __atomic_store_n(reference, (uintptr_t)fopen_for_python, __ATOMIC_RELEASE);
    if (guarded)
        (void)mprotect(begin, page_bytes, PROT_READ);
}

static bool is_fopen(const struct object *object, const ElfW(Rela) * relocation)
{
    const ElfW(Sym) *symbol = &object->symbols[ELF64_R_SYM(relocation->r_info)];
    const char *name = object->names + symbol->st_name;

    return IS_REFERENCE(ELF64_R_TYPE(relocation->r_info)) && (!strcmp(name, "fopen64") || !strcmp(name, "fopen"));
}

void thread_count_hide(void)
{
    static bool done;
    struct object object;
    int saved_errno = errno;

    if (done || Py_Version < FIRST_THAT_COUNTS)
        return;
    done = true;
    if (dl_iterate_phdr(find_interpreter, &object) && object.symbols && object.names)
        for (size_t table = 0; table < 2; table++)
            for (size_t i = 0; object.tables[table] && i < object.sizes[table]; i++)
                if (is_fopen(&object, &object.tables[table][i]))
                    point(&object, (uintptr_t *)(object.base + object.tables[table][i].r_offset));
    errno = saved_errno;
}
