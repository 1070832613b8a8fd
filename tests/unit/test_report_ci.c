/* SPDX-License-Identifier: MIT */
/* The formats that continuous integration reads: JUnit, SARIF, GitHub's commands, Markdown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/reports/escape.h"
#include "tests/unit/support/report_fixture.h"

static const struct report_style style = {.root = "/home/user/project"};

static char *assert_format(const char *golden, const char *format, const struct report *report)
{
    char *text = fixture_write(format, report, &style);
    assert_true(g_utf8_validate(text, -1, NULL));
    fixture_assert_golden(golden, text);
    return text;
}

static void assert_well_formed(const char *xml)
{
    static const GMarkupParser parser = {0};
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, NULL, NULL);
    GError *error = NULL;
    g_markup_parse_context_parse(context, xml, -1, &error);
    assert_null(error);
    assert_true(g_markup_parse_context_end_parse(context, NULL));
    g_markup_parse_context_free(context);
}

static void junit_is_as_the_golden(void **state)
{
    (void)state;
    const struct {
        const char *golden;
        const struct report *report;
    } cases[] = {{"report_leak.xml", fixture_leak()},
                 {"report_clean.xml", fixture_clean()},
                 {"report_hostile.xml", fixture_hostile()}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = assert_format(cases[i].golden, "junit", cases[i].report);
        assert_well_formed(xml);
    }
}

/* The rules change without the format: they are looked at apart from the golden file. */
static char *without_rules(const char *sarif)
{
    g_autoptr(GRegex) rule_list = g_regex_new("\"rules\": \\[.*?\n {10}\\]", G_REGEX_DOTALL, 0, NULL);
    g_autoptr(GRegex) rule_index = g_regex_new("\"ruleIndex\": \\d+", 0, 0, NULL);
    g_autofree char *listless = g_regex_replace_literal(rule_list, sarif, -1, 0, "\"rules\": []", 0, NULL);
    return g_regex_replace_literal(rule_index, listless, -1, 0, "\"ruleIndex\": 0", 0, NULL);
}

static void assert_sarif(const char *golden, const struct report *report)
{
    char *sarif = fixture_write("sarif", report, &style);
    assert_true(g_utf8_validate(sarif, -1, NULL));
    for (const struct rule *const *rule = rules; *rule; rule++)
        assert_non_null(strstr(sarif, (*rule)->name));
    g_autofree char *rest = without_rules(sarif);
    fixture_assert_golden(golden, rest);
    free(sarif);
}

static void sarif_is_as_the_golden(void **state)
{
    (void)state;
    assert_sarif("report_leak.sarif", fixture_leak());
    assert_sarif("report_clean.sarif", fixture_clean());
    assert_sarif("report_hostile.sarif", fixture_hostile());
}

/* A trace must not be able to begin a workflow command: each line that begins with :: is one of ours. */
static void github_is_as_the_golden(void **state)
{
    (void)state;
    g_free(assert_format("report_leak.github", "github", fixture_leak()));
    g_autofree char *text = assert_format("report_hostile.github", "github", fixture_hostile());
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    assert_int_equal(g_strv_length(lines), 3 + 1 + 1); /* findings, notice, the end */
    for (int i = 0; i < 4; i++)
        assert_true(g_str_has_prefix(lines[i], "::error ") || g_str_has_prefix(lines[i], "::warning ") ||
                    g_str_has_prefix(lines[i], "::notice "));
}

static void markdown_is_as_the_golden(void **state)
{
    (void)state;
    g_free(assert_format("report_leak.md", "markdown", fixture_leak()));
    g_free(assert_format("report_clean.md", "markdown", fixture_clean()));
    g_free(assert_format("report_hostile.md", "markdown", fixture_hostile()));
}

static void assert_escaped(void (*escape)(GString *, const char *), const char *text, const char *expected)
{
    GString *out = g_string_new(NULL);
    escape(out, text);
    assert_string_equal(out->str, expected);
    g_string_free(out, TRUE);
}

static void what_formats_mean_is_escaped(void **state)
{
    (void)state;
    assert_escaped(escape_terminal, "a\tb\033[0m\n\x7f\xc2\x9b", "a\\tb\\x1b[0m\\n\\x7f\\x9b");
    assert_escaped(escape_terminal, "caf\xc3\xa9 \xe2\x80\xae\xff", "café \\u202e\\xff");
    assert_escaped(escape_terminal, "\xf4\x90\x80\x80\xed\xa0\x80", "\\xf4\\x90\\x80\\x80\\xed\\xa0\\x80");
    assert_escaped(escape_terminal, NULL, "");
    assert_escaped(escape_json, "[\n \"caf\xc3\xa9 \xc2\x9b\x7f\xe2\x80\xae\xf0\x9f\x98\x80\"\n]",
                   "[\n \"café \\u009B\\u007F\\u202E😀\"\n]");
    assert_escaped(escape_json, "\xe2\x80\xa8\xef\xbf\xbf\xf3\xa0\x80\x81", "\\u2028\\uFFFF\\uDB40\\uDC01");
    assert_escaped(escape_xml, "<a b=\"c\">&'\x01\n]]>", "&lt;a b=&quot;c&quot;&gt;&amp;&#39;\\x01\n]]&gt;");
    assert_escaped(escape_github_message, "100%\r\n::x", "100%25%0D%0A::x");
    assert_escaped(escape_github_property, "a,b:c%\n", "a%2Cb%3Ac%25%0A");
    assert_escaped(escape_markdown, "a_b `c` <d> #1 @me\n",
                   "a\\_b \\`c\\` &#60;d&#62; \\#<!-- -->1 \\@<!-- -->me\\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(junit_is_as_the_golden),       cmocka_unit_test(sarif_is_as_the_golden),
        cmocka_unit_test(github_is_as_the_golden),      cmocka_unit_test(markdown_is_as_the_golden),
        cmocka_unit_test(what_formats_mean_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
