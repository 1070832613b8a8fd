/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/reports/format.h"
#include "analyzer/reports/page.h"
#include "cli/completions.h"
#include "cli/terminal.h"

/* Where the second column begins, if there is room for one. */
enum { COMMAND_COLUMN = 13, OPTION_COLUMN = 30, NARROW = 60, WIDE = 100 };

static struct page page_begin(void)
{
    return (struct page){g_string_new(NULL), MIN(terminal_width(STDOUT_FILENO), WIDE), false};
}

static void page_print(struct page *page)
{
    fputs(page->text->str, stdout);
    g_string_free(page->text, TRUE);
}

/* A term and what it means, in two columns; one below the other where they have no room. */
static void add_row(struct page *page, unsigned column, const char *term, const char *meaning)
{
    const bool beside = page->width >= NARROW && strlen(term) + 4 <= column;
    const unsigned indent = page->width >= NARROW ? column : 6;
    g_autofree char *rest = g_strnfill(indent, ' ');
    g_autofree char *first = beside ? g_strdup_printf("  %-*s", (int)column - 2, term) : NULL;
    if (!beside)
        g_string_append_printf(page->text, "  %s\n", term);
    page_paragraph(page, beside ? first : rest, rest, meaning);
}

/* Paragraphs whose lines are broken as the source has it. */
static void add_prose(struct page *page, const char *text)
{
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);
    for (char **paragraph = paragraphs; *paragraph; paragraph++) {
        page_paragraph(page, "", "", g_strdelimit(*paragraph, "\n", ' '));
        page_blank(page);
    }
}

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

static void add_formats(struct page *page)
{
    g_string_append(page->text, "\nReport formats:\n");
    for (const struct report_format *format = report_formats; format->name; format++)
        add_row(page, OPTION_COLUMN, format->name, format->summary);
}

void help_command(const struct command *command)
{
    struct page page = page_begin();
    g_string_append_printf(page.text, "Usage: scopetrace %s [OPTION…] %s\n\n", command->name, command->operands);
    add_prose(&page, command->details);
    g_string_append(page.text, "Options:\n");
    for (const struct option_spec *option = option_specs; option->name; option++) {
        g_autofree char *usage = option_usage(option);
        if (option->groups & all_groups(command))
            add_row(&page, OPTION_COLUMN, usage, option->help);
    }
    if (command->groups & OPTIONS_REPORT)
        add_formats(&page);
    page_print(&page);
}

void help_all(void)
{
    struct page page = page_begin();
    g_string_append(page.text, "Usage: scopetrace COMMAND [OPTION…] …\n\n");
    add_prose(&page, "Finds cancellation requests that go wrong in Python asyncio and AnyIO programs.");
    g_string_append(page.text, "Commands:\n");
    for (const struct command *const *command = commands; *command; command++)
        add_row(&page, COMMAND_COLUMN, (*command)->name, (*command)->summary);
    g_string_append(page.text, "\nBegin with:\n  scopetrace run python3 program.py\n\n");
    page_paragraph(
        &page, "", "",
        "`scopetrace COMMAND --help` says more about a command, `scopetrace --version` prints the version, "
        "`scopetrace --completions bash` prints completions for the shell.");
    page_print(&page);
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
        case '\xe2': /* … */
            g_string_append(escaped, g_str_has_prefix(text, "…") ? "..." : "\xe2");
            text += g_str_has_prefix(text, "…") ? strlen("…") - 1 : 0;
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
        printf(".TP\n.BR \"scopetrace %s\" \" [OPTION...] %s\"\n", (*command)->name, operands);
        print_roff("", (*command)->details);
    }
}

/* The commands that take options of these groups: "run, attach, record". Newly allocated. */
static char *takers(unsigned groups)
{
    GString *names = g_string_new(NULL);
    for (const struct command *const *command = commands; *command; command++)
        if (groups & all_groups(*command))
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", (*command)->name);
    return g_string_free(names, FALSE);
}

/* Half of the options are those of a report. */
static void print_takers(const struct option_spec *option)
{
    g_autofree char *names = takers(option->groups);
    g_autofree char *usual = takers(OPTIONS_REPORT);
    if (!(option->groups & OPTIONS_GLOBAL) && !g_str_equal(names, usual))
        printf("(%s)\n", names);
}

static void write_man_takers(void)
{
    g_autofree char *names = takers(OPTIONS_REPORT);
    printf("In parentheses are the commands that take an option. "
           "Without: \\-q, \\-v, \\-h and \\-\\-version are every command's, all others of those that report: %s. "
           "Of an option that is given twice the last counts, unless it may be given several times. "
           "One that would have no effect beside the others is refused, or named by a notice.\n",
           names);
}

static void write_man_keys(void)
{
    g_autoptr(GString) keys = g_string_new(NULL);
    for (const struct option_spec *option = option_specs; option->name; option++)
        if (option->groups & OPTIONS_FILE)
            g_string_append_printf(keys, "%s%s", keys->len ? ", " : "", option->name);
    g_autofree char *escaped = roff(keys->str);
    printf(".PP\nKeys of a configuration file can be: %s.\n", escaped);
}

static void write_man(void)
{
    write_man_commands();
    printf(".SH OPTIONS\n");
    write_man_takers();
    for (const struct option_spec *option = option_specs; option->name; option++) {
        g_autofree char *usage = option_usage(option);
        printf(".TP\n");
        print_roff(".B ", usage);
        print_roff("", option->help);
        print_takers(option);
    }
    write_man_keys();
    printf(".SH \"REPORT FORMATS\"\n");
    for (const struct report_format *format = report_formats; format->name; format++) {
        printf(".TP\n.B %s\n", format->name);
        print_roff("", format->summary);
    }
}

const struct generator generators[] = {{"bash", completions_write_bash}, {"man", write_man}, {NULL, NULL}};
