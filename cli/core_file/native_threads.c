/* SPDX-License-Identifier: MIT */
#include "cli/core_file/native_threads.h"

#include <elfutils/libdwfl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/sources/guard.h"
#include "analyzer/symbols/symbol_file.h"
#include "cli/core_file/core_arch.h"
#include "cli/core_file/core_modules.h"

#define MOST_FRAMES 256u
#define VDSO_BYTES 65536u

/* One thread at a time is unwound. */
struct unwinding {
    const struct core_file *core;
    const GArray *modules;
    const struct core_thread *thread;
    Dwfl *dwfl;
    GArray *frames; /* struct native_frame */
};

/* ---- what libdw asks for ---- */

static pid_t next_thread(Dwfl *dwfl, void *context, void **thread)
{
    const struct unwinding *unwinding = context;
    (void)dwfl;
    if (*thread)
        return 0;
    *thread = context;
    return (pid_t)unwinding->thread->tid;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret_word, void *context)
{
    const struct unwinding *unwinding = context;
    (void)dwfl;
    return memory_read(&unwinding->core->memory, address, ret_word, sizeof *ret_word);
}

static bool set_registers(Dwfl_Thread *thread, void *context)
{
    const struct unwinding *unwinding = context;
    const struct core_arch *arch = unwinding->core->arch;
    const uint64_t *registers = unwinding->thread->registers;
    for (uint16_t i = 0; i < arch->dwarf_count; i++) {
        const Dwarf_Word value = registers[arch->dwarf[i]];
        if (!dwfl_thread_state_registers(thread, i, 1, &value))
            return false;
    }
    dwfl_thread_state_register_pc(thread, registers[arch->program_counter]);
    return true;
}

static const Dwfl_Thread_Callbacks callbacks = {
    .next_thread = next_thread, .memory_read = read_word, .set_initial_registers = set_registers};

/* ---- frames ---- */

static void add_frame(struct unwinding *unwinding, uint64_t address, bool is_return)
{
    struct native_frame frame = {.address = address, .exact = !is_return};
    /* A return address may be the first of the next function, or of nothing. */
    const struct core_module *module = core_modules_at(unwinding->modules, address - is_return);
    if (module) {
        frame.library = g_strdup(module->path);
        frame.build_id = g_strdup(module->build_id);
        frame.offset = address - module->bias;
    }
    g_array_append_val(unwinding->frames, frame);
}

static int visit_frame(Dwfl_Frame *state, void *context)
{
    struct unwinding *unwinding = context;
    Dwarf_Addr address;
    bool is_activation = false;
    if (!dwfl_frame_pc(state, &address, &is_activation))
        return DWARF_CB_ABORT;
    add_frame(unwinding, address, !is_activation);
    return unwinding->frames->len < MOST_FRAMES ? DWARF_CB_OK : DWARF_CB_ABORT;
}

static int visit_thread(Dwfl_Thread *thread, void *context)
{
    dwfl_thread_getframes(thread, visit_frame, context);
    return DWARF_CB_OK;
}

static struct memory_thread *read_thread(struct unwinding *unwinding, struct guard *guard)
{
    struct memory_thread *thread = g_new0(struct memory_thread, 1);
    thread->tid = unwinding->thread->tid;
    unwinding->frames = g_array_new(FALSE, FALSE, sizeof(struct native_frame));
    if (unwinding->dwfl && guard_enter_opening(guard)) {
        dwfl_getthreads(unwinding->dwfl, visit_thread, unwinding);
        guard_leave(guard);
    }
    /* nothing to unwind with: where it was is known all the same */
    if (!unwinding->frames->len)
        add_frame(unwinding, unwinding->thread->registers[unwinding->core->arch->program_counter], false);
    thread->count = unwinding->frames->len;
    thread->frames = (struct native_frame *)(void *)g_array_free(unwinding->frames, FALSE);
    return thread;
}

/* ---- the libraries ---- */

/* The kernel's own object is in no file, but always in the core. */
static void report_vdso(Dwfl *dwfl, const struct core_file *core)
{
    g_autofree uint8_t *bytes = g_malloc(VDSO_BYTES);
    size_t size = VDSO_BYTES;
    while (core->vdso && size && !memory_read(&core->memory, core->vdso, bytes, size))
        size -= 4096;
    const int fd = core->vdso && size ? memfd_create("vdso", MFD_CLOEXEC) : -1;
    if (fd < 0)
        return;
    if (write(fd, bytes, size) != (ssize_t)size || !dwfl_report_elf(dwfl, "vdso", "vdso", fd, core->vdso, true))
        close(fd);
}

static void report_modules(Dwfl *dwfl, const struct core_file *core, const GArray *modules,
                           const GPtrArray *debug_dirs)
{
    for (guint i = 0; i < modules->len; i++) {
        const struct core_module *module = &g_array_index(modules, struct core_module, i);
        enum symbol_file_trouble trouble;
        g_autofree char *file = symbol_file_find(module->path, module->build_id, debug_dirs, &trouble);
        if (file)
            dwfl_report_elf(dwfl, module->path, file, -1, module->bias, true);
    }
    report_vdso(dwfl, core);
    dwfl_report_end(dwfl, NULL, NULL);
}

static Dwfl *open_libraries(struct unwinding *unwinding, const GPtrArray *debug_dirs, struct guard *guard)
{
    static const Dwfl_Callbacks files = {.find_elf = dwfl_build_id_find_elf,
                                         .find_debuginfo = dwfl_standard_find_debuginfo,
                                         .section_address = dwfl_offline_section_address};
    if (!guard_enter_opening(guard))
        return NULL;
    Dwfl *dwfl = dwfl_begin(&files);
    if (dwfl) {
        report_modules(dwfl, unwinding->core, unwinding->modules, debug_dirs);
        if (!dwfl_attach_state(dwfl, NULL, (pid_t)unwinding->thread->tid, &callbacks, unwinding))
            g_clear_pointer(&dwfl, dwfl_end);
    }
    guard_leave(guard);
    return dwfl;
}

void native_threads_read(const struct core_file *core, const GPtrArray *debug_dirs, struct guard *guard,
                         GPtrArray *threads)
{
    g_autoptr(GArray) modules = core_modules_find(core);
    struct unwinding unwinding = {.core = core, .modules = modules};
    unwinding.thread = &g_array_index(core->threads, struct core_thread, 0);
    unwinding.dwfl = open_libraries(&unwinding, debug_dirs, guard);
    for (guint i = 0; i < core->threads->len; i++) {
        unwinding.thread = &g_array_index(core->threads, struct core_thread, i);
        g_ptr_array_add(threads, read_thread(&unwinding, guard));
    }
    if (unwinding.dwfl)
        dwfl_end(unwinding.dwfl);
}
