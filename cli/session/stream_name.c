/* SPDX-License-Identifier: MIT */
#include "cli/session/stream_name.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "cli/session/folder.h"

/* LTTng has 255 bytes for a session's name, and file systems for a folder's. */
#define LONGEST_PROGRAM 100

/* The script or module that a python is to run; NULL: none that has a name. */
static const char *script_of(char *const *arguments)
{
    for (char *const *argument = arguments + 1; *argument; argument++) {
        if (g_str_equal(*argument, "-m"))
            return argument[1];
        if (g_str_equal(*argument, "-c") || g_str_equal(*argument, "-"))
            return NULL;
        if (g_str_equal(*argument, "-X") || g_str_equal(*argument, "-W"))
            argument += argument[1] != NULL;
        else if (**argument != '-')
            return *argument;
    }
    return NULL;
}

/* Fit for the name of a file, a part of a URL and a shell's word. */
static char *tame(const char *text)
{
    char *name = g_strndup(text, LONGEST_PROGRAM);
    for (char *at = name; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("._+", *at))
            *at = '-';
    return name;
}

char *stream_name(char *const *arguments)
{
    g_autofree char *command = g_path_get_basename(arguments[0] ? arguments[0] : "program");
    const char *script = g_str_has_prefix(command, "python") ? script_of(arguments) : NULL;
    g_autofree char *file = g_path_get_basename(script ? script : command);
    if (g_str_has_suffix(file, ".py"))
        file[strlen(file) - strlen(".py")] = '\0';
    g_autofree char *program = tame(file);
    g_autofree char *when = folder_time();
    return g_strdup_printf(STREAM_NAME_PREFIX "%s-%s-%d", program, when, (int)getpid());
}
