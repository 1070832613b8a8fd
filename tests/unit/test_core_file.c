/* SPDX-License-Identifier: MIT */
/* Core files and the agent's tables in them: sound ones, of other layouts, and what nobody should believe. */
#include <elf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/core_file/core_file.h"
#include "cli/core_file/last_moment.h"
#include "cli/core_file/tables_events.h"
#include "tests/unit/support/core_maker.h"

#define MOMENT 9000u

/* ---- tables, in a memory that is nothing but the image ---- */

struct made_memory {
    struct memory memory;
    struct made_image image;
};

static bool read_image(const struct memory *memory, uint64_t address, void *to, size_t size)
{
    const struct made_memory *made = (const struct made_memory *)memory;
    if (address < CORE_MAKER_BASE || size > sizeof made->image ||
        address - CORE_MAKER_BASE > sizeof made->image - size)
        return false;
    memcpy(to, (const char *)&made->image + (address - CORE_MAKER_BASE), size);
    return true;
}

static void note(void *context, const struct event *event)
{
    GString *text = context;
    const struct event_task_cancel *cancel = &event->task_cancel;
    const struct event_scope_enter *enter = &event->scope_enter;
    if (event->kind == EVENT_RUNTIME)
        g_string_append_printf(text, "python %s on %s\n", event->runtime.python, event->host);
    if (event->kind == EVENT_PROVIDER)
        g_string_append_printf(text, "kind %s\n", event->provider.kind);
    if (event->kind == EVENT_FRAME)
        g_string_append_printf(text, "frame %u of %u %s:%u %s\n", event->frame.frame.node,
                               event->frame.parent.node, event->frame.file, event->frame.line,
                               event->frame.function);
    if (event->kind == EVENT_TASK_SEEN)
        g_string_append_printf(text, "task %d of %d %s%s at %u\n", (int)event->task_seen.task.serial,
                               (int)event->task_seen.parent_task.serial, event->task_seen.name,
                               event->task_seen.coroutine, event->task_seen.counter);
    if (event->kind == EVENT_SCOPE_ENTER)
        g_string_append_printf(text, "scope %d.%u of task %d, kind %u, entered %d\n", (int)enter->scope.serial,
                               enter->entry, (int)enter->task.serial, enter->provider.number,
                               (int)enter->entered_ns);
    if (event->kind == EVENT_SCOPE_CANCEL)
        g_string_append_printf(text, "cancel %d by %d at %d\n", (int)event->scope_cancel.scope.serial,
                               (int)event->scope_cancel.by_task.serial, (int)event->time_ns);
    if (event->kind == EVENT_TASK_CANCEL)
        g_string_append_printf(text, "request on %d, %u to %u, of %d, by %d at %d\n", (int)cancel->task.serial,
                               cancel->before, cancel->after, (int)cancel->origin.serial,
                               (int)cancel->by_task.serial, (int)event->time_ns);
}

static struct made_memory *made_memory(void)
{
    struct made_memory *made = g_new(struct made_memory, 1);
    made->memory.read = read_image;
    core_maker_image(&made->image);
    return made;
}

/* Reads all, as text; takes the memory over. */
static char *told(struct made_memory *made, bool *ret_damaged)
{
    GString *text = g_string_new(NULL);
    struct tables tables;
    assert_true(tables_is_root(&made->memory, CORE_MAKER_BASE));
    assert_true(tables_open(&tables, &made->memory, CORE_MAKER_BASE, NULL));
    tables_tell(&tables, MOMENT, note, text);
    if (ret_damaged)
        *ret_damaged = tables.is_damaged;
    g_free(made);
    return g_string_free(text, FALSE);
}

static void tables_are_read_by_their_own_layout(void **state)
{
    (void)state;
    bool damaged;
    g_autofree char *text = told(made_memory(), &damaged);
    assert_string_equal(text, "python 3.12.1 on box\n"
                              "kind test.Scope\n"
                              "task 1 of 0 main at 0\n"
                              "frame 13 of 11 app.py:9 stop\n"
                              "frame 11 of 0 app.py:5 main\n"
                              "task 2 of 1 worker at 1\n"
                              "frame 12 of 11 app.py:7 main\n"
                              "scope 1.1 of task 1, kind 1, entered 1000\n"
                              "scope 2.4 of task 1, kind 1, entered 9000\n"
                              "cancel 2 by 2 at 3000\n"
                              "request on 2, 1 to 2, of 2, by 0 at 4000\n"
                              "request on 2, 2 to 3, of 0, by 1 at 5000\n");
    assert_false(damaged);
}

static void a_child_has_its_parents_tables(void **state)
{
    (void)state;
    struct made_memory *made = made_memory();
    made->image.unannounced = 1;
    g_autofree char *text = told(made, NULL);
    assert_string_equal(text, "python 3.12.1 on box\nkind test.Scope\n");
}

static void other_recordings_do_not_count(void **state)
{
    (void)state;
    struct made_memory *made = made_memory();
    made->image.recording = 2;
    g_autofree char *text = told(made, NULL);
    assert_null(strstr(text, "task 1 of"));
}

/* Told more than once by one recording; call sites that were given up since. */
static void what_was_told_earlier_counts(void **state)
{
    (void)state;
    struct made_memory *made = made_memory();
    made->image.tasks[0].announced = 5;
    made->image.first_node += 100;
    bool damaged;
    g_autofree char *text = told(made, &damaged);
    assert_non_null(strstr(text, "task 1 of"));
    assert_null(strstr(text, "frame"));
    assert_false(damaged);
}

/* What no agent ever wrote: each must end, and be told where it matters. */
static void loop_of_scopes(struct made_image *image)
{
    image->scopes[0].outer = CORE_MAKER_AT(scopes[1]);
}

static void loop_of_requests(struct made_image *image)
{
    image->requests[0].next = CORE_MAKER_AT(requests[1]);
}

static void loop_of_nodes(struct made_image *image)
{
    image->nodes[1].parent = CORE_MAKER_NODES + 3;
}

static void lists_without_end(struct made_image *image)
{
    for (int kind = 0; kind < TABLES_KINDS; kind++)
        image->counts[kind] = UINT32_MAX;
}

static void slots_that_lead_nowhere(struct made_image *image)
{
    image->task_slots[0] = 0x10;
    image->scope_slots[1] = UINT64_MAX - 3;
}

static void the_same_record_everywhere(struct made_image *image)
{
    for (size_t i = 0; i < G_N_ELEMENTS(image->scope_slots); i++)
        image->scope_slots[i] = CORE_MAKER_AT(scopes[1]);
    for (size_t i = 0; i < G_N_ELEMENTS(image->task_slots); i++)
        image->task_slots[i] = CORE_MAKER_AT(tasks[0]);
}

static void texts_without_end(struct made_image *image)
{
    memset(image->texts, 'x', sizeof image->texts);
    memset(image->tasks[0].name, 'x', sizeof image->tasks[0].name);
}

static void fields_outside_of_records(struct made_image *image)
{
    for (int kind = 0; kind < TABLES_KINDS; kind++)
        for (unsigned field = 0; field < TABLES_MOST_FIELDS; field++)
            image->lists[kind].fields[field].offset = UINT16_MAX;
}

static void huge_records(struct made_image *image)
{
    for (int kind = 0; kind < TABLES_KINDS; kind++)
        image->lists[kind].record = UINT16_MAX;
}

static void huge_counters(struct made_image *image)
{
    image->requests[0].count = image->requests[1].count = UINT8_MAX;
}

static const struct {
    void (*spoil)(struct made_image *image);
    bool damaged; /* and said so */
} spoilers[] = {
    {loop_of_scopes, true},     {loop_of_requests, false},          {loop_of_nodes, true},
    {lists_without_end, true},  {slots_that_lead_nowhere, true},    {the_same_record_everywhere, false},
    {texts_without_end, false}, {fields_outside_of_records, false}, {huge_records, true},
    {huge_counters, false},
};

static void nothing_is_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(spoilers); i++) {
        struct made_memory *made = made_memory();
        bool damaged = false;
        spoilers[i].spoil(&made->image);
        g_autofree char *text = told(made, &damaged);
        if (spoilers[i].damaged && !damaged)
            fail_msg("case %zu is not told: %s", i, text);
    }
}

static void assert_refused(const struct made_memory *made, const char *part)
{
    struct tables tables;
    g_autoptr(GError) error = NULL;
    assert_false(tables_open(&tables, &made->memory, CORE_MAKER_BASE, &error));
    if (!strstr(error->message, part))
        fail_msg("no \"%s\" in: %s", part, error->message);
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    g_autofree struct made_memory *made = made_memory();
    made->image.root.version = TABLES_VERSION + 1;
    assert_refused(made, "those of scopetrace 9.9 (version 2)");
    made->image.root.version = TABLES_VERSION;
    made->image.root.kinds = 1;
    assert_refused(made, "damaged");
    made->image.root.kinds = TABLES_KINDS;
    made->image.lists[TABLES_NODES].stride = 0;
    assert_refused(made, "damaged");
    made->image.root.self = NULL;
    assert_false(tables_is_root(&made->memory, CORE_MAKER_BASE));
}

/* ---- files ---- */

static char *path_of_file;

static int make_path(void **state)
{
    (void)state;
    path_of_file = g_strdup("/tmp/scopetrace-core-XXXXXX");
    const int fd = g_mkstemp(path_of_file);
    close(fd);
    return fd < 0;
}

static int remove_path(void **state)
{
    (void)state;
    unlink(path_of_file);
    g_free(path_of_file);
    return 0;
}

static void write_file(const GByteArray *bytes, size_t size)
{
    assert_true(g_file_set_contents(path_of_file, (const char *)bytes->data, (gssize)size, NULL));
}

/* NULL: it is refused, in one line. */
static struct core_reading *read_file(void)
{
    g_autoptr(GPtrArray) folders = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    struct core_reading *reading = last_moment_read(path_of_file, folders, NULL, &error);
    assert_true((reading == NULL) == (error != NULL));
    if (error && strchr(error->message, '\n'))
        fail_msg("more than a line: %s", error->message);
    return reading;
}

static GByteArray *sound_file(void)
{
    g_autofree struct made_image *image = g_new(struct made_image, 1);
    core_maker_image(image);
    return core_maker_file(image);
}

static const struct open_task *task_of(const struct last_moment *moment, uint64_t serial)
{
    for (guint i = 0; i < moment->end->tasks->len; i++) {
        const struct open_task *task = g_ptr_array_index(moment->end->tasks, i);
        if (task->task.id.serial == serial)
            return task;
    }
    return NULL;
}

/* kill() leaves the sender's number where a fault has its address. */
static void a_signal_that_was_sent_has_no_address(void **state)
{
    const uint32_t fault[] = {SIGSEGV, 0, SEGV_MAPERR, 0, 8};
    uint32_t code = SI_USER;
    (void)state;
    g_autoptr(GByteArray) bytes = sound_file();
    guint8 *found = memmem(bytes->data, bytes->len, fault, sizeof fault);
    assert_non_null(found);
    memcpy(found + 2 * sizeof code, &code, sizeof code);
    write_file(bytes, bytes->len);
    struct core_reading *reading = read_file();
    assert_non_null(reading);
    assert_int_equal(last_moment_of(reading)->signal, SIGSEGV);
    assert_int_equal(last_moment_of(reading)->address, 0);
    last_moment_free(reading);
}

static void a_file_is_read(void **state)
{
    (void)state;
    g_autoptr(GByteArray) bytes = sound_file();
    write_file(bytes, bytes->len);
    struct core_reading *reading = read_file();
    assert_non_null(reading);
    const struct last_moment *moment = last_moment_of(reading);
    assert_int_equal(moment->pid, CORE_MAKER_PID);
    assert_int_equal(moment->signal, 11);
    assert_int_equal(moment->address, 8);
    assert_int_equal(moment->events, 40);
    assert_int_equal(moment->threads->len, 2);
    assert_int_equal(moment->remarks->len, 0);
    assert_int_equal(moment->end->tasks->len, 2);
    const struct open_task *main = task_of(moment, 1), *worker = task_of(moment, 2);
    const struct tree_scope *inner = g_ptr_array_index(main->scopes, 1);
    assert_int_equal(main->scopes->len, 2);
    assert_string_equal(inner->scope.kind, "test.Scope");
    assert_int_equal(inner->entered->time_ns, 0); /* nobody noted it */
    assert_int_equal(inner->cancelled->time_ns, 3000);
    assert_string_equal(inner->cancelled->task_name, "worker");
    assert_int_equal(worker->counter, 3);
    assert_int_equal(worker->parent.serial, 1);
    assert_int_equal(worker->requests->len, 3);
    last_moment_free(reading);
}

static void every_cut_is_survived(void **state)
{
    (void)state;
    g_autoptr(GByteArray) bytes = sound_file();
    unsigned read = 0;
    for (size_t size = 0; size < bytes->len; size += 37) {
        write_file(bytes, size);
        struct core_reading *reading = read_file();
        if (reading) {
            const GPtrArray *remarks = last_moment_of(reading)->remarks;
            assert_true(remarks->len > 0);
            assert_non_null(strstr(g_ptr_array_index(remarks, 0), "cut short"));
            read++;
        }
        last_moment_free(reading);
    }
    assert_true(read > 0);
}

static void assert_file_refused(const char *part)
{
    g_autoptr(GPtrArray) folders = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    assert_null(last_moment_read(path_of_file, folders, NULL, &error));
    if (!strstr(error->message, part))
        fail_msg("no \"%s\" in: %s", part, error->message);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    g_autoptr(GByteArray) bytes = sound_file();
    Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)bytes->data;
    header->e_machine = EM_ARM;
    write_file(bytes, bytes->len);
    assert_file_refused("another processor");
    header->e_machine = EM_X86_64;
    header->e_ident[EI_CLASS] = ELFCLASS32;
    write_file(bytes, bytes->len);
    assert_file_refused("another processor");
    header->e_ident[EI_CLASS] = ELFCLASS64;
    header->e_type = ET_DYN;
    write_file(bytes, bytes->len);
    assert_file_refused("is no core file");
    header->e_type = ET_CORE;
    bytes->data[bytes->len - sizeof(struct made_image) + offsetof(struct made_image, root.magic)] = 'S';
    write_file(bytes, bytes->len);
    assert_file_refused("was not traced");
    write_file(bytes, 0);
    assert_file_refused("is no core file");
    unlink(path_of_file);
    assert_int_equal(mkfifo(path_of_file, 0600), 0);
    assert_file_refused("not a regular file");
    unlink(path_of_file);
    assert_file_refused("No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_read_by_their_own_layout),
        cmocka_unit_test(a_child_has_its_parents_tables),
        cmocka_unit_test(other_recordings_do_not_count),
        cmocka_unit_test(what_was_told_earlier_counts),
        cmocka_unit_test(nothing_is_believed),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test_setup_teardown(a_file_is_read, make_path, remove_path),
        cmocka_unit_test_setup_teardown(a_signal_that_was_sent_has_no_address, make_path, remove_path),
        cmocka_unit_test_setup_teardown(every_cut_is_survived, make_path, remove_path),
        cmocka_unit_test_setup_teardown(other_files_are_refused, make_path, remove_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
