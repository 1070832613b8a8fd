/* SPDX-License-Identifier: MIT */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include "preload/agent/references.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
#define IS_LAZY(type) ((type) == R_X86_64_JUMP_SLOT)
#define IS_BOUND(type) ((type) == R_X86_64_GLOB_DAT)
#elif defined(__aarch64__)
#define IS_LAZY(type) ((type) == R_AARCH64_JUMP_SLOT)
#define IS_BOUND(type) ((type) == R_AARCH64_GLOB_DAT)
#else
#define IS_LAZY(type) false
#define IS_BOUND(type) false
#endif

/* While others load objects all the time. What is missed is found next time. */
#define TRIES 8

struct object {
    uintptr_t base;
    const ElfW(Phdr) * parts;
    uint32_t part_count;
    uint32_t owner;
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * tables[2];
    size_t sizes[2];
};

struct walk {
    const struct references_function *functions;
    size_t count;
    bool initials[256]; /* of the names: most are not even read on */
    uintptr_t page_bytes;
    unsigned long long added, removed; /* of the objects, as the loader counts; when it began */
    size_t from, objects;
    bool stale;
};

/* What has been looked at; written by who holds `busy`. */
static struct {
    unsigned long long added, removed;
    size_t objects;
} known;
static uint32_t busy;

/* ---- an object ---- */

static bool has_address(const struct object *object, uintptr_t address, uint32_t flags)
{
    for (uint32_t i = 0; i < object->part_count; i++) {
        const ElfW(Phdr) *part = &object->parts[i];

        if (part->p_type == PT_LOAD && (part->p_flags & flags) == flags &&
            address - (object->base + part->p_vaddr) < part->p_memsz)
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

/* The second table begins with relocations that refer to nothing: most of them. */
static void read_dynamic(struct object *object, const ElfW(Dyn) * entry)
{
    size_t relative = 0;

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
        else if (entry->d_tag == DT_RELACOUNT)
            relative = entry->d_un.d_val;
    }
    if (object->tables[1] && relative <= object->sizes[1]) {
        object->tables[1] += relative;
        object->sizes[1] -= relative;
    }
}

static uint32_t owner_of(const struct object *object, const char *path)
{
    static const char *const look_up[] = {"/_ctypes.", "/_cffi_backend."};
    const char *slash = strrchr(path, '/');

    if (has_address(object, (uintptr_t)Py_GetVersion, PF_X))
        return REFERENCES_INTERPRETER;
    if (strstr(path, "/liblttng-ust"))
        return REFERENCES_LTTNG;
    for (size_t i = 0; i < sizeof look_up / sizeof look_up[0]; i++)
        if (strstr(path, look_up[i]))
            return REFERENCES_LOOKS_UP;
    return strstr(slash ? slash : path, "loop.") ? REFERENCES_LOOPS : REFERENCES_OTHERS;
}

static bool read_object(struct object *object, const struct dl_phdr_info *info)
{
    *object = (struct object){.base = info->dlpi_addr, .parts = info->dlpi_phdr, .part_count = info->dlpi_phnum};
    for (uint32_t i = 0; i < object->part_count; i++)
        if (object->parts[i].p_type == PT_DYNAMIC)
            read_dynamic(object, (const ElfW(Dyn) *)(object->base + object->parts[i].p_vaddr));
    object->owner = owner_of(object, info->dlpi_name ? info->dlpi_name : "");
    return object->symbols && object->names && !has_address(object, (uintptr_t)references_point, PF_X);
}

/* ---- pointing one elsewhere ---- */

/* What the loader made read-only once it was done is so again afterwards; it can be read all the time. */
static void point(const struct object *object, uintptr_t page_bytes, uintptr_t *reference, void *function)
{
    const uintptr_t page = (uintptr_t)reference & ~(page_bytes - 1);
    const bool guarded = is_guarded(object, page, page_bytes);
    void *begin = (void *)page; // NOLINT(performance-no-int-to-ptr): where a page begins is reckoned

    if (guarded && mprotect(begin, page_bytes, PROT_READ | PROT_WRITE) != 0)
        return;
    __atomic_store_n(reference, (uintptr_t)function, __ATOMIC_RELEASE);
    if (guarded)
        (void)mprotect(begin, page_bytes, PROT_READ);
}

/* Bound to what all call by that name, or, where that is done at the first call, to the stub that has it done. Any
 * other value is somebody's who does as we do. */
static bool is_as_left(const struct object *object, bool lazy, uintptr_t value, const void *next)
{
    return value == (uintptr_t)next || (lazy && has_address(object, value, PF_X));
}

/* NULL: none that is to be pointed elsewhere in this object. */
static const struct references_function *function_of(const struct walk *walk, const struct object *object,
                                                     const ElfW(Sym) * symbol)
{
    const char *name = object->names + symbol->st_name;

    if (symbol->st_shndx != SHN_UNDEF || !walk->initials[(unsigned char)*name])
        return NULL;
    for (size_t i = 0; i < walk->count; i++)
        if (!strcmp(name, walk->functions[i].name))
            return walk->functions[i].owners & object->owner && walk->functions[i].next ? &walk->functions[i]
                                                                                        : NULL;
    return NULL;
}

static void look_at(const struct walk *walk, const struct object *object, const ElfW(Rela) * relocation)
{
    uintptr_t *reference = (uintptr_t *)(object->base + relocation->r_offset);
    const bool lazy = IS_LAZY(ELF64_R_TYPE(relocation->r_info));
    const struct references_function *function;

    if (!lazy && !IS_BOUND(ELF64_R_TYPE(relocation->r_info)))
        return;
    function = function_of(walk, object, &object->symbols[ELF64_R_SYM(relocation->r_info)]);
    if (function && is_as_left(object, lazy, __atomic_load_n(reference, __ATOMIC_RELAXED), function->next))
        point(object, walk->page_bytes, reference, function->function);
}

/* ---- all objects ---- */

static int visit(struct dl_phdr_info *info, size_t size, void *data)
{
    struct walk *walk = data;
    struct object object;

    (void)size;
    walk->stale = info->dlpi_adds != walk->added || info->dlpi_subs != walk->removed;
    if (walk->stale)
        return 1;
    if (walk->objects++ >= walk->from && read_object(&object, info))
        for (size_t table = 0; table < 2; table++)
            for (size_t i = 0; object.tables[table] && i < object.sizes[table]; i++)
                look_at(walk, &object, &object.tables[table][i]);
    return 0;
}

static int count_first(struct dl_phdr_info *info, size_t size, void *data)
{
    struct walk *walk = data;

    (void)size;
    walk->added = info->dlpi_adds;
    walk->removed = info->dlpi_subs;
    return 1;
}

/* To touch one that another thread is still loading would break it. So: who was loading something has done it when
 * the loader lets us in, and the walk ends when it finds that there are more by now; during a walk the loader adds
 * and removes none. New objects are the last. */
static bool walk_once(struct walk *walk)
{
    (void)dl_iterate_phdr(count_first, walk);
    void *all = dlopen(NULL, RTLD_LAZY | RTLD_NOLOAD);
    if (all)
        (void)dlclose(all);
    walk->from = walk->removed == known.removed ? known.objects : 0;
    walk->objects = 0;
    (void)dl_iterate_phdr(visit, walk);
    return !walk->stale;
}

void references_point(const struct references_function *functions, size_t count)
{
    struct walk walk = {.functions = functions, .count = count, .page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE)};
    int saved_errno = errno;

    if (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE) != 0)
        return;
    for (size_t i = 0; i < count; i++)
        walk.initials[(unsigned char)*functions[i].name] = true;
    for (int i = 0; i < TRIES; i++)
        if (walk_once(&walk)) {
            __atomic_store_n(&known.added, walk.added, __ATOMIC_RELAXED);
            known.removed = walk.removed;
            known.objects = walk.objects;
            break;
        }
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
    errno = saved_errno;
}

bool references_any_new(void)
{
    struct walk walk = {0};

    (void)dl_iterate_phdr(count_first, &walk);
    return walk.added != __atomic_load_n(&known.added, __ATOMIC_RELAXED);
}
