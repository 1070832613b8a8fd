/* SPDX-License-Identifier: MIT */
/* The text report: what a person sees, and that no trace can write to the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/reports/escape.h"
#include "analyzer/reports/page.h"
#include "analyzer/reports/story.h"
#include "tests/unit/support/report_fixture.h"

#define ROOT "/home/user/project"

static void assert_text(const char *golden, const struct report *report, struct report_style style)
{
    style.root = ROOT;
    char *text = fixture_write("text", report, &style);
    fixture_assert_golden(golden, text);
    free(text);
}

static void test_leak_reads_well(void **state)
{
    (void)state;
    assert_text("report_leak_80.txt", fixture_leak(), (struct report_style){.width = 80});
    assert_text("report_leak_120.txt", fixture_leak(), (struct report_style){.width = 120});
    assert_text("report_leak_verbose.txt", fixture_leak(), (struct report_style){.width = 80, .verbosity = 1});
    assert_text("report_leak_quiet.txt", fixture_leak(), (struct report_style){.width = 80, .verbosity = -1});
    assert_text("report_leak_colour.txt", fixture_leak(), (struct report_style){.width = 80, .colour = true});
}

static void test_clean_is_calm(void **state)
{
    (void)state;
    assert_text("report_clean.txt", fixture_clean(), (struct report_style){.width = 80});
    char *quiet = fixture_write("text", fixture_clean(), &(struct report_style){.verbosity = -1});
    assert_string_equal(quiet, "");
    free(quiet);
}

static void test_what_was_open_is_told(void **state)
{
    (void)state;
    assert_text("report_cut.txt", fixture_cut(), (struct report_style){.width = 80});
    char *quiet = fixture_write("text", fixture_cut(), &(struct report_style){.verbosity = -1});
    assert_null(strstr(quiet, "Open at the end"));
    free(quiet);
}

static void test_hostile_text_is_spelled(void **state)
{
    (void)state;
    struct report_style style = {.width = 80, .tree = true, .root = ROOT};
    char *text = fixture_write("text", fixture_hostile(), &style);
    assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 || *c == '\n');
    assert_null(strstr(text, "\u202e"));
    fixture_assert_golden("report_hostile.txt", text);
    free(text);
}

static void test_lines_keep_to_the_width(void **state)
{
    (void)state;
    struct page page = {g_string_new(NULL), 20, false};
    page_paragraph(&page, "> ", "  ", MARK_STRONG "one two" MARK_END " three four five six seven");
    assert_string_equal(page.text->str, "> one two three four\n  five six seven\n");
    g_string_assign(page.text, "");
    page_paragraph(&page, "", "", "日本語日本語 日本語日本語 x"); /* each is two columns wide */
    assert_string_equal(page.text->str, "日本語日本語\n日本語日本語 x\n");
    g_string_free(page.text, TRUE);
}

static void test_words_are_not_broken(void **state)
{
    (void)state;
    struct page page = {g_string_new(NULL), 10, false};
    page_paragraph(&page, "", "  ", "a /a/path/longer/than/the/page:1 in" HARD_SPACE "f");
    assert_string_equal(page.text->str, "a\n  /a/path/longer/than/the/page:1\n  in f\n");
    g_string_free(page.text, TRUE);
}

static void test_colour_goes_on_after_a_break(void **state)
{
    (void)state;
    struct page page = {g_string_new(NULL), 6, true};
    page_paragraph(&page, "", "| ", MARK_DIM "aaaa bbbb" MARK_END);
    assert_string_equal(page.text->str, "\033[2maaaa\033[0m\n| \033[2mbbbb\033[0m\n");
    g_string_free(page.text, TRUE);
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {{0, "0 ns"},         {999, "999 ns"},     {1500, "1.5 µs"},      {81000, "81 µs"},
                 {1295000, "1.3 ms"}, {12000000, "12 ms"}, {3000000000, "3.0 s"}, {86400000000000, "86400 s"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = story_duration(cases[i].ns);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leak_reads_well),
        cmocka_unit_test(test_clean_is_calm),
        cmocka_unit_test(test_what_was_open_is_told),
        cmocka_unit_test(test_hostile_text_is_spelled),
        cmocka_unit_test(test_lines_keep_to_the_width),
        cmocka_unit_test(test_words_are_not_broken),
        cmocka_unit_test(test_colour_goes_on_after_a_break),
        cmocka_unit_test(test_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
