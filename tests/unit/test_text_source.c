/* SPDX-License-Identifier: MIT */
/* The text event source: what a line means, and what is made of one that means nothing. */
#include "tests/unit/history.h"

#include <math.h>
#include <unistd.h>

#include "analyzer/sources/decode.h"
#include "tracepoints/schema.h"

struct seen {
    struct event events[16];
    char texts[16][64];
    unsigned count;
};

static const char *text_of(const struct event *event)
{
    if (event->kind == EVENT_TASK_START)
        return event->task_start.name;
    return event->kind == EVENT_LABEL ? event->label.text : "";
}

static void collect(void *context, const struct event *event)
{
    struct seen *seen = context;
    assert_true(seen->count < G_N_ELEMENTS(seen->events));
    g_strlcpy(seen->texts[seen->count], text_of(event), sizeof seen->texts[0]);
    seen->events[seen->count++] = *event;
}

/* Returns what was noted as damage, "" = nothing. Free it. */
static char *read_text(const char *text, struct seen *seen, GError **error)
{
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    memset(seen, 0, sizeof *seen);
    text_read(text, strlen(text), "file", collect, seen, &notes, error);
    g_ptr_array_add(notes.damage, NULL);
    char *damage = g_strjoinv("|", (char **)notes.damage->pdata);
    g_ptr_array_unref(notes.damage);
    return damage;
}

static struct seen read_good(const char *text)
{
    struct seen seen;
    GError *error = NULL;
    char *damage = read_text(text, &seen, &error);
    assert_null(error);
    assert_string_equal(damage, "");
    g_free(damage);
    return seen;
}

static void fields_are_stored(void **state)
{
    (void)state;
    struct seen seen =
        read_good("# scopetrace-events 1\n\n"
                  "100 task_cancel pid=7 tid=8 seq=3 tick=9 accepted=1 source=SOURCE_SCOPE task=0x10 "
                  "scope=2 origin=3 before=1 after=2 native=0x10,32\n"
                  "  +5 scope_enter scope=4 deadline=1.5 counter=6\r\n");
    const struct event *cancel = &seen.events[0], *enter = &seen.events[1];
    assert_int_equal(seen.count, 2);
    assert_int_equal(cancel->kind, EVENT_TASK_CANCEL);
    assert_int_equal(cancel->time_ns, 100);
    assert_int_equal(cancel->pid, 7);
    assert_int_equal(cancel->tid, 8);
    assert_int_equal(cancel->seq, 3);
    assert_int_equal(cancel->task_cancel.source, SOURCE_SCOPE);
    assert_int_equal(cancel->task_cancel.task.serial, 16);
    assert_int_equal(cancel->task_cancel.origin.serial, 3);
    assert_int_equal(cancel->task_cancel.native_count, 2);
    assert_int_equal(enter->time_ns, 105);
    assert_true(fabs(enter->scope_enter.deadline - 1.5) < 1e-9);
    assert_int_equal(enter->scope_enter.counter, 6);
}

static void running_values(void **state)
{
    (void)state;
    struct seen seen = read_good("1 label pid=5 tick=3 host=a text=x\n2 label\n3 label pid=6 host=b\n4 label\n");
    assert_int_equal(seen.events[1].pid, 5);
    assert_int_equal(seen.events[1].tick, 3);
    assert_int_equal(seen.events[1].tid, 5);
    assert_int_equal(seen.events[3].pid, 6);
    assert_string_equal(seen.texts[1], "");
}

static void symbols_and_quotes(void **state)
{
    (void)state;
    struct seen seen = read_good("1 provider traits=TRAIT_HANDS_UP|TRAIT_GROUP\n"
                                 "2 label text=\"a \\\"b\\\" \\x1b\\n\\\\\"\n"
                                 "3 scope_exit exception_in=EXIT_WITH_CANCELLED outcome=EXIT_RAISED_TIMEOUT\n"
                                 "4 scope_enter deadline=inf\n");
    assert_int_equal(seen.events[0].provider.traits, TRAIT_HANDS_UP | TRAIT_GROUP);
    assert_string_equal(seen.texts[1], "a \"b\" \033\n\\");
    assert_int_equal(seen.events[2].scope_exit.outcome, EXIT_RAISED_TIMEOUT);
    assert_true(isinf(seen.events[3].scope_enter.deadline));
}

static void lines_in_any_order(void **state)
{
    (void)state;
    struct seen seen = read_good("20 label text=second\n10 label text=first\n10 label text=first2\n");
    assert_string_equal(seen.texts[0], "first");
    assert_string_equal(seen.texts[1], "first2");
    assert_string_equal(seen.texts[2], "second");
}

static void lost_is_not_in_a_trace(void **state)
{
    (void)state;
    struct seen seen = read_good("20 lost count=5\n");
    assert_int_equal(seen.events[0].kind, EVENT_LOST);
    assert_int_equal(seen.events[0].lost.count, 5);
    assert_null(decode_find("lost"));
}

static void damage_is_noted_and_skipped(void **state)
{
    (void)state;
    struct seen seen;
    GError *error = NULL;
    char *damage = read_text("1 label text=a\nnonsense\n2 no_such_event\n3 label text\n4 label pid=x\n"
                             "5 runtime statedump=256\n6 label text=\"open\n7 label from_the_future=1 text=b\n",
                             &seen, &error);
    assert_null(error);
    assert_int_equal(seen.count, 2);
    assert_non_null(strstr(damage, "file:2: the line does not begin with a time."));
    assert_non_null(strstr(damage, "file:3: no event is called 'no_such_event'."));
    assert_non_null(strstr(damage, "file:4: 'text' has no value."));
    assert_non_null(strstr(damage, "file:5: 'pid' has a value that does not fit."));
    assert_non_null(strstr(damage, "file:6: 'statedump' has a value that does not fit."));
    assert_non_null(strstr(damage, "file:7: 'text' has a value that does not fit."));
    g_free(damage);
}

static void nothing_readable_is_an_error(void **state)
{
    (void)state;
    struct seen seen;
    GError *error = NULL;
    g_free(read_text("\x7f"
                     "ELF rubbish\n",
                     &seen, &error));
    assert_non_null(error);
    g_clear_error(&error);
    /* an empty history is none */
    g_free(read_text("# scopetrace-events 1\n", &seen, &error));
    assert_null(error);
}

/* Every field of the schema can be found and fits into the event. */
static void table_is_complete(void **state)
{
    (void)state;
#define CHECK(name) #name,
    static const char *const names[] = {SCOPETRACE_EVENTS(CHECK)};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const struct decode_event *decode = decode_find(names[i]);
        assert_non_null(decode);
        assert_int_equal(decode->kind, i);
        for (size_t f = 0; f < decode->count; f++)
            assert_true(decode->fields[f].offset < sizeof(struct event));
    }
    assert_null(decode_find("no_such_event"));
}

static void files_are_recognized(void **state)
{
    (void)state;
    char *path = NULL;
    int descriptor = g_file_open_tmp("events-XXXXXX", &path, NULL);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "# scopetrace-events 1\n1 label\n", 30), 30);
    close(descriptor);
    assert_true(text_source.recognizes(path));
    assert_false(text_source.recognizes("/"));
    assert_false(text_source.recognizes("/no/such/file"));
    struct seen seen = {.count = 0};
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    GError *error = NULL;
    const char *const paths[] = {path, NULL}, *const missing[] = {"/no/such/file", NULL};
    assert_true(text_source.read(paths, collect, &seen, &notes, &error));
    assert_int_equal(seen.count, 1);
    assert_false(text_source.read(missing, collect, &seen, &notes, &error));
    assert_non_null(error);
    g_clear_error(&error);
    g_ptr_array_unref(notes.damage);
    unlink(path);
    g_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_stored),
        cmocka_unit_test(running_values),
        cmocka_unit_test(symbols_and_quotes),
        cmocka_unit_test(lines_in_any_order),
        cmocka_unit_test(lost_is_not_in_a_trace),
        cmocka_unit_test(damage_is_noted_and_skipped),
        cmocka_unit_test(nothing_readable_is_an_error),
        cmocka_unit_test(table_is_complete),
        cmocka_unit_test(files_are_recognized),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
