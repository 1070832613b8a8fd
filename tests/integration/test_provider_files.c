/* SPDX-License-Identifier: MIT */
/* --providers: files that say what cannot be, and how much may be in one. */
#include "tests/integration/providers/description.h"

#define GOOD(more) "[[scope]]\nclass = \"a:B\"\nenter = \"e\"\nexit = \"x\"\ncancel = \"c\"\n" more

static const struct {
    const char *text, *message;
} bad[] = {
    {"", "describes no scopes: tables [[scope]] are wanted"},
    {"[scope\n", "providers.toml:1: this is not TOML"},
    {"scope = 1\n", "describes no scopes"},
    {"[[scopes]]\n", "describes no scopes"},
    {"[[scope]]\n", "scope 1: class: MODULE:CLASS is wanted"},
    {GOOD("[[scope]]\nclass = 3\n"), "scope 2: class: MODULE:CLASS is wanted"},
    {"[[scope]]\nclass = \"a.B\"\n", "scope a.B: class: MODULE:CLASS is wanted"},
    {"[[scope]]\nclass = \"a:B\"\n", "scope a:B: enter: the name of a method is wanted"},
    {"[[scope]]\nclass = \"a:B\"\nenter = []\n", "enter: the name of a method is wanted"},
    {"[[scope]]\nclass = \"a:B\"\nenter = \"e\"\n", "exit: the name of a method is wanted"},
    {"[[scope]]\nclass = \"a..b:B\"\n", "class: a..b is no name of Python's"},
    {"[[scope]]\nclass = \"a:2B\"\n", "class: 2B is no name of Python's"},
    {GOOD("deadline = \"a.b\"\n"), "deadline: a.b is no name of Python's"},
    {GOOD("child = 7\n"), "child: this is no name of Python's"},
    {GOOD("deliver = \"x\"\n"), "deliver: x is named twice"},
    {"[[scope]]\nclass = \"a:B\"\nenter = \"e\"\nexit = \"x\"\n", "a method that cancels is wanted"},
    {GOOD("frobnicate = \"x\"\n"), "frobnicate: unknown key"},
    {GOOD("traits = [\"blue\"]\n"), "traits: blue is none; an array of some of level-triggered"},
    {GOOD("traits = \"group\"\n"), "traits: this is none"},
    {GOOD("attributes = { colour = \"c\" }\n"), "attributes.colour: unknown"},
    {GOOD("attributes = 3\n"), "attributes: a table is wanted"},
    {GOOD("kind = \"\"\n"), "kind: a name of at most 63 characters"},
    {GOOD(GOOD("")), "scope a:B: class: is described twice"},
    {GOOD("deadline = \"a123456789b123456789c123456789d123456789e123456789f123456789g123\"\n"),
     "is longer than 63 characters"},
};

static void bad_files_are_one_line(void **state)
{
    g_autofree char *arguments = g_strdup_printf("run --providers %s/providers.toml true", command_folder());
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        describe(bad[i].text);
        struct outcome outcome = command_run(arguments);
        if (outcome.status != 2)
            fail_msg("%s: status %d", bad[i].text, outcome.status);
        assert_one_line(outcome.err, bad[i].message);
        outcome_clear(&outcome);
    }
    struct outcome outcome = command_run("run --providers /nonexistent true");
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "--providers: ");
    outcome_clear(&outcome);
}

static void there_is_room_for_sixteen(void **state)
{
    g_autofree char *arguments =
        g_strdup_printf("run --allow-empty --providers %s/providers.toml true", command_folder());
    g_autoptr(GString) text = g_string_new(NULL);
    (void)state;
    for (unsigned i = 0; i < 17; i++) {
        if (i == 16) {
            describe(text->str);
            struct outcome fits = command_run(arguments);
            assert_int_equal(fits.status, 0);
            outcome_clear(&fits);
        }
        g_string_append_printf(text, "[[scope]]\nclass = \"a:B%u\"\nenter = \"e\"\nexit = \"x\"\ncancel = \"c\"\n",
                               i);
    }
    describe(text->str);
    struct outcome outcome = command_run(arguments);
    assert_int_equal(outcome.status, 2);
    assert_one_line(outcome.err, "more than 16 classes");
    outcome_clear(&outcome);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, command_setup, remove_description)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(bad_files_are_one_line), TEST(there_is_room_for_sixteen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
