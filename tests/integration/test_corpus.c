/* SPDX-License-Identifier: MIT */
/*
 * Runs one program of tests/programs/ under `scopetrace run`, on every interpreter found and with every package
 * version that expected.txt names, and compares the findings with the answer written there.
 *
 *   test_corpus PROGRAM EXPECTATION…     with EXPECTATION as in expected.txt: COLUMN=VERDICT
 *
 * With CORPUS_TURN in the environment, the agent announces again what is there each time that it has written a
 * quarter of so many bytes; CORPUS_SCOPES: all or lazy. Neither may change an answer. CORPUS_REPORTS: a folder
 * where the reports are kept, with the trees in them.
 *
 * Prints a line per run. Status 0: all right; 1: a wrong answer; 77: nothing could be run.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/control.h"

enum { STATUS_SKIPPED = 77 };

struct tally {
    unsigned passed, failed, skipped;
};

struct trial {
    const char *program, *python, *version;
    const char *column, *verdict;
};

/* The folder on PYTHONPATH for a column; NULL when the package is not there. "" for `plain`. */
static char *column_folder(const char *column)
{
    if (strcmp(column, "plain") == 0)
        return g_strdup("");
    const char *prefix = g_ascii_isdigit(column[0]) || strcmp(column, "newest") == 0 ? "anyio-" : "";
    char *folder = g_strdup_printf("%s/python/%s%s", BUILD_DIRECTORY, prefix, column);
    if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
        g_clear_pointer(&folder, g_free);
    return folder;
}

/* What tests/programs/turning must know of the control file. */
static char **with_number(char **environment, const char *name, size_t number)
{
    char *text = g_strdup_printf("%zu", number);
    environment = g_environ_setenv(environment, name, text, TRUE);
    g_free(text);
    return environment;
}

static char **trial_environment(const char *folder)
{
    const char *turning = g_getenv("CORPUS_TURN") ? ":" SOURCE_DIRECTORY "/tests/programs/turning" : "";
    char *path = g_strdup_printf("%s%s%s/tests/programs%s", folder, *folder ? ":" : "", SOURCE_DIRECTORY, turning);
    char **environment = g_environ_setenv(g_get_environ(), "PYTHONPATH", path, TRUE);
    g_free(path);
    environment = with_number(environment, "CORPUS_RING", offsetof(struct control, ring.bytes));
    environment = with_number(environment, "CORPUS_FLAGS", offsetof(struct control, flags));
    environment = with_number(environment, "CORPUS_AGAIN", CONTROL_AGAIN);
    environment = g_environ_setenv(environment, "PYTHONDONTWRITEBYTECODE", "1", TRUE);
    return g_environ_setenv(environment, "PLAIN", "1", TRUE);
}

/* Of what nobody sends. */
static gboolean crashed(int status)
{
    int died_of = WIFEXITED(status) ? WEXITSTATUS(status) - 128 : 0;

    return died_of == SIGSEGV || died_of == SIGABRT || died_of == SIGBUS || died_of == SIGILL || died_of == SIGFPE;
}

/* Runs the program under scopetrace; the JSON report, or NULL with ret_output saying what was printed instead:
 * also when the program crashed, of which the report may know nothing bad. */
static json_t *run_traced(const struct trial *trial, const char *folder, char **ret_output)
{
    char *program = g_strdup_printf("%s/tests/programs/%s.py", SOURCE_DIRECTORY, trial->program);
    char *scopetrace = g_strdup_printf("%s/bin/scopetrace", BUILD_DIRECTORY);
    const char *kept = g_getenv("CORPUS_REPORTS");
    char *report = g_strdup_printf("%s/corpus-%s-%s-%s-%d.json", kept ? kept : g_get_tmp_dir(), trial->program,
                                   trial->version, trial->column, (int)getpid());
    char *format = g_strdup_printf("json=%s", report);
    const char *scopes = g_getenv("CORPUS_SCOPES");
    char *arguments[] = {scopetrace,
                         "run",
                         "-f",
                         format,
                         "--scopes",
                         (char *)(scopes ? scopes : "all"),
                         kept ? "--tree" : "--no-color",
                         "--",
                         (char *)trial->python,
                         program,
                         NULL};
    char **environment = trial_environment(folder);
    char *standard_output = NULL, *standard_error = NULL;
    int status = 0;
    GError *error = NULL;
    json_t *result = NULL;

    if (g_spawn_sync(NULL, arguments, environment, G_SPAWN_DEFAULT, NULL, NULL, &standard_output, &standard_error,
                     &status, &error) &&
        !crashed(status))
        result = json_load_file(report, 0, NULL);
    *ret_output = g_strdup_printf("status %d\n%s%s%s", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
                                  standard_output ? standard_output : "", standard_error ? standard_error : "",
                                  error ? error->message : "");
    if (!kept)
        g_unlink(report);
    g_clear_error(&error);
    g_strfreev(environment);
    g_free(standard_output);
    g_free(standard_error);
    g_free(format);
    g_free(report);
    g_free(scopetrace);
    g_free(program);
    return result;
}

/* "leaked-cancel*5 swallowed-cancel*1": the findings at warning or above; "silent" when there are none. */
static char *verdict_of(const json_t *report)
{
    GString *verdict = g_string_new(NULL);
    size_t index;
    const json_t *finding;

    json_array_foreach(json_object_get(report, "findings"), index, finding)
    {
        if (strcmp(json_string_value(json_object_get(finding, "level")), "note") == 0)
            continue;
        g_string_append_printf(verdict, "%s%s*%lld", verdict->len ? " " : "",
                               json_string_value(json_object_get(finding, "rule")),
                               (long long)json_integer_value(json_object_get(finding, "count")));
    }
    if (verdict->len == 0)
        g_string_assign(verdict, "silent");
    return g_string_free(verdict, FALSE);
}

/* No program of the corpus has scopes that scopetrace knows but cannot follow. */
static gboolean leaves_scopes_untraced(const json_t *report)
{
    size_t index;
    const json_t *notice;

    json_array_foreach(json_object_get(report, "notices"), index, notice)
    {
        if (strstr(json_string_value(notice), "is not traced"))
            return TRUE;
    }
    return FALSE;
}

static gboolean verdict_matches(const char *expected, const char *actual)
{
    if (strcmp(expected, "flag") == 0)
        return strcmp(actual, "silent") != 0;
    if (strcmp(expected, "silent") == 0 || strchr(expected, '*'))
        return strcmp(expected, actual) == 0;
    size_t length = strlen(expected);
    return strncmp(actual, expected, length) == 0 && actual[length] == '*' && !strchr(actual, ' ');
}

/* One run; prints it under `word` when the answer is wrong. */
static gboolean answers_right(const struct trial *trial, const char *folder, const char *label, const char *word)
{
    char *output = NULL;
    json_t *report = run_traced(trial, folder, &output);
    char *actual = report ? verdict_of(report) : g_strdup("no report");
    gboolean right = report && !leaves_scopes_untraced(report) && verdict_matches(trial->verdict, actual);

    if (right)
        printf("ok   %s: %s\n", label, actual);
    else
        printf("%s %s: expected %s, got %s\n%s\n", word, label, trial->verdict, actual, output);
    json_decref(report);
    g_free(actual);
    g_free(output);
    return right;
}

/* The programs race the clock by some ten milliseconds, which a busy machine may lose for them: what they did was
 * then something else. So a wrong answer is asked for twice more, and both must be right. */
static void run_trial(const struct trial *trial, struct tally *tally)
{
    char *label = g_strdup_printf("%s, Python %s, %s", trial->program, trial->version, trial->column);
    char *folder = column_folder(trial->column);

    if (!folder) {
        printf("SKIP %s: the package is not installed (PyPI out of reach)\n", label);
        tally->skipped++;
    } else if (answers_right(trial, folder, label, "once") ||
               (answers_right(trial, folder, label, "FAIL") && answers_right(trial, folder, label, "FAIL"))) {
        tally->passed++;
    } else {
        tally->failed++;
    }
    g_free(folder);
    g_free(label);
}

/* Cuts "@3.12" off a column; whether the interpreter is of that version. A column without it fits them all. */
static gboolean column_fits(char *column, const char *version)
{
    char *wanted = strchr(column, '@');

    if (!wanted)
        return TRUE;
    *wanted++ = '\0';
    size_t length = strlen(wanted);
    return strncmp(version, wanted, length) == 0 && (version[length] == '.' || version[length] == '\0');
}

/* Each line of pythons.txt: PATH VERSION (written by ./dev test). */
static void run_everywhere(const char *program, char **expectations, struct tally *tally)
{
    char *text = NULL;
    if (!g_file_get_contents(BUILD_DIRECTORY "/pythons.txt", &text, NULL, NULL))
        return;
    char **lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (char **line = lines; *line; line++) {
        char **python = g_strsplit(*line, " ", 2);
        for (char **expectation = expectations; *expectation && python[0] && python[1]; expectation++) {
            char **pair = g_strsplit(*expectation, "=", 2);
            struct trial trial = {program, python[0], python[1], pair[0], pair[1]};
            if (column_fits(pair[0], trial.version))
                run_trial(&trial, tally);
            g_strfreev(pair);
        }
        g_strfreev(python);
    }
    g_strfreev(lines);
    g_free(text);
}

int main(int count, char **arguments)
{
    struct tally tally = {0, 0, 0};

    if (count < 3) {
        fprintf(stderr, "usage: test_corpus PROGRAM COLUMN=VERDICT…\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    run_everywhere(arguments[1], arguments + 2, &tally);
    printf("%u right, %u wrong, %u skipped\n", tally.passed, tally.failed, tally.skipped);
    if (tally.failed)
        return 1;
    return tally.passed ? 0 : STATUS_SKIPPED;
}
