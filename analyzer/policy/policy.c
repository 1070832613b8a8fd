/* SPDX-License-Identifier: MIT */
#include "analyzer/policy/policy.h"

#include <string.h>

#include "analyzer/core/rule.h"
#include "analyzer/policy/baseline.h"
#include "analyzer/policy/policy_error.h"
#include "analyzer/policy/suppressions.h"

enum { LEVEL_OFF = LEVELS };

struct policy {
    char *root;
    GHashTable *levels; /* const char *, a rule's name → enum level or LEVEL_OFF */
    struct suppressions *suppressions;
    struct baseline *baseline; /* NULL: none */
    GPtrArray *findings;       /* struct finding *: those that remain */
    GPtrArray *changed;        /* struct finding *: shallow copies with another level */
    GPtrArray *accepted;       /* struct accepted_finding * */
    GPtrArray *remarks;        /* char * */
};

struct policy *policy_new(const char *root)
{
    struct policy *policy = g_new0(struct policy, 1);
    policy->root = g_strdup(root);
    policy->levels = g_hash_table_new(g_str_hash, g_str_equal);
    policy->suppressions = suppressions_new();
    policy->findings = g_ptr_array_new();
    policy->changed = g_ptr_array_new_with_free_func(g_free);
    policy->accepted = g_ptr_array_new_with_free_func(g_free);
    policy->remarks = g_ptr_array_new_with_free_func(g_free);
    return policy;
}

void policy_free(struct policy *policy)
{
    if (!policy)
        return;
    g_hash_table_unref(policy->levels);
    suppressions_free(policy->suppressions);
    baseline_free(policy->baseline);
    g_ptr_array_unref(policy->findings);
    g_ptr_array_unref(policy->changed);
    g_ptr_array_unref(policy->accepted);
    g_ptr_array_unref(policy->remarks);
    g_free(policy->root);
    g_free(policy);
}

/* ---- what it is made of ---- */

static gboolean unknown_rule(const char *name, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (const struct rule *const *rule = rules; *rule; rule++)
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", (*rule)->name);
    return policy_fail(error, "%s is no rule; use one of %s", name, names->str);
}

gboolean policy_set_rule(struct policy *policy, const char *setting, GError **error)
{
    const char *equals = strchr(setting, '=');
    g_autofree char *name = g_strndup(setting, equals ? (gsize)(equals - setting) : strlen(setting));
    const struct rule *rule = rule_find(name);
    enum level level = LEVEL_NOTE;
    if (!rule)
        return unknown_rule(name, error);
    const bool off = equals && g_str_equal(equals + 1, "off");
    if (!off && !(equals && level_parse(equals + 1, &level)))
        return policy_fail(error, "%s: no level; write %s=off, note, warning or error", setting, name);
    g_hash_table_insert(policy->levels, (char *)rule->name, GINT_TO_POINTER(off ? LEVEL_OFF : (int)level));
    return TRUE;
}

gboolean policy_add_suppressions(struct policy *policy, const char *name, const char *text, GError **error)
{
    return suppressions_parse(policy->suppressions, name, text, error);
}

gboolean policy_set_baseline(struct policy *policy, const char *name, const char *text, GError **error)
{
    struct baseline *baseline = baseline_parse(name, text, error);
    if (!baseline)
        return FALSE;
    baseline_free(policy->baseline);
    policy->baseline = baseline;
    return TRUE;
}

/* ---- applying it ---- */

static int level_for(const struct policy *policy, const struct finding *finding)
{
    void *chosen;
    if (!g_hash_table_lookup_extended(policy->levels, finding->rule->name, NULL, &chosen))
        return (int)finding->level;
    const int level = GPOINTER_TO_INT(chosen);
    const bool harmless = finding->level == LEVEL_NOTE && finding->rule->level != LEVEL_NOTE;
    return level != LEVEL_OFF && harmless ? LEVEL_NOTE : level;
}

static struct finding *with_level(struct policy *policy, struct finding *finding, enum level level)
{
    if (finding->level == level)
        return finding;
    struct finding *copy = g_new(struct finding, 1);
    *copy = *finding;
    copy->level = level;
    g_ptr_array_add(policy->changed, copy);
    return copy;
}

static void accept(struct policy *policy, const struct finding *finding, enum acceptance why, const char *by)
{
    struct accepted_finding *accepted = g_new(struct accepted_finding, 1);
    *accepted = (struct accepted_finding){.finding = finding, .why = why, .by = by};
    g_ptr_array_add(policy->accepted, accepted);
}

static void judge(struct policy *policy, struct finding *finding)
{
    const int level = level_for(policy, finding);
    /* Also of what does not count: it is not gone. */
    const bool known = policy->baseline && baseline_match(policy->baseline, finding);
    if (level == LEVEL_OFF)
        return;
    finding = with_level(policy, finding, (enum level)level);
    const char *title = suppressions_match(policy->suppressions, finding, policy->root);
    if (title)
        accept(policy, finding, ACCEPTED_BY_SUPPRESSION, title);
    else if (known)
        accept(policy, finding, ACCEPTED_BY_BASELINE, NULL);
    else
        g_ptr_array_add(policy->findings, finding);
}

struct finding *policy_admit(struct policy *policy, struct finding *finding)
{
    const guint before = policy->findings->len;
    judge(policy, finding);
    return policy->findings->len > before ? g_ptr_array_index(policy->findings, before) : NULL;
}

/* Stable: by time within a level, as the analysis has them. */
static void add_of_level(GPtrArray *sorted, const GPtrArray *findings, enum level level)
{
    for (guint i = 0; i < findings->len; i++) {
        struct finding *finding = g_ptr_array_index(findings, i);
        if (finding->level == level)
            g_ptr_array_add(sorted, finding);
    }
}

static void sort_and_count(struct policy *policy, struct report_summary *summary)
{
    GPtrArray *sorted = g_ptr_array_new();
    for (int level = LEVEL_ERROR; level >= LEVEL_NOTE; level--) {
        const guint before = sorted->len;
        add_of_level(sorted, policy->findings, (enum level)level);
        summary->findings[level] = sorted->len - before;
    }
    g_ptr_array_unref(policy->findings);
    policy->findings = sorted;
}

void policy_apply(struct policy *policy, struct report *report)
{
    for (guint i = 0; i < report->findings->len; i++)
        judge(policy, g_ptr_array_index(report->findings, i));
    sort_and_count(policy, &report->summary);
    suppressions_report(policy->suppressions, policy->remarks);
    if (policy->baseline)
        baseline_report(policy->baseline, policy->remarks);
    report->findings = policy->findings;
    report->accepted = policy->accepted;
    report->remarks = policy->remarks;
}

/* ---- what comes of it ---- */

static void add_for_baseline(GPtrArray *findings, const struct finding *finding, bool notes)
{
    /* What a gap in the trace made is no property of the program. */
    if ((finding->level > LEVEL_NOTE || notes) && !g_str_equal(finding->rule->name, "lost-events"))
        g_ptr_array_add(findings, (void *)finding);
}

char *policy_baseline_text(const struct policy *policy, const struct report *report, bool notes)
{
    g_autoptr(GPtrArray) findings = g_ptr_array_new();
    for (guint i = 0; i < report->findings->len; i++)
        add_for_baseline(findings, g_ptr_array_index(report->findings, i), notes);
    return baseline_text(findings, policy->root);
}

char *policy_suppressions_text(const struct policy *policy, const struct report *report)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < report->findings->len; i++) {
        g_autofree char *entry = suppressions_entry_for(g_ptr_array_index(report->findings, i), policy->root);
        g_string_append(text, entry);
    }
    return g_string_free(text, FALSE);
}
