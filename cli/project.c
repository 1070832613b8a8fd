/* SPDX-License-Identifier: MIT */
#include "cli/project.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/input.h"
#include "cli/message.h"

static gboolean take_rules(const struct settings *settings, struct policy *policy, GError **error)
{
    for (guint i = 0; i < settings->rules->len; i++)
        if (!policy_set_rule(policy, settings->rules->pdata[i], error)) {
            g_prefix_error(error, "--rule: ");
            return FALSE;
        }
    return TRUE;
}

static gboolean take_suppressions(const struct settings *settings, struct policy *policy, GError **error)
{
    for (guint i = 0; i < settings->suppressions->len; i++) {
        const char *file = settings->suppressions->pdata[i];
        g_autofree char *text = NULL;
        gsize size;
        if (!input_read("suppressions", file, &text, &size, error))
            return options_blame("suppressions", settings, error);
        if (!policy_add_suppressions(policy, file, text, error))
            return FALSE;
    }
    return TRUE;
}

/* Before the program has run for an hour. */
static gboolean check_baseline_place(const struct settings *settings, GError **error)
{
    if (!settings->baseline)
        return cli_fail(error, "--write-baseline: where to? give --baseline FILE too");
    g_autofree char *folder = g_path_get_dirname(settings->baseline);
    const int cause = g_file_test(settings->baseline, G_FILE_TEST_IS_DIR) ? EISDIR
                      : access(folder, W_OK | X_OK) != 0                  ? errno
                                                                          : 0;
    if (cause == 0)
        return TRUE;
    cli_fail(error, "--baseline: %s: cannot be written: %s; choose another file", settings->baseline,
             g_strerror(cause));
    return options_blame("baseline", settings, error);
}

/* One that is about to be written anew has no say. */
static gboolean take_baseline(const struct settings *settings, struct policy *policy, GError **error)
{
    g_autofree char *text = NULL;
    gsize size;
    if (settings->write_baseline)
        return check_baseline_place(settings, error);
    if (!settings->baseline)
        return TRUE;
    if (!g_file_test(settings->baseline, G_FILE_TEST_EXISTS)) {
        cli_fail(error, "--baseline: %s: there is no such file; --write-baseline makes one", settings->baseline);
        return options_blame("baseline", settings, error);
    }
    if (!input_read("baseline", settings->baseline, &text, &size, error))
        return options_blame("baseline", settings, error);
    return policy_set_baseline(policy, settings->baseline, text, error);
}

struct policy *project_policy(const struct settings *settings, const char *root, GError **error)
{
    struct policy *policy = policy_new(root);
    if (take_rules(settings, policy, error) && take_suppressions(settings, policy, error) &&
        take_baseline(settings, policy, error))
        return policy;
    policy_free(policy);
    return NULL;
}

gboolean project_write_baseline(const struct settings *settings, const struct policy *policy,
                                const struct report *report, GError **error)
{
    GError *cause = NULL;
    g_autofree char *text = policy_baseline_text(policy, report, settings->fail_on == LEVEL_NOTE);
    if (g_file_set_contents(settings->baseline, text, -1, &cause)) {
        message_notice("%s: written; what it lists is accepted from now on", settings->baseline);
        return TRUE;
    }
    /* "Failed to write file “…/baseline.json.X1Y2Z3”: write() failed: No space left on device" */
    const char *last = strrchr(cause->message, ':');
    cli_fail(error, "--baseline: %s: cannot be written:%s; choose another file", settings->baseline,
             last ? last + 1 : cause->message);
    g_error_free(cause);
    return FALSE;
}
