/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/symbols.h"

#include <elfutils/libdwfl.h>

#include "analyzer/symbols/symbol_file.h"

#define EXPLAINED_LIBRARIES 5u

/* One library of the trace. */
struct module {
    char *path, *build_id; /* build_id NULL: it has none */
    Dwfl *dwfl;            /* NULL: no file to look into */
    Dwfl_Module *file;
    enum symbol_file_trouble trouble; /* why not */
    unsigned unnamed;                 /* frames */
};

struct symbols {
    const GPtrArray *folders;
    char *search_path; /* of elfutils, for separate debug files */
    Dwfl_Callbacks callbacks;
    GHashTable *modules; /* "path\037build-id" → struct module * */
    GPtrArray *order;    /* the same, as they were met */
};

static void module_free(void *data)
{
    struct module *module = data;
    if (module->dwfl)
        dwfl_end(module->dwfl);
    g_free(module->path);
    g_free(module->build_id);
    g_free(module);
}

/* ":.debug:/usr/lib/debug" is elfutils' own default. */
static char *search_path_of(const GPtrArray *folders)
{
    GString *path = g_string_new("");
    for (guint i = 0; i < folders->len; i++) {
        g_autofree char *whole = g_canonicalize_filename(g_ptr_array_index(folders, i), NULL);
        g_string_append_printf(path, "%s:", whole);
    }
    return g_string_free(g_string_append(path, ".debug:/usr/lib/debug"), FALSE);
}

struct symbols *symbols_new(const GPtrArray *folders)
{
    struct symbols *symbols = g_new0(struct symbols, 1);
    symbols->folders = folders;
    symbols->search_path = search_path_of(folders);
    symbols->callbacks = (Dwfl_Callbacks){.find_elf = dwfl_build_id_find_elf,
                                          .find_debuginfo = dwfl_standard_find_debuginfo,
                                          .section_address = dwfl_offline_section_address,
                                          .debuginfo_path = &symbols->search_path};
    symbols->modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    symbols->order = g_ptr_array_new_with_free_func(module_free);
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    if (!symbols)
        return;
    g_hash_table_unref(symbols->modules);
    g_ptr_array_unref(symbols->order);
    g_free(symbols->search_path);
    g_free(symbols);
}

/* Each library by itself, at the addresses of its own file. */
static void open_module(struct symbols *symbols, struct module *module)
{
    g_autofree char *file = symbol_file_find(module->path, module->build_id, symbols->folders, &module->trouble);
    if (!file)
        return;
    module->dwfl = dwfl_begin(&symbols->callbacks);
    module->file = module->dwfl ? dwfl_report_elf(module->dwfl, file, file, -1, 0, true) : NULL;
    if (module->dwfl)
        dwfl_report_end(module->dwfl, NULL, NULL);
    if (!module->file)
        module->trouble = SYMBOL_FILE_UNREADABLE;
}

static struct module *find_module(struct symbols *symbols, const struct native_frame *frame)
{
    g_autofree char *key = g_strconcat(frame->library, "\037", frame->build_id, NULL);
    struct module *module = g_hash_table_lookup(symbols->modules, key);
    if (module)
        return module;
    module = g_new0(struct module, 1);
    module->path = g_strdup(frame->library);
    module->build_id = g_strdup(frame->build_id);
    open_module(symbols, module);
    g_ptr_array_add(symbols->order, module);
    g_hash_table_insert(symbols->modules, g_steal_pointer(&key), module);
    return module;
}

/* The call is before the address that it returns to. A symbol that ends before the address is another function's.
 */
static const char *function_at(const struct module *module, uint64_t offset, bool exact)
{
    GElf_Off inside = 0;
    GElf_Sym symbol;
    if (!module->file || !offset)
        return NULL;
    const char *name = dwfl_module_addrinfo(module->file, offset - !exact, &inside, &symbol, NULL, NULL, NULL);
    return name && *name && (symbol.st_size == 0 || inside < symbol.st_size) ? name : NULL;
}

void symbols_name(struct symbols *symbols, struct native_frame *frames, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct native_frame *frame = &frames[i];
        if (!frame->library || frame->function)
            continue;
        struct module *module = find_module(symbols, frame);
        frame->function = g_strdup(function_at(module, frame->offset, frame->exact));
        module->unnamed += !frame->function;
    }
}

static void name_moment(struct symbols *symbols, struct moment *moment)
{
    if (moment)
        symbols_name(symbols, moment->native_stack, moment->native_count);
}

void symbols_name_report(struct symbols *symbols, const struct report *report)
{
    for (guint i = 0; i < report->findings->len; i++) {
        const struct finding *finding = g_ptr_array_index(report->findings, i);
        name_moment(symbols, finding->entered);
        name_moment(symbols, finding->cancelled);
        name_moment(symbols, finding->delivered);
        name_moment(symbols, finding->exited);
    }
}

bool symbols_were_wanted(const struct symbols *symbols)
{
    return symbols->order->len > 0;
}

static char *explanation(const struct module *module)
{
    static const char *const causes[] = {
        [SYMBOL_FILE_FOUND] = "it has no symbols for them; its debug symbols would have",
        [SYMBOL_FILE_ABSENT] = "it is not on this machine",
        [SYMBOL_FILE_OTHER_BUILD] = "what is there on this machine is another build of it",
        [SYMBOL_FILE_UNREADABLE] = "it cannot be read on this machine",
    };
    g_autofree char *build = module->build_id ? g_strdup_printf(" (build-id %s)", module->build_id) : g_strdup("");
    return g_strdup_printf("%u native frame%s in %s%s could not be named: %s; --debug-dir says where to look.",
                           module->unnamed, module->unnamed == 1 ? "" : "s", module->path, build,
                           causes[module->trouble]);
}

void symbols_explain(const struct symbols *symbols, GPtrArray *notices)
{
    unsigned told = 0, left = 0;
    for (guint i = 0; i < symbols->order->len; i++) {
        const struct module *module = g_ptr_array_index(symbols->order, i);
        if (!module->unnamed)
            continue;
        if (told++ < EXPLAINED_LIBRARIES)
            g_ptr_array_add(notices, explanation(module));
        else
            left++;
    }
    if (left)
        g_ptr_array_add(notices, g_strdup_printf("Native frames in %u more libraries could not be named.", left));
}
