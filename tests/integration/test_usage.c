/* SPDX-License-Identifier: MIT */
/* What the command says of itself: help, completions; and to words that it can do nothing with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/command.h"
#include "tests/skip.h"

struct expectation {
    const char *arguments;
    int status;
    const char *message;
};

static void expect(const struct expectation *expected)
{
    struct outcome outcome = command_run(expected->arguments);
    if (outcome.status != expected->status)
        fail_msg("scopetrace %s: status %d, not %d: %s", expected->arguments, outcome.status, expected->status,
                 outcome.err);
    assert_one_line(outcome.err, expected->message);
    assert_string_equal(outcome.out, "");
    outcome_clear(&outcome);
}

static void bad_use_is_one_line(void **state)
{
    static const struct expectation cases[] = {
        {"", 2, "no command"},
        {"frobnicate", 2, "frobnicate: unknown command"},
        {"--frobnicate", 2, "unknown option"},
        {"-v run true", 2, "-v: unknown option; the command comes first, its options after it"},
        {"run -f =x true", 2, "--format: =x is no format"},
        {"run", 2, "no program given"},
        {"run --", 2, "no program given"},
        {"rnu true", 2, "rnu: unknown command (did you mean run?); see scopetrace --help"},
        {"analyse /", 2, "did you mean analyze?"},
        {"run --frobnicate true", 2, "--frobnicate: unknown option; see"},
        {"run --failon=error true", 2, "--failon: unknown option (did you mean --fail-on?); see"},
        {"run --no-colour true", 2, "did you mean --no-color?"},
        {"run -d 5 true", 2, "-d: unknown option of this command; see"},
        {"attach --pid 1", 2, "--pid: unknown option: the PID stands by itself; see scopetrace attach --help"},
        {"ps -p 1", 2, "-p: unknown option: the PID stands by itself"},
        {"explain storm", 2, "storm: no such rule (did you mean cancel-storm?)"},
        {"explain leaked", 2, "leaked: no such rule (did you mean leaked-cancel?); the rules are"},
        {"run -Z true", 2, "-Z: unknown option"},
        {"run --fail-on sometimes true", 2, "--fail-on"},
        {"run --trace-dir", 2, "--trace-dir: no DIR given"},
        {"run --tree=yes true", 2, "--tree: takes no value"},
        {"run -f frobnicate true", 2, "frobnicate is no format"},
        {"run -r /nonexistent/report true", 2, "/nonexistent/report"},
        {"run -o /nonexistent/trace true", 2, "/nonexistent/trace"},
        {"run -o /etc true", 2, "/etc: exists and is not an empty folder"},
        {"run /nonexistent/program", 127, "/nonexistent/program"},
        {"run nonexistent-program", 127, "nonexistent-program"},
        {"run /etc/passwd", 126, "/etc/passwd"},
        {"run /etc", 126, "/etc"},
        {"record /nonexistent/program", 127, "/nonexistent/program"},
        {"analyze", 2, "no trace given"},
        {"analyze /nonexistent", 2, "/nonexistent"},
        {"analyze --lossless /nonexistent", 2, "--lossless: unknown option"},
        {"analyze --native /nonexistent", 2, "unknown option of this command; see scopetrace analyze --help"},
        {"run --report= true", 2, "--report: is empty; give it FILE; see scopetrace run --help"},
        {"run --format= true", 2, "--format: is empty"},
        {"run --providers /dev/zero true", 2, "--providers: /dev/zero: larger than"},
        {"analyze --debug-dir /nonexistent /", 2, "--debug-dir: /nonexistent: no such folder"},
        {"help frobnicate", 2, "frobnicate: unknown command"},
        {"ls -l", 2, "ls: unknown command; to trace it, write scopetrace run ls"},
        {"run " SOURCE_DIRECTORY "/examples/own_timeout.py", 126, "write python3 in front of it"},
        {"explain frobnicate", 2, "no such rule; the rules are"},
        {"explain a b", 2, "one argument too many"},
        {"help run analyze", 2, "help: one argument too many: analyze; see scopetrace --help"},
        {"--version run", 2, "--version: one argument too many: run"},
        {"--completions bash zsh", 2, "--completions: one argument too many: zsh"},
        {"run --buffer-size 31k true", 2, "--buffer-size: 31744 bytes per CPU are too few; give 32k or more"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        expect(&cases[i]);
}

/* An option that could do nothing is not passed over. */
static void what_has_no_effect_is_said(void **state)
{
    static const struct expectation cases[] = {
        {"watch --tree net://localhost", 2,
         "--tree: findings are told as they are made; scopetrace analyze --tree"},
        {"analyze --gen-suppressions -f json /", 2,
         "--gen-suppressions: its entries would follow a report that is"},
        {"run --debug-dir / true", 2, "--debug-dir: no native stacks are recorded; give --native too"},
        {"attach --debug-dir / 1", 2, "--debug-dir: no native stacks are recorded; give --native too"},
        {"recover --core /dev/null --buffer-dir /", 2, "--buffer-dir: belongs to a trace; give that with --trace"},
        {"recover --core /dev/null --strict", 2, "--strict: a core file alone is not judged; give its trace with"},
        {"recover --core /dev/null --fail-on note", 2, "--fail-on: a core file alone is not judged"},
        {"recover --core /dev/null --trace / /etc", 2,
         "--trace: /etc is given by itself; leave out one of the two"},
        {"run --flight-recorder 1G --snapshot-on counter=3 --snapshot-on counter=7 true", 2,
         "--snapshot-on: counter=7: there is one for counters already: counter=3; give the lower"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        expect(&cases[i]);
}

/* What only a trace can tell is told of it. */
static void a_trace_without_native_stacks_is_said(void **state)
{
    (void)state;
    struct outcome outcome = command_run("analyze --debug-dir / " SOURCE_DIRECTORY "/tests/ci/two_leaks.events");
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.out, "--debug-dir: no finding has a native stack to name"));
    outcome_clear(&outcome);
}

static void a_report_without_its_tree_says_so(void **state)
{
    (void)state;
    struct outcome outcome =
        command_run("analyze --tree -f markdown " SOURCE_DIRECTORY "/tests/ci/two_leaks.events");
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.out, "no format that was given shows it"));
    outcome_clear(&outcome);
}

/* Its neighbours have one. */
static void what_has_an_effect_is_done(void **state)
{
    static const char *const cases[] = {"analyze --tree -f junit=/dev/null -f text", "analyze --tree",
                                        "analyze --tree -f junit=/dev/null -r -"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *arguments =
            g_strconcat(cases[i], " " SOURCE_DIRECTORY "/tests/ci/two_leaks.events", NULL);
        struct outcome outcome = command_run(arguments);
        if (outcome.status != 1 || !strstr(outcome.out, "All tasks and their scopes"))
            fail_msg("scopetrace %s: status %d: %s%s", arguments, outcome.status, outcome.out, outcome.err);
        outcome_clear(&outcome);
    }
}

static void doctor_is_quiet_when_asked(void **state)
{
    (void)state;
    struct outcome outcome = command_run("doctor -q");
    if (g_str_has_prefix(outcome.out, "ok:") || strstr(outcome.out, "\nok:") ||
        (outcome.status == 0) != !*outcome.out)
        fail_msg("status %d: %s", outcome.status, outcome.out);
    outcome_clear(&outcome);
}

static void empty_words_are_said(void **state)
{
    static const struct {
        const char *arguments[3];
        int status;
        const char *message;
    } cases[] = {
        {{"", NULL}, 2, "\"\": unknown command"},
        {{"run", "", NULL}, 127, "\"\": cannot be run"},
        {{"analyze", "", NULL}, 2, "one argument is empty"},
        {{"explain", "", NULL}, 2, "one argument is empty"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct outcome outcome = command_run_array(cases[i].arguments, NULL);
        assert_int_equal(outcome.status, cases[i].status);
        assert_one_line(outcome.err, cases[i].message);
        outcome_clear(&outcome);
    }
}

/* What was printed must also have arrived. */
static void a_full_disk_is_said(void **state)
{
    static const char *const cases[] = {"--help",
                                        "run --help",
                                        "explain",
                                        "explain leaked-cancel",
                                        "analyze -f json " SOURCE_DIRECTORY "/tests/ci/two_leaks.events",
                                        "analyze -r - " SOURCE_DIRECTORY "/tests/ci/two_leaks.events"};
    static const char *const outputs[] = {">/dev/full", ">&-"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases) * G_N_ELEMENTS(outputs); i++) {
        g_autofree char *script =
            g_strdup_printf(COMMAND " %s %s", cases[i % G_N_ELEMENTS(cases)], outputs[i / G_N_ELEMENTS(cases)]);
        const char *const arguments[] = {"sh", "-c", script, NULL};
        struct outcome outcome = command_plain(arguments, NULL);
        assert_int_equal(outcome.status, 2);
        assert_one_line(outcome.err, "standard output: ");
        outcome_clear(&outcome);
    }
}

static void help_fits_the_page(void **state)
{
    static const char *const cases[] = {"--help",         "run --help",     "record --help", "attach --help",
                                        "ps --help",      "analyze --help", "watch --help",  "snapshot --help",
                                        "recover --help", "explain --help", "doctor --help", "explain"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct outcome outcome = command_run(cases[i]);
        g_auto(GStrv) lines = g_strsplit(outcome.out, "\n", -1);
        for (char **line = lines; *line; line++)
            if (g_utf8_strlen(*line, -1) > 80)
                fail_msg("scopetrace %s: too wide: %s", cases[i], *line);
        outcome_clear(&outcome);
    }
}

/* On a terminal of which nobody says what it is there are none, either. */
static void colours_are_for_terminals_that_know_them(void **state)
{
    static const struct {
        const char *environment;
        bool colours;
    } cases[] = {{"TERM=xterm", true},
                 {"TERM=xterm NO_COLOR=1", false},
                 {"TERM=dumb", false},
                 {"TERM=", false},
                 {"-u TERM", false}};
    (void)state;
    if (access("/usr/bin/script", X_OK) != 0)
        skip_because("no script(1)");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *command =
            g_strdup_printf("env %s " COMMAND " run -- python3 -c 'import asyncio; asyncio.run(asyncio.sleep(0))'",
                            cases[i].environment);
        const char *const arguments[] = {"/usr/bin/script", "-qec", command, "/dev/null", NULL};
        struct outcome outcome = command_plain(arguments, NULL);
        assert_non_null(strstr(outcome.out, "no cancellation went wrong"));
        if ((strchr(outcome.out, '\033') != NULL) != cases[i].colours)
            fail_msg("env %s: %s", cases[i].environment, outcome.out);
        outcome_clear(&outcome);
    }
}

static void help_is_on_standard_output(void **state)
{
    static const char *const cases[] = {"--help",    "run --help",    "analyze -h",        "doctor --help",
                                        "--version", "run --version", "--completions bash"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct outcome outcome = command_run(cases[i]);
        assert_int_equal(outcome.status, 0);
        assert_true(*outcome.out);
        assert_string_equal(outcome.err, "");
        outcome_clear(&outcome);
    }
}

/* What bash completes of a line whose words are these; the last is the one that the cursor is in. */
static char *complete(const char *words)
{
    g_autofree char *script = g_strdup_printf(
        "eval \"$(" COMMAND
        " --completions bash)\"; COMP_WORDS=(scopetrace %s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
        "_scopetrace; printf '%%s\\n' \"${COMPREPLY[@]}\" | sort -u | paste -sd' '",
        words);
    const char *const bash[] = {"bash", "-c", script, NULL};
    struct outcome outcome = command_plain(bash, NULL);
    assert_string_equal(outcome.err, "");
    char *completed = g_strchomp(g_strdup(outcome.out));
    outcome_clear(&outcome);
    return completed;
}

static void completions_are_shell(void **state)
{
    static const struct {
        const char *words, *completed;
    } cases[] = {
        {"re", "record recover"},
        {"run --fail", "--fail-on --fail-on-loss"},
        {"run --fail-on w", "warning"},
        {"run --fail-on = w", "warning"},
        {"run --scopes =", "all lazy"},
        {"run -q -f ja", ""},
        {"run -q -f js", "json"},
        {"run -o json -f ju", "junit"},
        {"analyze --rule wr", "wrong-task"},
        {"explain mis", "misnested-scope"},
        {"attach --rot", ""},
        {"record --rot", "--rotate"},
        /* the program's own */
        {"run --fail-on error -- lttng-sess", "lttng-sessiond"},
        {"run --fail-on = error lttng-sess", "lttng-sessiond"},
        {"run lttng-sessiond --fail", ""},
        {"run -o x", ""},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *completed = complete(cases[i].words);
        if (!g_str_equal(completed, cases[i].completed))
            fail_msg("scopetrace %s: \"%s\", not \"%s\"", cases[i].words, completed, cases[i].completed);
    }
}

/* As in reports; and what the trace is named after it can be copied. */
static void odd_names_are_spelled(void **state)
{
    (void)state;
    const char *const missing[] = {"run", "no\033[31m\u202e\xff", NULL};
    struct outcome outcome = command_run_array(missing, NULL);
    assert_one_line(outcome.err, "scopetrace: no\\x1b[31m\\u202e\\xff: cannot be run: ");
    outcome_clear(&outcome);
    const char *const odd[] = {"sh",
                               "-c",
                               "cd \"$TMPDIR\" && cp /bin/true \"$1\" && " COMMAND
                               " record \"./$1\"; rm \"$1\"; rm -r scopetrace-t-r-*",
                               "sh",
                               "t\nr",
                               NULL};
    outcome = command_plain(odd, NULL);
    assert_one_line(outcome.err, "no asyncio was seen: the trace in scopetrace-t-r-2");
    outcome_clear(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_without_native_stacks_is_said),
        cmocka_unit_test(a_report_without_its_tree_says_so),
        cmocka_unit_test(what_has_no_effect_is_said),
        cmocka_unit_test(what_has_an_effect_is_done),
        cmocka_unit_test(doctor_is_quiet_when_asked),
        cmocka_unit_test(bad_use_is_one_line),
        cmocka_unit_test(empty_words_are_said),
        cmocka_unit_test(odd_names_are_spelled),
        cmocka_unit_test(a_full_disk_is_said),
        cmocka_unit_test(help_fits_the_page),
        cmocka_unit_test(colours_are_for_terminals_that_know_them),
        cmocka_unit_test(help_is_on_standard_output),
        cmocka_unit_test(completions_are_shell),
    };
    return command_verdict(cmocka_run_group_tests(tests, command_setup, command_teardown));
}
