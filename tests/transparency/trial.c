/* SPDX-License-Identifier: MIT */
#include "tests/transparency/trial.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/transparency/outcomes.h"

#define PATIENCE_US (900 * G_USEC_PER_SEC)
#define LOOK_EVERY_US 20000

static const char *const manner_names[] = {[MANNER_PLAIN] = "plain", [MANNER_TRACED] = "traced"};

/* BUILD/transparency/SUITE-MODULE.MANNER.SUFFIX */
static char *kept_file(const struct part *part, enum manner manner, const char *suffix)
{
    g_autofree char *name =
        g_strdup_printf("%s-%s.%s.%s", part->suite, part->module, manner_names[manner], suffix);

    g_mkdir_with_parents(BUILD_DIRECTORY "/transparency", 0755);
    return g_build_filename(BUILD_DIRECTORY "/transparency", g_strdelimit(name, " /", '_'), NULL);
}

static char **command_of(const struct part *part, enum manner manner, const char *junit, const char *report)
{
    GPtrArray *words = g_ptr_array_new();
    static const char *const scopetrace[] = {
        BUILD_DIRECTORY "/bin/scopetrace", "run", "--allow-empty", "--fail-on", "never", "--scopes", "all", "-f"};

    if (manner == MANNER_TRACED) {
        for (size_t i = 0; i < G_N_ELEMENTS(scopetrace); i++)
            g_ptr_array_add(words, g_strdup(scopetrace[i]));
        g_ptr_array_add(words, g_strdup_printf("json=%s", report));
        g_ptr_array_add(words, g_strdup("--"));
    }
    for (char **word = part->command; *word; word++)
        g_ptr_array_add(words, g_strdup(*word));
    g_ptr_array_add(words, g_strdup_printf("%s%s", part->results, junit));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static char **environment_of(const struct part *part)
{
    char **variables = g_get_environ();

    variables = g_environ_unsetenv(variables, "LD_PRELOAD");
    variables = g_environ_setenv(variables, "PYTHONPATH", part->path, TRUE);
    variables = g_environ_setenv(variables, "PYTHONDONTWRITEBYTECODE", "1", TRUE);
    variables = g_environ_setenv(variables, "HYPOTHESIS_STORAGE_DIRECTORY",
                                 BUILD_DIRECTORY "/transparency/hypothesis", TRUE);
    return variables;
}

/* -1 when it cannot be started. Leads a process group of its own. */
static pid_t start(const char *folder, char **command, char **variables, const char *log)
{
    const int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const pid_t child = fork();

    if (child == 0) {
        const int in = open("/dev/null", O_RDONLY);
        setpgid(0, 0);
        signal(SIGINT,
               SIG_DFL); /* ignored in what a shell starts in the background: such tests would wait for ever */
        dup2(in, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
        close_range(STDERR_FILENO + 1, ~0U, 0);
        if (chdir(folder) == 0)
            execve(command[0], command, variables);
        _exit(127);
    }
    close(out);
    return child;
}

/* How it ended, in words: "exited with 0", "killed by 11", "hung". */
static char *wait_for(pid_t child)
{
    const gint64 until = g_get_monotonic_time() + PATIENCE_US;
    int status;

    while (waitpid(child, &status, WNOHANG) == 0) {
        if (g_get_monotonic_time() > until) {
            kill(-child, SIGKILL);
            waitpid(child, &status, 0);
            return g_strdup("hung");
        }
        g_usleep(LOOK_EVERY_US);
    }
    return WIFSIGNALED(status) ? g_strdup_printf("killed by %d", WTERMSIG(status))
                               : g_strdup_printf("exited with %d", WEXITSTATUS(status));
}

void seen_add(struct seen *sum, const struct seen *more)
{
    sum->tasks += more->tasks;
    sum->scopes += more->scopes;
    sum->events += more->events;
    sum->lost += more->lost;
}

char *trial_report_file(const struct part *part)
{
    return kept_file(part, MANNER_TRACED, "json");
}

static void read_seen(struct seen *seen, const char *report)
{
    json_t *root = json_load_file(report, 0, NULL);
    const json_t *summary = json_object_get(root, "summary");

    seen->tasks += json_integer_value(json_object_get(summary, "tasks"));
    seen->scopes += json_integer_value(json_object_get(summary, "scopes"));
    seen->events += json_integer_value(json_object_get(summary, "events"));
    seen->lost += json_integer_value(json_object_get(summary, "lost_events"));
    json_decref(root);
}

GHashTable *trial_run(const struct part *part, enum manner manner, struct seen *seen)
{
    g_autofree char *junit = kept_file(part, manner, "xml");
    g_autofree char *log = kept_file(part, manner, "log");
    g_autofree char *report = kept_file(part, manner, "json");
    g_auto(GStrv) command = command_of(part, manner, junit, report);
    g_auto(GStrv) variables = environment_of(part);
    GHashTable *outcomes = outcomes_new();
    g_autoptr(GError) error = NULL;

    g_unlink(junit);
    g_unlink(report);
    const pid_t child = start(part->folder, command, variables, log);
    g_autofree char *end = child > 0 ? wait_for(child) : g_strdup("not started");
    /* a module that is not for this system leaves none */
    if (!g_file_test(junit, G_FILE_TEST_EXISTS))
        outcomes_put(outcomes, "(results)", "none");
    else if (!outcomes_read(outcomes, junit, &error))
        outcomes_put(outcomes, "(results)", error->message);
    outcomes_put(outcomes, "(process)", end);
    if (manner == MANNER_TRACED)
        read_seen(seen, report);
    return outcomes;
}
