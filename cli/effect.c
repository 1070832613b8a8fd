/* SPDX-License-Identifier: MIT */
#include "cli/effect.h"

#include <string.h>

#include "cli/error.h"

/* What is typed: not what a configuration file adds, but for what stands beside the option. */
struct use {
    const struct settings *settings;
    char **operands;
};

static bool always(const struct use *use)
{
    (void)use;
    return true;
}

static bool has_no_native_stacks(const struct use *use)
{
    return !use->settings->native;
}

static bool has_core_alone(const struct use *use)
{
    return use->settings->core && !use->settings->trace && !use->operands[0];
}

/* What programs are to read would have lines of suppressions behind it. */
static bool spoils_report(const struct use *use)
{
    const GPtrArray *formats = use->settings->formats;
    for (guint i = 0; i < formats->len && !use->settings->report_file; i++)
        if (!g_str_equal(formats->pdata[i], "text") && !strchr(formats->pdata[i], '='))
            return true;
    return false;
}

#define NOTHING_JUDGED "a core file alone is not judged; give its trace with --trace DIR, too"

static const struct rule_of_effect {
    const char *option;
    const struct command *command; /* NULL: every one that has the option */
    bool (*in_vain)(const struct use *use);
    const char *why;
} rules_of_effect[] = {
    {"tree", &command_watch, always,
     "findings are told as they are made; scopetrace analyze --tree shows the scopes"},
    {"debug-dir", &command_run, has_no_native_stacks, "no native stacks are recorded; give --native too"},
    {"debug-dir", &command_attach, has_no_native_stacks, "no native stacks are recorded; give --native too"},
    {"gen-suppressions", NULL, spoils_report,
     "its entries would follow a report that is no text; give that a file, as in --format json=FILE"},
    {"buffer-dir", &command_recover, has_core_alone, "belongs to a trace; give that with --trace DIR, too"},
    {"fail-on", &command_recover, has_core_alone, NOTHING_JUDGED},
    {"fail-on-loss", &command_recover, has_core_alone, NOTHING_JUDGED},
    {"rule", &command_recover, has_core_alone, NOTHING_JUDGED},
    {"baseline", &command_recover, has_core_alone, NOTHING_JUDGED},
    {"write-baseline", &command_recover, has_core_alone, NOTHING_JUDGED},
    {"suppressions", &command_recover, has_core_alone, NOTHING_JUDGED},
    {"gen-suppressions", &command_recover, has_core_alone, NOTHING_JUDGED},
    {"strict", &command_recover, has_core_alone, NOTHING_JUDGED},
    {"tree", &command_recover, has_core_alone, NOTHING_JUDGED},
};

gboolean effect_check(const struct command *command, const struct settings *settings, char **operands,
                      GError **error)
{
    const struct use use = {settings, operands};
    for (size_t i = 0; i < G_N_ELEMENTS(rules_of_effect); i++) {
        const struct rule_of_effect *rule = &rules_of_effect[i];
        if (options_given(option_find(rule->option, ~0u), settings) &&
            (!rule->command || rule->command == command) && rule->in_vain(&use))
            return cli_fail(error, "--%s: %s", rule->option, rule->why);
    }
    return TRUE;
}
