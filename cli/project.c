/* SPDX-License-Identifier: MIT */
#include "cli/project.h"

#include "cli/error.h"
#include "cli/message.h"

static gboolean read_input(const char *option, const char *file, const char *advice, char **ret, GError **error)
{
    GError *cause = NULL;
    if (g_file_get_contents(file, ret, NULL, &cause))
        return TRUE;
    cli_fail(error, "--%s: %s%s", option, cause->message, advice);
    g_error_free(cause);
    return FALSE;
}

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
        if (!read_input("suppressions", file, "", &text, error) ||
            !policy_add_suppressions(policy, file, text, error))
            return FALSE;
    }
    return TRUE;
}

/* One that is about to be written anew has no say. */
static gboolean take_baseline(const struct settings *settings, struct policy *policy, GError **error)
{
    g_autofree char *text = NULL;
    if (settings->write_baseline && !settings->baseline)
        return cli_fail(error, "--write-baseline: where to? give --baseline FILE too");
    if (settings->write_baseline || !settings->baseline)
        return TRUE;
    return read_input("baseline", settings->baseline, "; --write-baseline makes one", &text, error) &&
           policy_set_baseline(policy, settings->baseline, text, error);
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
    cli_fail(error, "--baseline: %s", cause->message);
    g_error_free(cause);
    return FALSE;
}
