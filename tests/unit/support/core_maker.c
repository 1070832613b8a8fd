/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/core_maker.h"

#include <elf.h>
#include <signal.h>
#include <string.h>

#include "tracepoints/values.h"

#define PAGE 4096u

/* ---- memory ---- */

static void *pointer_to(uint64_t address)
{
    return (void *)(uintptr_t)address; /* NOLINT: of another memory */
}

static const struct tables_list lists[TABLES_KINDS] = {
    [TABLES_TASKS] = {.stride = sizeof(uint64_t),
                      .is_indirect = 1,
                      .record = sizeof(struct made_task),
                      .fields = {[TABLES_TASK_SERIAL] = TABLES_FIELD(struct made_task, serial),
                                 [TABLES_TASK_PARENT] = TABLES_FIELD(struct made_task, parent),
                                 [TABLES_TASK_COUNTER] = TABLES_FIELD(struct made_task, counter),
                                 [TABLES_TASK_ANNOUNCED] = TABLES_FIELD(struct made_task, announced),
                                 [TABLES_TASK_ENDED] = TABLES_FIELD(struct made_task, ended),
                                 [TABLES_TASK_DONE] = TABLES_FIELD(struct made_task, done),
                                 [TABLES_TASK_INNERMOST] = TABLES_FIELD(struct made_task, innermost),
                                 [TABLES_TASK_REQUESTS] = TABLES_FIELD(struct made_task, requests),
                                 [TABLES_TASK_NAME] = TABLES_FIELD(struct made_task, name)}},
    [TABLES_SCOPES] = {.stride = sizeof(uint64_t),
                       .is_indirect = 1,
                       .record = sizeof(struct made_scope),
                       .fields = {[TABLES_SCOPE_SERIAL] = TABLES_FIELD(struct made_scope, serial),
                                  [TABLES_SCOPE_ENTRY] = TABLES_FIELD(struct made_scope, entry),
                                  [TABLES_SCOPE_PROVIDER] = TABLES_FIELD(struct made_scope, provider),
                                  [TABLES_SCOPE_OUTER] = TABLES_FIELD(struct made_scope, outer),
                                  [TABLES_SCOPE_HOST] = TABLES_FIELD(struct made_scope, host),
                                  [TABLES_SCOPE_ENTERED_NS] = TABLES_FIELD(struct made_scope, entered_ns),
                                  [TABLES_SCOPE_STACK] = TABLES_FIELD(struct made_scope, stack),
                                  [TABLES_SCOPE_OPEN] = TABLES_FIELD(struct made_scope, open),
                                  [TABLES_SCOPE_GONE] = TABLES_FIELD(struct made_scope, gone),
                                  [TABLES_SCOPE_SHIELD] = TABLES_FIELD(struct made_scope, shield),
                                  [TABLES_SCOPE_CANCELLED] = TABLES_FIELD(struct made_scope, cancelled),
                                  [TABLES_SCOPE_CANCEL_TASK] = TABLES_FIELD(struct made_scope, cancel_task),
                                  [TABLES_SCOPE_CANCEL_NS] = TABLES_FIELD(struct made_scope, cancel_ns),
                                  [TABLES_SCOPE_CANCEL] = TABLES_FIELD(struct made_scope, cancel)}},
    [TABLES_REQUESTS] = {.record = sizeof(struct made_request),
                         .fields = {[TABLES_REQUEST_NEXT] = TABLES_FIELD(struct made_request, next),
                                    [TABLES_REQUEST_SCOPE] = TABLES_FIELD(struct made_request, scope),
                                    [TABLES_REQUEST_ORIGIN] = TABLES_FIELD(struct made_request, origin),
                                    [TABLES_REQUEST_BY_TASK] = TABLES_FIELD(struct made_request, by_task),
                                    [TABLES_REQUEST_RAISED_NS] = TABLES_FIELD(struct made_request, raised_ns),
                                    [TABLES_REQUEST_STACK] = TABLES_FIELD(struct made_request, stack),
                                    [TABLES_REQUEST_COUNT] = TABLES_FIELD(struct made_request, count),
                                    [TABLES_REQUEST_SOURCE] = TABLES_FIELD(struct made_request, source)}},
    [TABLES_NODES] = {.stride = sizeof(struct made_node),
                      .record = sizeof(struct made_node),
                      .fields = {[TABLES_NODE_CODE] = TABLES_FIELD(struct made_node, code),
                                 [TABLES_NODE_PARENT] = TABLES_FIELD(struct made_node, parent),
                                 [TABLES_NODE_LINE] = TABLES_FIELD(struct made_node, line)}},
    [TABLES_CODES] = {.record = sizeof(struct made_code),
                      .fields = {[TABLES_CODE_FILE] = TABLES_FIELD(struct made_code, file),
                                 [TABLES_CODE_FUNCTION] = TABLES_FIELD(struct made_code, function)}},
    [TABLES_PROVIDERS] = {.stride = sizeof(struct made_provider),
                          .record = sizeof(struct made_provider),
                          .fields = {[TABLES_PROVIDER_ADDRESS] = TABLES_FIELD(struct made_provider, address),
                                     [TABLES_PROVIDER_TRAITS] = TABLES_FIELD(struct made_provider, traits),
                                     [TABLES_PROVIDER_KIND] = TABLES_FIELD(struct made_provider, kind),
                                     [TABLES_PROVIDER_MODULE] = TABLES_FIELD(struct made_provider, module)}},
    [TABLES_RUNTIME] = {.stride = sizeof(struct made_runtime),
                        .record = sizeof(struct made_runtime),
                        .fields = {[TABLES_RUNTIME_PYTHON] = TABLES_FIELD(struct made_runtime, python),
                                   [TABLES_RUNTIME_HOST] = TABLES_FIELD(struct made_runtime, host)}},
};

static void make_root(struct made_image *image)
{
    struct tables_root *root = &image->root;
    *root = (struct tables_root){.magic = TABLES_MAGIC,
                                 .self = pointer_to(CORE_MAKER_AT(root)),
                                 .version = TABLES_VERSION,
                                 .kinds = TABLES_KINDS,
                                 .tool = "9.9",
                                 .pid = pointer_to(CORE_MAKER_AT(pid)),
                                 .events = pointer_to(CORE_MAKER_AT(events)),
                                 .recording = pointer_to(CORE_MAKER_AT(recording)),
                                 .unannounced = pointer_to(CORE_MAKER_AT(unannounced)),
                                 .nodes_given_up = pointer_to(CORE_MAKER_AT(first_node)),
                                 .armed = pointer_to(CORE_MAKER_AT(armed)),
                                 .enabled = pointer_to(CORE_MAKER_AT(enabled))};
    image->pid = CORE_MAKER_PID;
    image->events = 40;
    image->recording = 1;
    image->armed = 1;
    image->enabled = 1;
    image->first_node = CORE_MAKER_NODES;
}

static void make_list(struct made_image *image, enum tables_kind kind, uint64_t items, uint32_t count)
{
    struct tables_list *list = &image->lists[kind];
    image->items[kind] = items;
    image->counts[kind] = count;
    image->root.lists[kind] = pointer_to(CORE_MAKER_AT(lists) + (uint64_t)kind * sizeof *list);
    *list = lists[kind];
    if (!items)
        return;
    list->items = pointer_to(CORE_MAKER_AT(items) + (uint64_t)kind * sizeof(uint64_t));
    list->count = pointer_to(CORE_MAKER_AT(counts) + (uint64_t)kind * sizeof(uint32_t));
}

static void make_lists(struct made_image *image)
{
    make_list(image, TABLES_TASKS, CORE_MAKER_AT(task_slots), G_N_ELEMENTS(image->task_slots));
    make_list(image, TABLES_SCOPES, CORE_MAKER_AT(scope_slots), G_N_ELEMENTS(image->scope_slots));
    make_list(image, TABLES_REQUESTS, 0, 0);
    make_list(image, TABLES_NODES, CORE_MAKER_AT(nodes), G_N_ELEMENTS(image->nodes));
    make_list(image, TABLES_CODES, 0, 0);
    make_list(image, TABLES_PROVIDERS, CORE_MAKER_AT(providers), G_N_ELEMENTS(image->providers));
    make_list(image, TABLES_RUNTIME, CORE_MAKER_AT(runtime), 1);
    image->task_slots[1] = CORE_MAKER_AT(tasks[1]);
    image->task_slots[2] = CORE_MAKER_AT(tasks[0]);
    image->task_slots[4] = CORE_MAKER_AT(tasks[2]);
    image->scope_slots[0] = CORE_MAKER_AT(scopes[1]);
    image->scope_slots[3] = CORE_MAKER_AT(scopes[0]);
}

static void make_stacks(struct made_image *image)
{
    static const char texts[] = "app.py\0main\0stop";
    memcpy(image->texts, texts, sizeof texts);
    image->codes[0] = (struct made_code){.file = CORE_MAKER_AT(texts), .function = CORE_MAKER_AT(texts) + 7};
    image->codes[1] = (struct made_code){.file = CORE_MAKER_AT(texts), .function = CORE_MAKER_AT(texts) + 12};
    image->nodes[1] = (struct made_node){.code = CORE_MAKER_AT(codes[0]), .line = 5};
    image->nodes[2] =
        (struct made_node){.code = CORE_MAKER_AT(codes[0]), .line = 7, .parent = CORE_MAKER_NODES + 1};
    image->nodes[3] =
        (struct made_node){.code = CORE_MAKER_AT(codes[1]), .line = 9, .parent = CORE_MAKER_NODES + 1};
}

static void make_records(struct made_image *image)
{
    const uint64_t provider = 0xabcd;
    image->runtime[0] = (struct made_runtime){.host = "box", .python = "3.12.1"};
    image->providers[1] = (struct made_provider){
        .address = provider, .traits = TRAIT_TAKES_BACK, .kind = "test.Scope", .module = "test"};
    image->tasks[0] =
        (struct made_task){.name = "main", .innermost = CORE_MAKER_AT(scopes[1]), .serial = 1, .announced = 1};
    image->tasks[1] = (struct made_task){.name = "worker",
                                         .requests = CORE_MAKER_AT(requests[1]),
                                         .serial = 2,
                                         .parent = 1,
                                         .announced = 1,
                                         .counter = 3};
    image->tasks[2] = (struct made_task){.name = "gone", .serial = 3, .announced = 1, .ended = 1};
    image->scopes[0] = (struct made_scope){.open = 1,
                                           .stack = CORE_MAKER_NODES + 2,
                                           .entry = 1,
                                           .provider = provider,
                                           .host = 1,
                                           .entered_ns = 1000,
                                           .serial = 1};
    image->scopes[1] = (struct made_scope){.open = 1,
                                           .cancelled = 1,
                                           .stack = CORE_MAKER_NODES + 2,
                                           .entry = 4,
                                           .provider = provider,
                                           .outer = CORE_MAKER_AT(scopes[0]),
                                           .host = 1,
                                           .cancel_task = 2,
                                           .cancel_ns = 3000,
                                           .serial = 2,
                                           .cancel = {.stack = CORE_MAKER_NODES + 3, .how = CANCEL_DEADLINE}};
    image->requests[0] =
        (struct made_request){.scope = 2, .origin = 2, .raised_ns = 4000, .source = SOURCE_SCOPE, .count = 1};
    image->requests[1] = (struct made_request){.next = CORE_MAKER_AT(requests[0]),
                                               .by_task = 1,
                                               .raised_ns = 5000,
                                               .source = SOURCE_DIRECT,
                                               .count = 1,
                                               .stack = CORE_MAKER_NODES + 3};
}

void core_maker_image(struct made_image *ret_image)
{
    memset(ret_image, 0, sizeof *ret_image);
    make_root(ret_image);
    make_lists(ret_image);
    make_stacks(ret_image);
    make_records(ret_image);
}

/* ---- the file ---- */

static void add_note(GByteArray *notes, uint32_t type, const void *bytes, uint32_t size)
{
    const Elf64_Nhdr header = {.n_namesz = 5, .n_descsz = size, .n_type = type};
    static const char name[8] = "CORE";
    static const uint8_t padding[4] = {0};
    g_byte_array_append(notes, (const guint8 *)&header, sizeof header);
    g_byte_array_append(notes, (const guint8 *)name, sizeof name);
    g_byte_array_append(notes, bytes, size);
    g_byte_array_append(notes, padding, (guint)-size % 4);
}

static GByteArray *make_notes(void)
{
    GByteArray *notes = g_byte_array_new();
    uint32_t status[84] = {[8] = CORE_MAKER_PID}, process[34] = {[6] = CORE_MAKER_PID};
    uint32_t signal[32] = {[0] = SIGSEGV, [2] = SEGV_MAPERR, [4] = 8};
    uint64_t files[6 + 2] = {1, PAGE, CORE_MAKER_BASE, CORE_MAKER_BASE + sizeof(struct made_image), 0};
    memcpy(&files[5], "/x/libscopetrace.so", 20);
    add_note(notes, NT_PRSTATUS, status, sizeof status);
    status[8]++;
    add_note(notes, NT_PRSTATUS, status, sizeof status);
    add_note(notes, NT_PRPSINFO, process, sizeof process);
    add_note(notes, NT_SIGINFO, signal, sizeof signal);
    add_note(notes, NT_FILE, files, sizeof files);
    return notes;
}

GByteArray *core_maker_file(const struct made_image *image)
{
    g_autoptr(GByteArray) notes = make_notes();
    GByteArray *file = g_byte_array_new();
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2};
    const Elf64_Off begin = sizeof header + 2 * sizeof(Elf64_Phdr);
    const Elf64_Phdr programs[2] = {{.p_type = PT_NOTE, .p_offset = begin, .p_filesz = notes->len},
                                    {.p_type = PT_LOAD,
                                     .p_flags = PF_R | PF_W,
                                     .p_offset = begin + notes->len,
                                     .p_vaddr = CORE_MAKER_BASE,
                                     .p_filesz = sizeof *image,
                                     .p_memsz = sizeof *image}};
    g_byte_array_append(file, (const guint8 *)&header, sizeof header);
    g_byte_array_append(file, (const guint8 *)programs, sizeof programs);
    g_byte_array_append(file, notes->data, notes->len);
    g_byte_array_append(file, (const guint8 *)image, sizeof *image);
    return file;
}
