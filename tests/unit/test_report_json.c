/* SPDX-License-Identifier: MIT */
/* The JSON report is a contract: golden files, and what holds for any trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/support/report_fixture.h"

static void assert_json(const char *golden, const struct report *report, bool tree)
{
    struct report_style style = {.tree = tree, .root = "/home/user/project"};
    char *text = fixture_write("json", report, &style);
    assert_true(g_utf8_validate(text, -1, NULL));
    fixture_assert_golden(golden, text);
    free(text);
}

static void a_leak_is_as_the_golden(void **state)
{
    (void)state;
    assert_json("report_leak.json", fixture_leak(), false);
}

static void a_tree_is_as_the_golden(void **state)
{
    (void)state;
    assert_json("report_leak_tree.json", fixture_leak(), true);
}

static void nothing_found_is_as_the_golden(void **state)
{
    (void)state;
    assert_json("report_clean.json", fixture_clean(), false);
}

static void what_was_open_is_beyond_the_contract(void **state)
{
    (void)state;
    assert_json("report_cut.json", fixture_cut(), false);
}

static void unknown_values_are_null_and_text_is_utf8(void **state)
{
    (void)state;
    assert_json("report_hostile.json", fixture_hostile(), true);
}

/* A nesting that a reader's limit, or the writer's stack, would not take. */
static void nesting_is_bounded(void **state)
{
    (void)state;
    struct report *report = fixture_leak();
    const struct tree_task *task = g_ptr_array_index(report->tasks, 0);
    GPtrArray *level = task->scopes;
    for (int i = 0; i < 20000; i++) {
        struct tree_scope *scope = g_new0(struct tree_scope, 1);
        scope->children = g_ptr_array_new();
        g_ptr_array_add(level, scope);
        level = scope->children;
    }
    struct report_style style = {.tree = true};
    char *json = fixture_write("json", report, &style);
    assert_true(strlen(json) < 10000000);
    free(json);
    char *text = fixture_write("text", report, &style);
    assert_true(strlen(text) < 100000);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leak_is_as_the_golden),
        cmocka_unit_test(a_tree_is_as_the_golden),
        cmocka_unit_test(nothing_found_is_as_the_golden),
        cmocka_unit_test(what_was_open_is_beyond_the_contract),
        cmocka_unit_test(unknown_values_are_null_and_text_is_utf8),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
