/* SPDX-License-Identifier: MIT */
#include "cli/core_file/core_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/core_file/core_arch.h"
#include "cli/core_file/core_notes.h"
#include "cli/error.h"

/* A process may have 65,530 mappings, unless its machine's owner said otherwise. */
#define MOST_SEGMENTS 1000000u
#define SCAN_BYTES (1u << 20)

/* ---- the file ---- */

static bool read_at(const struct core_file *core, uint64_t offset, void *to, size_t size)
{
    if (offset > core->size || size > core->size - offset)
        return false;
    for (size_t done = 0; done < size;) {
        const ssize_t got = pread(core->descriptor, (char *)to + done, size - done, (off_t)(offset + done));
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

/* ---- its memory ---- */

static const struct core_segment *segment_at(const struct core_file *core, uint64_t address)
{
    guint low = 0, high = core->segments->len;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        const struct core_segment *segment = &g_array_index(core->segments, struct core_segment, middle);
        if (address < segment->address)
            high = middle;
        else if (address - segment->address >= segment->size)
            low = middle + 1;
        else
            return segment;
    }
    return NULL;
}

/* Neighbours may hold it together. */
static bool read_memory(const struct memory *memory, uint64_t address, void *to, size_t size)
{
    const struct core_file *core = (const struct core_file *)memory;
    for (size_t done = 0; done < size;) {
        const struct core_segment *segment = segment_at(core, address + done);
        const uint64_t inside = segment ? address + done - segment->address : 0;
        if (!segment || inside >= segment->in_file)
            return false;
        const size_t here = MIN(size - done, segment->in_file - inside);
        if (!read_at(core, segment->offset + inside, (char *)to + done, here))
            return false;
        done += here;
    }
    return true;
}

/* ---- opening ---- */

static gint by_address(gconstpointer a, gconstpointer b)
{
    const struct core_segment *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

static void add_segment(struct core_file *core, const Elf64_Phdr *header)
{
    struct core_segment segment = {header->p_vaddr, header->p_memsz, MIN(header->p_filesz, header->p_memsz),
                                   header->p_offset};
    if (!segment.size || segment.size > UINT64_MAX - segment.address)
        return;
    const uint64_t there = segment.offset < core->size ? core->size - segment.offset : 0;
    if (segment.in_file > there) {
        core->missing += segment.in_file - there;
        segment.in_file = there;
    }
    g_array_append_val(core->segments, segment);
}

/* Sorted, and none over another: else the search would not end where it should. */
static void settle_segments(struct core_file *core)
{
    g_array_sort(core->segments, by_address);
    uint64_t end = 0;
    guint kept = 0;
    for (guint i = 0; i < core->segments->len; i++) {
        const struct core_segment segment = g_array_index(core->segments, struct core_segment, i);
        if (segment.address < end)
            continue;
        end = segment.address + segment.size;
        g_array_index(core->segments, struct core_segment, kept++) = segment;
    }
    g_array_set_size(core->segments, kept);
}

static void take_notes(struct core_file *core, const Elf64_Phdr *header)
{
    const uint64_t there = header->p_offset < core->size ? core->size - header->p_offset : 0;
    const size_t size = MIN(MIN(header->p_filesz, there), CORE_NOTES_MOST_BYTES);
    g_autofree uint8_t *bytes = size ? g_try_malloc(size) : NULL;
    if (bytes && read_at(core, header->p_offset, bytes, size))
        core_notes_read(core, bytes, size);
}

static uint32_t header_count(const struct core_file *core, const Elf64_Ehdr *header)
{
    Elf64_Shdr section;
    if (header->e_phnum != PN_XNUM)
        return header->e_phnum;
    return read_at(core, header->e_shoff, &section, sizeof section) ? section.sh_info : 0;
}

static void read_headers(struct core_file *core, const Elf64_Ehdr *header)
{
    const uint32_t count = MIN(header_count(core, header), MOST_SEGMENTS);
    for (uint32_t i = 0; i < count; i++) {
        Elf64_Phdr program;
        if (!read_at(core, header->e_phoff + (uint64_t)i * sizeof program, &program, sizeof program))
            break;
        if (program.p_type == PT_LOAD)
            add_segment(core, &program);
        else if (program.p_type == PT_NOTE)
            take_notes(core, &program);
    }
    settle_segments(core);
}

static gboolean check_header(struct core_file *core, const char *path, Elf64_Ehdr *ret_header, GError **error)
{
    if (!read_at(core, 0, ret_header, sizeof *ret_header) || memcmp(ret_header->e_ident, ELFMAG, SELFMAG) != 0 ||
        ret_header->e_type != ET_CORE)
        return cli_fail(error, "%s: is no core file; give what gcore or the kernel wrote", path);
    const bool is_ours =
        ret_header->e_ident[EI_CLASS] == ELFCLASS64 && ret_header->e_ident[EI_DATA] == ELFDATA2LSB;
    core->arch = is_ours ? core_arch_find(ret_header->e_machine) : NULL;
    if (!core->arch || ret_header->e_phentsize != sizeof(Elf64_Phdr))
        return cli_fail(error, "%s: is a core file of another processor: those of x86-64 and aarch64 can be read",
                        path);
    return TRUE;
}

/* A pipe must not hold us. */
static gboolean open_regular(struct core_file *core, const char *path, GError **error)
{
    struct stat status;
    core->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (core->descriptor < 0 || fstat(core->descriptor, &status) != 0)
        return cli_fail(error, "%s: cannot be read: %s", path, g_strerror(errno));
    if (!S_ISREG(status.st_mode))
        return cli_fail(error, "%s: is no core file: not a regular file", path);
    core->size = (uint64_t)status.st_size;
    core->time_ns = (uint64_t)status.st_mtim.tv_sec * UINT64_C(1000000000) + (uint64_t)status.st_mtim.tv_nsec;
    return TRUE;
}

static gboolean fill(struct core_file *core, const char *path, GError **error)
{
    Elf64_Ehdr header;
    if (!open_regular(core, path, error) || !check_header(core, path, &header, error))
        return FALSE;
    read_headers(core, &header);
    if (core->segments->len && core->threads->len)
        return TRUE;
    return cli_fail(error, "%s: the core file has no %s in it: it is cut short or damaged", path,
                    core->segments->len ? "threads" : "memory");
}

struct core_file *core_file_open(const char *path, GError **error)
{
    struct core_file *core = g_new(struct core_file, 1);
    *core = (struct core_file){.memory = {.read = read_memory},
                               .descriptor = -1,
                               .threads = g_array_new(FALSE, TRUE, sizeof(struct core_thread)),
                               .mappings = g_array_new(FALSE, FALSE, sizeof(struct core_mapping)),
                               .segments = g_array_new(FALSE, FALSE, sizeof(struct core_segment)),
                               .strings = g_string_chunk_new(4096)};
    if (fill(core, path, error))
        return core;
    core_file_close(core);
    return NULL;
}

void core_file_close(struct core_file *core)
{
    if (!core)
        return;
    if (core->descriptor >= 0)
        close(core->descriptor);
    g_array_unref(core->threads);
    g_array_unref(core->mappings);
    g_array_unref(core->segments);
    g_string_chunk_free(core->strings);
    g_free(core);
}

/* ---- looking for something ---- */

struct scan {
    const struct core_file *core;
    const void *pattern;
    size_t size;
    bool (*visit)(const struct core_file *core, uint64_t address, void *context);
    void *context;
    uint8_t *buffer;
};

/* Segments begin at pages, of which the pattern's size is a divisor: none lies across two pieces. */
static bool scan_segment(const struct scan *scan, const struct core_segment *segment)
{
    for (uint64_t done = 0; done < segment->in_file; done += SCAN_BYTES) {
        const size_t here = MIN(SCAN_BYTES, segment->in_file - done);
        if (!read_at(scan->core, segment->offset + done, scan->buffer, here))
            return false;
        for (size_t at = 0; at + scan->size <= here; at += scan->size)
            if (memcmp(scan->buffer + at, scan->pattern, scan->size) == 0 &&
                scan->visit(scan->core, segment->address + done + at, scan->context))
                return true;
    }
    return false;
}

static bool is_hinted(const struct core_file *core, const struct core_segment *segment, const char *hint)
{
    for (guint i = 0; i < core->mappings->len; i++) {
        const struct core_mapping *mapping = &g_array_index(core->mappings, struct core_mapping, i);
        if (mapping->begin < segment->address + segment->size && segment->address < mapping->end &&
            strstr(mapping->path, hint))
            return true;
    }
    return false;
}

bool core_file_scan(const struct core_file *core, const void *pattern, size_t size, const char *hint,
                    bool (*visit)(const struct core_file *core, uint64_t address, void *context), void *context)
{
    g_autofree uint8_t *buffer = g_malloc(SCAN_BYTES);
    const struct scan scan = {core, pattern, size, visit, context, buffer};
    for (int hinted = 1; hinted >= 0; hinted--)
        for (guint i = 0; i < core->segments->len; i++) {
            const struct core_segment *segment = &g_array_index(core->segments, struct core_segment, i);
            if (segment->in_file && is_hinted(core, segment, hint) == (hinted == 1) &&
                scan_segment(&scan, segment))
                return true;
        }
    return false;
}
