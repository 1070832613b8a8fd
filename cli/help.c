/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/reports/format.h"

#define OPTION_COLUMN 30

static unsigned all_groups(const struct command *command)
{
    return command->groups | OPTIONS_GLOBAL;
}

/* "-f, --format FORMAT[=FILE]" */
static char *option_usage(const struct option_spec *option)
{
    GString *usage = g_string_new(NULL);
    if (option->short_name)
        g_string_append_printf(usage, "-%c, ", option->short_name);
    g_string_append_printf(usage, "--%s", option->name);
    if (option->argument)
        g_string_append_printf(usage, " %s", option->argument);
    return g_string_free(usage, FALSE);
}

static void print_option(const struct option_spec *option)
{
    g_autofree char *usage = option_usage(option);
    const char *gap = strlen(usage) > OPTION_COLUMN - 2 ? "\n" : "";
    printf("  %-*s", OPTION_COLUMN - 2, usage);
    printf("%s%*s%s\n", gap, *gap ? OPTION_COLUMN : 0, "", option->help);
}

static void print_formats(void)
{
    printf("\nReport formats:\n");
    for (const struct report_format *format = report_formats; format->name; format++)
        printf("  %-*s%s\n", OPTION_COLUMN - 2, format->name, format->summary);
}

void help_command(const struct command *command)
{
    printf("Usage: scopetrace %s [OPTION…] %s\n\n%s\n\nOptions:\n", command->name, command->operands,
           command->details);
    for (const struct option_spec *option = option_specs; option->name; option++)
        if (option->groups & all_groups(command))
            print_option(option);
    if (command->groups & OPTIONS_REPORT)
        print_formats();
}

void help_all(void)
{
    printf("Usage: scopetrace COMMAND [OPTION…] …\n\n"
           "Finds cancellation requests that go wrong in Python asyncio and AnyIO programs.\n\nCommands:\n");
    for (const struct command *const *command = commands; *command; command++)
        printf("  %-10s %s\n", (*command)->name, (*command)->summary);
    printf("\nBegin with:\n"
           "  scopetrace run python3 program.py\n\n"
           "`scopetrace COMMAND --help` says more about a command, `scopetrace --version` prints the version,\n"
           "`scopetrace --completions bash` prints completions for the shell.\n");
}

static void print_words(unsigned groups)
{
    for (const struct option_spec *option = option_specs; option->name; option++)
        if (option->groups & groups)
            printf(" --%s", option->name);
}

static void write_bash(void)
{
    printf(
        "_scopetrace() {\n    local word=${COMP_WORDS[COMP_CWORD]} words=\n    case $COMP_CWORD:${COMP_WORDS[1]} "
        "in\n    1:*) words='");
    for (const struct command *const *command = commands; *command; command++)
        printf("%s%s", command == commands ? "" : " ", (*command)->name);
    printf("' ;;\n");
    for (const struct command *const *command = commands; *command; command++) {
        printf("    *:%s) words='", (*command)->name);
        print_words(all_groups(*command));
        printf("' ;;\n");
    }
    printf("    esac\n    if [[ $COMP_CWORD = 1 || $word = -* ]]; then COMPREPLY=($(compgen -W \"$words\" -- "
           "\"$word\"))\n"
           "    fi\n}\ncomplete -o default -F _scopetrace scopetrace\n");
}

/* Text for roff: backslashes and leading dots mean nothing, dashes can be searched for. */
static char *roff(const char *text)
{
    GString *escaped = g_string_new(*text == '.' || *text == '\'' ? "\\&" : NULL);
    for (; *text; text++)
        switch (*text) {
        case '\\':
            g_string_append(escaped, "\\e");
            break;
        case '-':
            g_string_append(escaped, "\\-");
            break;
        default:
            g_string_append_c(escaped, *text);
        }
    return g_string_free(escaped, FALSE);
}

static void print_roff(const char *before, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_autofree char *escaped = roff(*line);
        printf("%s%s\n", before, **line ? escaped : ".sp");
    }
}

static void write_man_commands(void)
{
    printf(".SH COMMANDS\n");
    for (const struct command *const *command = commands; *command; command++) {
        g_autofree char *operands = roff((*command)->operands);
        printf(".TP\n.BR \"scopetrace %s\" \" [OPTION…] %s\"\n", (*command)->name, operands);
        print_roff("", (*command)->details);
    }
}

/* Which commands take it. */
static void print_takers(const struct option_spec *option)
{
    const char *before = "(";
    if (option->groups & OPTIONS_GLOBAL)
        return;
    for (const struct command *const *command = commands; *command; command++)
        if (option->groups & all_groups(*command)) {
            printf("%s%s", before, (*command)->name);
            before = ", ";
        }
    printf("%s\n", *before == ',' ? ")" : "");
}

static void write_man(void)
{
    write_man_commands();
    printf(".SH OPTIONS\n");
    for (const struct option_spec *option = option_specs; option->name; option++) {
        g_autofree char *usage = option_usage(option);
        printf(".TP\n");
        print_roff(".B ", usage);
        print_roff("", option->help);
        print_takers(option);
    }
    printf(".SH \"REPORT FORMATS\"\n");
    for (const struct report_format *format = report_formats; format->name; format++) {
        printf(".TP\n.B %s\n", format->name);
        print_roff("", format->summary);
    }
}

const struct generator generators[] = {{"bash", write_bash}, {"man", write_man}, {NULL, NULL}};
