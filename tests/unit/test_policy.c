/* SPDX-License-Identifier: MIT */
/* What a project's policy makes of a report: levels, suppressions, the baseline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/core/place.h"
#include "analyzer/policy/policy.h"
#include "tests/unit/support/report_fixture.h"

#define ROOT "/home/user/project"

/* "error leaked-cancel, note cancel-storm | suppressed leaked-cancel | remark; remark" */
static char *apply(struct policy *policy, const struct report *original)
{
    struct report report = *original;
    GString *text = g_string_new(NULL);
    policy_apply(policy, &report);
    for (guint i = 0; i < report.findings->len; i++) {
        const struct finding *finding = g_ptr_array_index(report.findings, i);
        g_string_append_printf(text, "%s%s %s", i ? ", " : "", level_name(finding->level), finding->rule->name);
    }
    for (guint i = 0; i < report.accepted->len; i++) {
        const struct accepted_finding *accepted = g_ptr_array_index(report.accepted, i);
        g_string_append_printf(text, "%s%s %s", i ? ", " : " | ",
                               accepted->why == ACCEPTED_BY_BASELINE ? "known" : "suppressed",
                               accepted->finding->rule->name);
    }
    for (guint i = 0; i < report.remarks->len; i++)
        g_string_append_printf(text, "%s%s", i ? "; " : " | ", (char *)g_ptr_array_index(report.remarks, i));
    return g_string_free(text, FALSE);
}

static void expect(struct policy *policy, const struct report *report, const char *expected)
{
    g_autofree char *result = apply(policy, report);
    assert_string_equal(result, expected);
    policy_free(policy);
}

/* ---- rules ---- */

static void expect_rules(const char *settings, const char *expected)
{
    struct policy *policy = policy_new(ROOT);
    g_auto(GStrv) each = g_strsplit(settings, " ", -1);
    for (char **setting = each; *setting; setting++)
        assert_true(policy_set_rule(policy, *setting, NULL));
    expect(policy, fixture_hostile(), expected);
}

static void settings_of_rules_are_heeded(void **state)
{
    (void)state;
    expect_rules("", "error leaked-cancel, warning cancel-storm, note leaked-cancel");
    expect_rules("leaked-cancel=off", "warning cancel-storm");
    expect_rules("cancel-storm=error", "error leaked-cancel, error cancel-storm, note leaked-cancel");
    expect_rules("cancel-storm=note leaked-cancel=warning",
                 "warning leaked-cancel, note cancel-storm, note leaked-cancel");
    expect_rules("leaked-cancel=off leaked-cancel=error",
                 "error leaked-cancel, warning cancel-storm, note leaked-cancel");
}

static void analysis_is_left_alone(void **state)
{
    (void)state;
    const struct report *original = fixture_leak();
    struct report report = *original;
    struct policy *policy = policy_new(ROOT);
    assert_true(policy_set_rule(policy, "leaked-cancel=note", NULL));
    policy_apply(policy, &report);
    assert_int_equal(report.summary.findings[LEVEL_ERROR], 0);
    assert_int_equal(report.summary.findings[LEVEL_NOTE], 1);
    assert_int_equal(original->summary.findings[LEVEL_ERROR], 1);
    assert_int_equal(((const struct finding *)g_ptr_array_index(original->findings, 0))->level, LEVEL_ERROR);
    policy_free(policy);
}

static void wrong_settings_of_rules_are_refused(void **state)
{
    (void)state;
    const char *const settings[] = {"",     "leaked-cancel", "leaked-cancel=", "leaked-cancel=never",
                                    "=off", "no=off"};
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        struct policy *policy = policy_new(ROOT);
        GError *error = NULL;
        assert_false(policy_set_rule(policy, settings[i], &error));
        assert_non_null(error);
        g_error_free(error);
        policy_free(policy);
    }
}

/* ---- suppressions ---- */

static struct report *leak_in_test(void)
{
    struct report *report = fixture_leak();
    ((struct finding *)g_ptr_array_index(report->findings, 0))->test = "tests/test_a.py::test_connect[asyncio]";
    return report;
}

static bool suppressed(const char *text)
{
    struct report report = *leak_in_test();
    struct policy *policy = policy_new(ROOT);
    GError *error = NULL;
    if (!policy_add_suppressions(policy, "file", text, &error))
        fail_msg("%s", error->message);
    policy_apply(policy, &report);
    const bool hit = report.findings->len == 0;
    assert_int_equal(report.accepted->len, hit);
    assert_int_equal(report.summary.findings[LEVEL_ERROR], !hit);
    policy_free(policy);
    return hit;
}

#define ENTRY(conditions) "{\n   title\n" conditions "}\n"

static void patterns_fit_what_they_say(void **state)
{
    (void)state;
    static const char *const fitting[] = {
        ENTRY("rule:leaked-cancel\n"),
        ENTRY("rule:leaked-*\nscope:anyio.*\n"),
        ENTRY("test:tests/test_a.py::*[asyncio]\n"),
        ENTRY("fingerprint:5f1c8a33\n"),
        ENTRY("function:main\nfile:a01.py\n"),
        ENTRY("file:" ROOT "/*\n"),
        ENTRY("file:*/anyio/*\n"),
        ENTRY("module:a01\n"),
        ENTRY("module:anyio._backends.*\nfunction:CancelScope.*\n"),
        ENTRY("package:anyio\n"),
        ENTRY("package:anyio\n...\nfunction:main\n"),
        ENTRY("anywhere:anyio._backends._asyncio\n"),
        "leaked-cancel:main\n",
        "  leaked-cancel : a01.py  \n",
        "# comment\n\n*:CancelScope._deliver_cancellation",
    };
    static const char *const others[] = {
        "",
        "# leaked-cancel:main\n",
        ENTRY("rule:leaked\n"),
        ENTRY("rule:leaked-cancel\nscope:trio.*\n"),
        ENTRY("test:tests/test_b.py*\n"),
        ENTRY("function:main\nfile:a02.py\n"),
        ENTRY("function:main\npackage:anyio\n"),
        ENTRY("package:any\n"),
        ENTRY("function:main\n...\npackage:anyio\n"),
        ENTRY("package:anyio\n...\npackage:anyio\n"),
        /* the user's module is further out than the loop */
        ENTRY("function:<module>\n"),
        ENTRY("function:Runner.run\n"),
        "stolen-cancel:main\n",
        "leaked-cancel:\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fitting); i++)
        if (!suppressed(fitting[i]))
            fail_msg("does not fit: %s", fitting[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (suppressed(others[i]))
            fail_msg("fits: %s", others[i]);
}

static void suppressions_are_counted(void **state)
{
    (void)state;
    struct policy *policy = policy_new(ROOT);
    assert_true(policy_add_suppressions(policy, "a", ENTRY("rule:stolen-*\n") "\nleaked-cancel:main\n", NULL));
    assert_true(policy_add_suppressions(policy, "b", "leaked-cancel:main\n", NULL));
    expect(policy, fixture_leak(),
           " | suppressed leaked-cancel | unused suppression: title (a:1); suppressed 1 finding (5 in all): "
           "leaked-cancel:main (a:6); unused suppression: leaked-cancel:main (b:1)");
}

static void wrong_suppressions_are_told_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"main\n", "f:1: main: neither"},
        {"{\n", "f:1: the entry is not closed"},
        {"{\n}\n", "f:2: }: the entry has no conditions"},
        {"{\ntitle\n}\n", "f:3: }: the entry has no conditions"},
        {"{\ntitle\nrule\n", "f:3: rule: no condition"},
        {"{\ntitle\nfun:main\n}", "f:3: fun: unknown key"},
        {"{\ntitle\n...\n}", "f:3: ...: no function"},
        {"}\n", "f:1: }: neither"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct policy *policy = policy_new(ROOT);
        GError *error = NULL;
        assert_false(policy_add_suppressions(policy, "f", cases[i].text, &error));
        if (!g_str_has_prefix(error->message, cases[i].message))
            fail_msg("%s", error->message);
        g_error_free(error);
        policy_free(policy);
    }
}

/* What is printed for a finding fits this finding, whatever is in its strings. */
static void generated_suppressions_fit_their_finding(void **state)
{
    (void)state;
    struct report report = *fixture_hostile();
    struct policy *first = policy_new(ROOT), *second = policy_new(ROOT);
    GError *error = NULL;
    policy_apply(first, &report);
    g_autofree char *text = policy_suppressions_text(first, &report);
    assert_true(g_utf8_validate(text, -1, NULL));
    if (!policy_add_suppressions(second, "file", text, &error))
        fail_msg("%s\n%s", error->message, text);
    struct report again = *fixture_hostile();
    policy_apply(second, &again);
    assert_int_equal(again.findings->len, 0);
    assert_int_equal(again.accepted->len, 3);
    policy_free(first);
    policy_free(second);
}

static void generated_suppressions_read_well(void **state)
{
    (void)state;
    struct report report = *fixture_leak();
    struct policy *policy = policy_new(ROOT);
    policy_apply(policy, &report);
    g_autofree char *text = policy_suppressions_text(policy, &report);
    assert_string_equal(text, "{\n   leaked-cancel: say here why this is accepted\n   rule:leaked-cancel\n"
                              "   scope:anyio.CancelScope\n   function:main\n   file:a01.py\n}\n");
    policy_free(policy);
}

/* ---- the baseline ---- */

static char *baseline_of(const struct report *original, bool notes)
{
    struct report report = *original;
    struct policy *policy = policy_new(ROOT);
    policy_apply(policy, &report);
    char *text = policy_baseline_text(policy, &report, notes);
    policy_free(policy);
    return text;
}

static struct policy *policy_with(const char *baseline)
{
    struct policy *policy = policy_new(ROOT);
    GError *error = NULL;
    if (!policy_set_baseline(policy, "base", baseline, &error))
        fail_msg("%s", error->message);
    return policy;
}

static void a_baseline_accepts_what_it_lists(void **state)
{
    (void)state;
    g_autofree char *leak = baseline_of(fixture_leak(), false), *all = baseline_of(fixture_hostile(), true),
                    *none = baseline_of(fixture_clean(), true);
    fixture_assert_golden("baseline_leak.json", leak);
    expect(policy_with(leak), fixture_leak(), " | known leaked-cancel");
    expect(policy_with(none), fixture_leak(), "error leaked-cancel");
    expect(policy_with(leak), fixture_hostile(), "warning cancel-storm, note leaked-cancel | known leaked-cancel");
    /* what is no fingerprint of ours is left out */
    expect(policy_with(all), fixture_hostile(), "warning cancel-storm | known leaked-cancel, known leaked-cancel");
    expect(policy_with(leak), fixture_clean(),
           " | gone since the baseline base: leaked-cancel in main (a01.py); if that is fixed and not merely a "
           "part that did not run, --write-baseline takes it out of base");
}

/* Two leaks of one function have one fingerprint: a third is new. */
static void a_baseline_counts(void **state)
{
    (void)state;
    struct report *two = fixture_leak(), *three = fixture_leak();
    g_ptr_array_add(two->findings, g_ptr_array_index(fixture_leak()->findings, 0));
    for (int i = 0; i < 2; i++)
        g_ptr_array_add(three->findings, g_ptr_array_index(fixture_leak()->findings, 0));
    g_autofree char *baseline = baseline_of(two, false);
    expect(policy_with(baseline), three, "error leaked-cancel | known leaked-cancel, known leaked-cancel");
}

/* Neither a rule that is off nor a suppression makes a known finding a fixed one. */
static void a_baseline_goes_with_rules_and_suppressions(void **state)
{
    (void)state;
    g_autofree char *leak = baseline_of(fixture_leak(), false);
    struct policy *policy = policy_with(leak);
    assert_true(policy_set_rule(policy, "leaked-cancel=off", NULL));
    expect(policy, fixture_leak(), "");
    policy = policy_with(leak);
    assert_true(policy_add_suppressions(policy, "s", "*:main", NULL));
    expect(policy, fixture_leak(), " | suppressed leaked-cancel | suppressed 1 finding (5 in all): *:main (s:1)");
}

#define LISTING(findings) "{\"schema\": \"scopetrace-baseline/1\", \"findings\": " findings "}"

static void wrong_baselines_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"schema\": \"scopetrace-baseline/2\", \"findings\": []}",
        "{\"schema\": \"scopetrace-baseline/1\"}",
        LISTING("[1]"),
        LISTING("[{\"rule\": \"x\"}]"),
        LISTING("[{\"rule\": \"x\", \"fingerprint\": 1}]"),
        LISTING("[{\"rule\": \"x\", \"fingerprint\": \"1\", \"count\": 0}]"),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct policy *policy = policy_new(ROOT);
        GError *error = NULL;
        assert_false(policy_set_baseline(policy, "base", texts[i], &error));
        assert_true(g_str_has_prefix(error->message, "base:"));
        g_error_free(error);
        policy_free(policy);
    }
}

/* ---- modules ---- */

static void modules_are_told_from_files(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        enum frame_origin origin;
        const char *module;
    } cases[] = {
        {ROOT "/app/backend.py", FRAME_USER, "app.backend"},
        {ROOT "/src/app/__init__.py", FRAME_USER, "app"},
        {ROOT "/.venv/lib/python3.12/site-packages/anyio/abc/__init__.py", FRAME_LIBRARY, "anyio.abc"},
        {"/opt/anyio-4/anyio/_core/_tasks.py", FRAME_PROVIDER, "anyio._core._tasks"},
        {"/usr/lib/python3.12/asyncio/timeouts.py", FRAME_STDLIB, "asyncio.timeouts"},
        {"/elsewhere/tool.py", FRAME_USER, "tool"},
        {"<string>", FRAME_USER, "<string>"},
        {NULL, FRAME_USER, "?"},
    };
    const struct report_process *process = g_ptr_array_index(fixture_leak()->processes, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct stack_frame frame = {.file = cases[i].file, .origin = cases[i].origin};
        g_autofree char *module = place_module(&frame, process, ROOT);
        assert_string_equal(module, cases[i].module);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_of_rules_are_heeded),
        cmocka_unit_test(analysis_is_left_alone),
        cmocka_unit_test(wrong_settings_of_rules_are_refused),
        cmocka_unit_test(patterns_fit_what_they_say),
        cmocka_unit_test(suppressions_are_counted),
        cmocka_unit_test(wrong_suppressions_are_told_by_line),
        cmocka_unit_test(generated_suppressions_fit_their_finding),
        cmocka_unit_test(generated_suppressions_read_well),
        cmocka_unit_test(a_baseline_accepts_what_it_lists),
        cmocka_unit_test(a_baseline_counts),
        cmocka_unit_test(a_baseline_goes_with_rules_and_suppressions),
        cmocka_unit_test(wrong_baselines_are_refused),
        cmocka_unit_test(modules_are_told_from_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
