/* SPDX-License-Identifier: MIT */
/* The table of rules, and those that need but a test or two: unmatched-cancel, cancel-storm. The rules about
 * requests that leak, are stolen or swallowed have a file each (test_rule_*.c), those about how scopes are left
 * share test_rules_of_scopes.c. */
#include "tests/unit/history.h"

static void nobody_cancelled_the_scope(void **state)
{
    (void)state;
#define UNMATCHED(decision)                                                                                       \
    PROCESS ENTER("1", UNHEARD, "1", "0", "2") decision RAISE("1", "1", "1", "0", "1") TAKE("1", "1", "1", "0")   \
        EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0") END("1", "FINISHED", "0") OVER
    expect(UNMATCHED(""), "error unmatched-cancel x1");
    expect(UNMATCHED(CANCEL_SCOPE("1", "0", "2")), "");
}

/* A group that is left early ends its children, and is not cancelled by that; its host is another matter. */
static void group_ends_its_children(void **state)
{
    (void)state;
#define ENDS(task) PROCESS START("2", "1") ENTER("1", TASK_GROUP, "1", "0", "2") RAISE(task, "1", "1", "0", "1")
    expect(ENDS("2"), "");
    expect(ENDS("1"), "error unmatched-cancel x1");
}

static char *storm_history(unsigned deliveries, const char *between)
{
    GString *text = g_string_new(PROCESS ENTER("1", ANYIO, "1", "0", "2") CANCEL_SCOPE("1", "1", "2"));
    for (unsigned i = 0; i < deliveries; i++) {
        g_string_append_printf(text, "+10 scope_deliver repeat=1 scope=1 origin=1 task=1 tick=%u\n", 3 + i);
        g_string_append_printf(text,
                               "+1 task_cancel accepted=1 source=SOURCE_SCOPE task=1 scope=1 origin=1 before=%u "
                               "after=%u\n",
                               i, i + 1);
        g_string_append(text, between);
    }
    for (unsigned i = deliveries; i-- > 0;)
        g_string_append_printf(text, "+1 task_uncancel source=SOURCE_SCOPE task=1 scope=1 before=%u after=%u\n",
                               i + 1, i);
    g_string_append(text, EXIT("1", "1", "CANCELLED", "SWALLOWED", "1", "0") END("1", "FINISHED", "0") OVER);
    return g_string_free(text, FALSE);
}

static void storm_is_a_matter_of_number(void **state)
{
    (void)state;
    char *few = storm_history(40, ""), *many = storm_history(300, "");
    expect(few, "");
    expect(many, "warning cancel-storm x1");
    g_free(few);
    g_free(many);
    expect(PROCESS ENTER("1", ANYIO, "1", "0", "2")
               CANCEL_SCOPE("1", "1", "2") "+10 scope_deliver repeat=4096 scope=1 origin=1 task=1\n",
           "warning cancel-storm x1");
}

/* The host of a group waits for its children: that it does not end is not its fault. The child's counter is what
 * rises.
 */
static void a_storm_is_the_childs_that_resists(void **state)
{
    const struct report *report;
    (void)state;
#define STORM_WITH(units)                                                                                         \
    PROCESS START("3", "1") ENTER("1", ANYIO, "1", "0", "2") CANCEL_SCOPE("1", "1", "2")                          \
        RAISE("1", "1", "1", "0", "1") START("2", "2")                                                            \
            RAISE("2", "1", "1", "0", units) "+10 scope_deliver repeat=4096 scope=1 origin=1 task=1\n"
    struct analysis *analysis = history_analyze(STORM_WITH("40"), (struct analysis_options){0}, &report);
    const struct finding *finding = g_ptr_array_index(report->findings, 0);
    assert_string_equal(finding->rule->name, "cancel-storm");
    assert_string_equal(finding->task.name, "Task-2");
    assert_int_equal(finding->counter_before, 0);
    assert_int_equal(finding->counter_after, 40);
    analysis_free(analysis);
    analysis = history_analyze(STORM_WITH("1"), (struct analysis_options){0}, &report);
    finding = g_ptr_array_index(report->findings, 0);
    assert_int_equal(finding->task.id.serial, 1);
    analysis_free(analysis);
}

/* Each scope delivers in vain once more after it was left, as AnyIO's do: no storm, however many there were. */
static void many_late_deliveries_are_no_storm(void **state)
{
    (void)state;
    GString *text = g_string_new(PROCESS);
    for (unsigned i = 1; i <= 200; i++)
        g_string_append_printf(
            text,
            "+10 scope_enter scope=%u entry=1 provider=" ANYIO " task=1 counter=0 stack=2\n"
            "+1 scope_cancel scope=%u by_task=1 stack=3\n"
            "+1 scope_exit scope=%u entry=1 task=1 exception_in=EXIT_WITH_NONE outcome=EXIT_PROPAGATED\n"
            "+1 scope_deliver repeat=2 scope=%u origin=%u task=1\n",
            i, i, i, i, i);
    g_string_append(text, END("1", "FINISHED", "0") OVER);
    expect(text->str, "");
    g_string_free(text, TRUE);
}

/* One attempt goes through every scope that is nested in the origin on its task, and is told of each. */
static void an_attempt_through_many_scopes_is_one(void **state)
{
    (void)state;
#define SIXTY_THROUGH(scope) "+10 scope_deliver repeat=60 scope=" scope " origin=1 task=1\n"
#define ATTEMPTS(scope)                                                                                           \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") ENTER("2", ANYIO, "1", "0", "3") CANCEL_SCOPE("1", "1", "2")         \
        SIXTY_THROUGH("1") SIXTY_THROUGH(scope)
    expect(ATTEMPTS("2"), "");
    expect(ATTEMPTS("1"), "warning cancel-storm x1");
}

/* A scope that was there before it began is left: the task gets on, and the count begins anew. One that is entered
 * and left in between says nothing. */
static void progress_ends_a_storm(void **state)
{
    (void)state;
#define STORMS(between)                                                                                           \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") ENTER("2", TIMEOUT, "1", "0", "3") CANCEL_SCOPE("1", "1", "2")       \
        SIXTY_THROUGH("1") between SIXTY_THROUGH("1")
    expect(STORMS(""), "warning cancel-storm x1");
    expect(STORMS(EXIT("2", "1", "CANCELLED", "PROPAGATED", "0", "0")), "");
    expect(STORMS(ENTER("3", TIMEOUT, "1", "0", "7") EXIT("3", "1", "NONE", "PROPAGATED", "0", "0")),
           "warning cancel-storm x1");
}

static void rules_have_names(void **state)
{
    (void)state;
    assert_ptr_equal(rule_find("leaked-cancel"), rules[0]);
    assert_null(rule_find("no-such-rule"));
    for (const struct rule *const *rule = rules; *rule; rule++) {
        char *page = g_strdup_printf("%s/docs/rules/%s.md", SOURCE_DIRECTORY, (*rule)->name);
        assert_true(g_file_test(page, G_FILE_TEST_EXISTS));
        g_free(page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_cancelled_the_scope),
        cmocka_unit_test(group_ends_its_children),
        cmocka_unit_test(storm_is_a_matter_of_number),
        cmocka_unit_test(a_storm_is_the_childs_that_resists),
        cmocka_unit_test(many_late_deliveries_are_no_storm),
        cmocka_unit_test(an_attempt_through_many_scopes_is_one),
        cmocka_unit_test(progress_ends_a_storm),
        cmocka_unit_test(rules_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
