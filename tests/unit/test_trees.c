/* SPDX-License-Identifier: MIT */
/* The trees of tasks and scopes in a report: which there are, and how large they become. */
#include "tests/unit/history.h"

static void tree_of_scopes(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_trees(
        PROCESS START("2", "1") ENTER("1", ANYIO, "1", "0", "2") ENTER("2", TIMEOUT, "1", "0", "3")
            ENTER("3", ANYIO, "2", "0", "6") EXIT("3", "2", "NONE", "PROPAGATED", "0", "0")
                EXIT("2", "1", "NONE", "PROPAGATED", "0", "0") EXIT("1", "1", "NONE", "PROPAGATED", "0", "0")
                    END("2", "FINISHED", "0") END("1", "FINISHED", "0") OVER,
        &report);
    assert_int_equal(report->tasks->len, 2);
    const struct tree_task *parent = g_ptr_array_index(report->tasks, 0),
                           *child = g_ptr_array_index(report->tasks, 1);
    assert_int_equal(parent->task.id.serial, 1);
    assert_int_equal(child->parent.serial, 1);
    assert_int_equal(parent->end, TASK_END_FINISHED);
    const struct tree_scope *outer = g_ptr_array_index(parent->scopes, 0);
    const struct tree_scope *inner = g_ptr_array_index(outer->children, 0);
    assert_string_equal(inner->scope.kind, "asyncio.Timeout");
    assert_int_equal(child->scopes->len, 1);
    assert_int_equal(report->summary.scopes, 3);
    assert_int_equal(report->summary.tasks, 2);
    analysis_free(analysis);
}

/* Without --tree only the tasks that findings speak of. */
static void tree_of_those_involved(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_analyze(PROCESS START("2", "1") LEAK END("2", "FINISHED", "0") END("1", "FINISHED", "1") OVER,
                        (struct analysis_options){0}, &report);
    assert_int_equal(report->tasks->len, 1);
    assert_true(((struct tree_task *)g_ptr_array_index(report->tasks, 0))->involved);
    analysis_free(analysis);
}

static uint64_t count_scopes(const GPtrArray *scopes)
{
    uint64_t count = scopes->len;
    for (guint i = 0; i < scopes->len; i++)
        count += count_scopes(((const struct tree_scope *)g_ptr_array_index(scopes, i))->children);
    return count;
}

/* A task that loops over two kinds of scope in turn: no two in a row are alike. The rest of the tree is counted.
 */
static void tree_has_a_largest_size(void **state)
{
    (void)state;
    GString *text = g_string_new(PROCESS);
    for (unsigned i = 1; i <= 50000; i++)
        g_string_append_printf(text,
                               "+1 scope_enter scope=%u entry=1 provider=%u task=1\n"
                               "+1 scope_enter scope=%u entry=1 provider=4 task=1\n"
                               "+1 scope_exit scope=%u entry=1 task=1\n+1 scope_exit scope=%u entry=1 task=1\n",
                               2 * i, 1 + i % 2, 2 * i + 1, 2 * i + 1, 2 * i);
    g_string_append(text, END("1", "FINISHED", "0"));
    const struct report *report;
    struct analysis *analysis = history_trees(text->str, &report);
    const struct tree_task *task = g_ptr_array_index(report->tasks, 0);
    assert_in_range(count_scopes(task->scopes), 100, 20000);
    assert_int_equal(report->summary.scopes, 100000);
    analysis_free(analysis);
    g_string_free(text, TRUE);
}

/* Without --tree: what tells something is there, and what encloses it; what does not is not. */
static void tree_of_what_tells(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_analyze(PROCESS ENTER("8", TIMEOUT, "1", "0", "2") ENTER("9", ANYIO, "1", "0", "3")
                            EXIT("9", "1", "NONE", "PROPAGATED", "0", "0")
                                LEAK EXIT("8", "1", "NONE", "PROPAGATED", "1", "1") END("1", "FINISHED", "1") OVER,
                        (struct analysis_options){0}, &report);
    const struct tree_task *task = g_ptr_array_index(report->tasks, 0);
    assert_int_equal(task->scopes->len, 1);
    const struct tree_scope *outer = g_ptr_array_index(task->scopes, 0);
    assert_int_equal(outer->scope.id.serial, 8);
    assert_int_equal(outer->children->len, 1);
    const struct tree_scope *leaking = g_ptr_array_index(outer->children, 0);
    assert_int_not_equal(leaking->scope.id.serial, 9);
    assert_int_equal(leaking->counter_after, 1);
    assert_false(outer->open);
    analysis_free(analysis);
}

/* Nesting without end is flattened, not followed. */
static void deep_nesting(void **state)
{
    (void)state;
    GString *text = g_string_new(PROCESS);
    for (unsigned i = 1; i <= 5000; i++)
        g_string_append_printf(text, "+10 scope_enter scope=%u entry=1 provider=1 task=1 stack=2\n", i);
    const struct report *report;
    struct analysis *analysis = history_trees(text->str, &report);
    assert_int_equal(report->summary.scopes, 5000);
    analysis_free(analysis);
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_of_scopes),
        cmocka_unit_test(tree_of_those_involved),
        cmocka_unit_test(tree_has_a_largest_size),
        cmocka_unit_test(tree_of_what_tells),
        cmocka_unit_test(deep_nesting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
