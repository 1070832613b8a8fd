/* SPDX-License-Identifier: MIT */
/*
 * docs/rules/RULE.md, built into the command (cli/embed.cmake writes the table).
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CLI_RULE_PAGES_H
#define SCOPETRACE_CLI_RULE_PAGES_H

struct rule_page {
    const char *rule;
    const char *text;
};

/* NULL-rule terminated */
extern const struct rule_page rule_pages[];

#endif
