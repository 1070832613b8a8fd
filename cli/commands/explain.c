/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/core/rule.h"
#include "analyzer/reports/page.h"
#include "cli/guess.h"
#include "cli/message.h"
#include "cli/rule_pages.h"
#include "cli/terminal.h"

static int list_rules(void)
{
    struct page page = {g_string_new(NULL), terminal_width(STDOUT_FILENO), false};
    for (const struct rule *const *rule = rules; *rule; rule++) {
        g_autofree char *first = g_strdup_printf("%-18s %-8s ", (*rule)->name, level_name((*rule)->level));
        g_autofree char *rest = g_strnfill(strlen(first), ' ');
        page_paragraph(&page, first, rest, (*rule)->summary);
    }
    page_blank(&page);
    page_paragraph(&page, "", "", "`scopetrace explain RULE` says more, with an example and the usual fix.");
    fputs(page.text->str, stdout);
    g_string_free(page.text, TRUE);
    return STATUS_OK;
}

static int unknown_rule(const char *name)
{
    g_autoptr(GString) names = g_string_new(NULL);
    struct guess guess = guess_begin(name, strlen(name));
    for (const struct rule *const *rule = rules; *rule; rule++) {
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", (*rule)->name);
        guess_consider(&guess, (*rule)->name);
    }
    g_autofree char *hint = guess_hint(&guess, "");
    message_error("%s: no such rule%s; the rules are %s", name, hint, names->str);
    return STATUS_FAILED;
}

static int explain(const struct settings *settings, char **operands)
{
    (void)settings;
    if (!operands[0])
        return list_rules();
    const char *page = rule_page_text(operands[0]);
    const struct rule *rule = rule_find(operands[0]);
    if (!page && !rule)
        return unknown_rule(operands[0]);
    if (page)
        fputs(page, stdout);
    else
        printf("%s: %s\n", rule->name, rule->summary);
    return STATUS_OK;
}

const struct command command_explain = {
    .name = "explain",
    .operands = "[RULE]",
    .summary = "say what a rule means, with an example and the usual fix",
    .details = "Says what a finding of RULE means, shows an example and the usual fix. Without RULE: lists the\n"
               "rules.\n"
               "\n"
               "Exit status: 0; 2 when there is no such rule.",
    .most = 1,
    .run = explain,
};
