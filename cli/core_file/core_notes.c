/* SPDX-License-Identifier: MIT */
#include "cli/core_file/core_notes.h"

#include <elf.h>
#include <signal.h>
#include <string.h>

#include "cli/core_file/core_arch.h"

#define NOTES_OF "CORE"
#define MOST_THREADS 16384u
#define MOST_MAPPINGS 1000000u

/* Where the kernel's structs have what is wanted of them: the same on all 64-bit machines. */
#define PRSTATUS_PID 32u
#define PRSTATUS_REGISTERS 112u
#define PRPSINFO_PID 24u
#define SIGINFO_CODE 8u
#define SIGINFO_ADDRESS 16u

static uint64_t number_at(const uint8_t *bytes, size_t size, size_t offset, size_t width)
{
    uint64_t number = 0;
    if (offset <= size && width <= size - offset)
        memcpy(&number, bytes + offset, width);
    return number;
}

static void take_thread(struct core_file *core, const uint8_t *bytes, size_t size)
{
    struct core_thread thread = {.tid = (uint32_t)number_at(bytes, size, PRSTATUS_PID, 4)};
    const size_t length = core->arch->registers * sizeof *thread.registers;
    G_STATIC_ASSERT(G_N_ELEMENTS(thread.registers) >= 34);
    if (size < PRSTATUS_REGISTERS + length || core->threads->len == MOST_THREADS)
        return;
    memcpy(thread.registers, bytes + PRSTATUS_REGISTERS, length);
    g_array_append_val(core->threads, thread);
}

static void take_process(struct core_file *core, const uint8_t *bytes, size_t size)
{
    core->pid = (uint32_t)number_at(bytes, size, PRPSINFO_PID, 4);
}

/* Debuggers stop what they look at. What a process sent, by kill(), has its number in the address's place. */
static void take_signal(struct core_file *core, const uint8_t *bytes, size_t size)
{
    const uint32_t number = (uint32_t)number_at(bytes, size, 0, 4);
    if (number == 0 || number >= NSIG || number == SIGSTOP || number == SIGTRAP)
        return;
    core->signal = (int)number;
    if ((int32_t)number_at(bytes, size, SIGINFO_CODE, 4) <= 0)
        return;
    if (number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE)
        core->address = number_at(bytes, size, SIGINFO_ADDRESS, 8);
}

static void take_auxiliary(struct core_file *core, const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at + 16 <= size; at += 16)
        if (number_at(bytes, size, at, 8) == AT_SYSINFO_EHDR)
            core->vdso = number_at(bytes, size, at + 8, 8);
}

static gint by_begin(gconstpointer a, gconstpointer b)
{
    const struct core_mapping *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* A count, the size of the unit that offsets are in, three numbers for each mapping, then their paths. */
static void take_mappings(struct core_file *core, const uint8_t *bytes, size_t size)
{
    const uint64_t count = MIN(number_at(bytes, size, 0, 8), MOST_MAPPINGS);
    const uint64_t unit = number_at(bytes, size, 8, 8);
    size_t text = 16 + (size_t)count * 24;
    for (size_t i = 0; i < count && text < size; i++) {
        const size_t length = strnlen((const char *)bytes + text, size - text);
        const size_t at = 16 + i * 24;
        const struct core_mapping mapping = {
            .begin = number_at(bytes, size, at, 8),
            .end = number_at(bytes, size, at + 8, 8),
            .offset = number_at(bytes, size, at + 16, 8) * unit,
            .path = g_string_chunk_insert_len(core->strings, (const char *)bytes + text, (gssize)length)};
        if (mapping.begin < mapping.end)
            g_array_append_val(core->mappings, mapping);
        text += length + 1;
    }
    g_array_sort(core->mappings, by_begin);
}

static const struct {
    uint32_t type;
    void (*take)(struct core_file *core, const uint8_t *bytes, size_t size);
} notes[] = {
    {NT_PRSTATUS, take_thread}, {NT_PRPSINFO, take_process}, {NT_SIGINFO, take_signal},
    {NT_AUXV, take_auxiliary},  {NT_FILE, take_mappings},
};

static void take_note(struct core_file *core, uint32_t type, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(notes); i++)
        if (notes[i].type == type)
            notes[i].take(core, bytes, size);
}

static size_t padded(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

void core_notes_read(struct core_file *core, const uint8_t *bytes, size_t size)
{
    while (size >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        memcpy(&note, bytes, sizeof note);
        const size_t begin = sizeof note + padded(note.n_namesz);
        if (begin > size || note.n_descsz > size - begin)
            return;
        if (note.n_namesz == sizeof NOTES_OF && memcmp(bytes + sizeof note, NOTES_OF, 4) == 0)
            take_note(core, note.n_type, bytes + begin, note.n_descsz);
        const size_t whole = MIN(begin + padded(note.n_descsz), size);
        bytes += whole;
        size -= whole;
    }
}
