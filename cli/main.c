/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands/command.h"
#include "cli/config/configuration.h"
#include "cli/effect.h"
#include "cli/guess.h"
#include "cli/help.h"
#include "cli/message.h"

static int fail(const GError *error, const struct command *command)
{
    if (g_error_matches(error, cli_error_quark(), CLI_ERROR_USAGE))
        message_error("%s; see scopetrace %s --help", error->message, command->name);
    else
        message_error("%s", error->message);
    return STATUS_FAILED;
}

/* What was printed must also have arrived. */
static int printed(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return STATUS_OK;
    message_error("standard output: cannot be written");
    return STATUS_FAILED;
}

/* What follows a word that stands alone. */
static bool is_last(const char *what, const char *following)
{
    if (following)
        message_error("%s: one argument too many: %s; see scopetrace --help", what, following);
    return !following;
}

static int show_version(void)
{
    printf("scopetrace " SCOPETRACE_VERSION "\n");
    return printed();
}

static int generate(const char *what)
{
    for (const struct generator *generator = generators; generator->name; generator++)
        if (what && g_str_equal(generator->name, what)) {
            generator->write();
            return printed();
        }
    message_error("--completions: only bash is known; give bash");
    return STATUS_FAILED;
}

/* Whether it names something to be traced. */
static bool is_program(const char *word)
{
    g_autofree char *path = *word == '-' ? NULL : g_find_program_in_path(word);
    return path || (g_str_has_suffix(word, ".py") && g_file_test(word, G_FILE_TEST_IS_REGULAR));
}

static char *command_hint(const char *word)
{
    struct guess guess = guess_begin(word, strlen(word));
    for (const struct command *const *command = commands; *command; command++)
        guess_consider(&guess, (*command)->name);
    return guess_hint(&guess, "");
}

static int unknown(const char *word)
{
    g_autofree char *hint = command_hint(word);
    if (is_program(word)) {
        g_autofree char *quoted = message_word(word);
        message_error("%s: unknown command; to trace it, write scopetrace run %s%s", word,
                      g_str_has_suffix(word, ".py") ? "python3 " : "", quoted);
        return STATUS_FAILED;
    }
    if (*word == '-')
        message_error("%s: unknown option; the command comes first, its options after it; see scopetrace --help",
                      word);
    else
        message_error("%s: unknown command%s; see scopetrace --help", *word ? word : "\"\"", hint);
    return STATUS_FAILED;
}

/* name: of a command, or NULL */
static int show_help(const char *name)
{
    const struct command *command = name ? command_find(name) : NULL;
    if (name && !command)
        return unknown(name);
    if (command)
        help_command(command);
    else
        help_all();
    return printed();
}

static int check_operands(const struct command *command, char **operands)
{
    const unsigned count = g_strv_length(operands);
    if (count < command->least)
        message_error("%s: %s; see scopetrace %s --help", command->name, command->missing, command->name);
    else if (count > command->most)
        message_error("%s: one argument too many: %s; see scopetrace %s --help", command->name,
                      operands[command->most], command->name);
    else if (!command->runs_program && g_strv_contains((const char *const *)operands, ""))
        message_error("%s: one argument is empty; see scopetrace %s --help", command->name, command->name);
    else
        return STATUS_OK;
    return STATUS_FAILED;
}

static int run_with_settings(const struct command *command, struct settings *settings, char **arguments)
{
    g_autoptr(GError) error = NULL;
    g_autofree char **operands =
        options_parse(arguments, command->groups | OPTIONS_GLOBAL, command->runs_program, settings, &error);
    if (!operands)
        return fail(error, command);
    if (settings->version)
        return show_version();
    if (settings->help) {
        help_command(command);
        return printed();
    }
    if ((command->groups & (OPTIONS_REPORT | OPTIONS_SESSION)) &&
        !configuration_apply(settings, command->groups, &error))
        return fail(error, command);
    message_set_verbosity(settings->quiet ? -1 : settings->verbose);
    int status = check_operands(command, operands);
    if (status == STATUS_OK && !effect_check(command, settings, operands, &error))
        return fail(error, command);
    if (status == STATUS_OK)
        status = command->run(settings, operands);
    return status == STATUS_OK ? printed() : status;
}

static int run_command(const struct command *command, char **arguments)
{
    struct settings settings;
    settings_init(&settings);
    const int status = run_with_settings(command, &settings, arguments);
    settings_clear(&settings);
    return status;
}

static int run_without_command(char **arguments)
{
    const char *word = arguments[0];
    if (!word) {
        message_error("no command given; try scopetrace run python3 program.py, or scopetrace --help");
        return STATUS_FAILED;
    }
    const bool version = g_str_equal(word, "--version"), completions = g_str_equal(word, "--completions");
    const bool help = g_str_equal(word, "--help") || g_str_equal(word, "-h") || g_str_equal(word, "help");
    if (!version && !completions && !help)
        return unknown(word);
    if (!is_last(word, version || !arguments[1] ? arguments[1] : arguments[2]))
        return STATUS_FAILED;
    return version ? show_version() : completions ? generate(arguments[1]) : show_help(arguments[1]);
}

/* What was started without standard streams must not find its own files and sockets under their numbers. They are
 * closed again for the program that is run. Nobody will read from a closed standard output: writing to it fails,
 * as it does where there is nothing, so that no report is taken for written. */
static void occupy_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", (fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) | O_CLOEXEC);
}

int main(int argc, char **argv)
{
    occupy_standard_streams();
    setlocale(LC_CTYPE, "");
    json_set_alloc_funcs(g_malloc, g_free); /* one way to run out of memory: see guard_starved() */
    char *none[] = {NULL};
    char **arguments = argc > 0 ? argv + 1 : none;
    const struct command *command = arguments[0] ? command_find(arguments[0]) : NULL;
    return command ? run_command(command, arguments + 1) : run_without_command(arguments);
}
