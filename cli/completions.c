/* SPDX-License-Identifier: MIT */
#include "cli/completions.h"

#include <stdio.h>

#include "analyzer/core/rule.h"
#include "analyzer/reports/format.h"
#include "cli/commands/command.h"

/* What follows the program of `run` and `record` is that program's. An option's value may follow in the next word,
 * or behind a "=", which is a word of its own. */
static const char function[] =
    "_scopetrace()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} words= "
    "at=2\n"
    "    if [[ $word = '=' ]]; then word=; elif [[ $before = '=' ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
    "    if [[ $COMP_CWORD = 1 ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$_scopetrace_commands\" -- \"$word\"))\n"
    "        return\n"
    "    fi\n"
    "    if [[ $command = run || $command = record ]]; then\n"
    "        while [[ $at -lt $COMP_CWORD && ${COMP_WORDS[at]} = -?* ]]; do\n"
    "            if [[ ${COMP_WORDS[at]} = -- ]]; then at=$((at + 1)); break; fi\n"
    "            if [[ ${COMP_WORDS[at+1]} = '=' ]]; then at=$((at + 2))\n"
    "            elif [[ $_scopetrace_valued = *\" ${COMP_WORDS[at]} \"* ]]; then at=$((at + 1)); fi\n"
    "            at=$((at + 1))\n"
    "        done\n"
    "        if [[ $at -lt $COMP_CWORD || $at = \"$COMP_CWORD\" && ( $word != -* || $before = -- ) ]]; then\n"
    "            if declare -F _command_offset >/dev/null; then _command_offset $at\n"
    "            elif [[ $at = \"$COMP_CWORD\" ]]; then COMPREPLY=($(compgen -c -- \"$word\")); fi\n"
    "            return\n"
    "        fi\n"
    "    fi\n"
    "    words=$(_scopetrace_values \"$before\")\n"
    "    if [[ -z $words && $_scopetrace_valued != *\" $before \"* ]]; then\n"
    "        if [[ $word = -* ]]; then words=$(_scopetrace_options \"$command\")\n"
    "        elif [[ $command = explain ]]; then words=$(_scopetrace_values --rule); fi\n"
    "    fi\n"
    "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
    "}\n"
    "complete -o default -F _scopetrace scopetrace\n";

static void write_commands(void)
{
    printf("_scopetrace_commands='");
    for (const struct command *const *command = commands; *command; command++)
        printf("%s%s", command == commands ? "" : " ", (*command)->name);
    printf("'\n");
}

/* The options that take a value, each between spaces. */
static void write_valued(void)
{
    printf("_scopetrace_valued=' ");
    for (const struct option_spec *option = option_specs; option->name; option++) {
        if (option->argument && option->short_name)
            printf("-%c ", option->short_name);
        if (option->argument)
            printf("--%s ", option->name);
    }
    printf("'\n");
}

static void write_options(void)
{
    printf("_scopetrace_options()\n{\n    case $1 in\n");
    for (const struct command *const *command = commands; *command; command++) {
        printf("    %s) echo", (*command)->name);
        for (const struct option_spec *option = option_specs; option->name; option++)
            if (option->groups & ((*command)->groups | OPTIONS_GLOBAL))
                printf(" --%s", option->name);
        printf(" ;;\n");
    }
    printf("    esac\n}\n");
}

static void write_values(void)
{
    printf("_scopetrace_values()\n{\n    case $1 in\n    -f|--format) echo");
    for (const struct report_format *format = report_formats; format->name; format++)
        printf(" %s", format->name);
    printf(" ;;\n    --rule) echo");
    for (const struct rule *const *rule = rules; *rule; rule++)
        printf(" %s", (*rule)->name);
    printf(" ;;\n");
    for (const struct option_spec *option = option_specs; option->name; option++) {
        if (!option->choices)
            continue;
        printf("    --%s) echo", option->name);
        for (const char *const *choice = option->choices; *choice; choice++)
            printf(" %s", *choice);
        printf(" ;;\n");
    }
    printf("    esac\n}\n");
}

void completions_write_bash(void)
{
    write_commands();
    write_valued();
    write_options();
    write_values();
    fputs(function, stdout);
}
