/* SPDX-License-Identifier: MIT */
#include "cli/attach/snippet.h"

#include <string.h>

#include "preload/control.h"

/* text as a bytes literal of Python: every byte arrives as it is. */
static char *bytes_literal(const char *text)
{
    GString *literal = g_string_new("b'");
    for (; *text; text++) {
        if (g_ascii_isalnum(*text) || (*text && strchr(" /._-+=,:;()[]{}*%<>", *text)))
            g_string_append_c(literal, *text);
        else
            g_string_append_printf(literal, "\\x%02x", (unsigned char)*text);
    }
    g_string_append_c(literal, '\'');
    return g_string_free(literal, FALSE);
}

char *snippet_wrap(const char *body, guint64 address, guint64 size)
{
    g_autofree char *text = bytes_literal(body);
    return g_strdup_printf("try:\n"
                           " __import__('builtins').exec(%s, {'__name__': 'scopetrace', 'buffer': "
                           "(%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT ")})\n"
                           "except:\n"
                           " pass\n",
                           text, address, size);
}

char *snippet_call_agent(const char *library, const char *function, const char *control, const char *complaint)
{
    g_autofree char *library_text = bytes_literal(library);
    g_autofree char *control_text = bytes_literal(control);
    g_autofree char *complaint_text = bytes_literal(complaint);
    return g_strdup_printf("try:\n"
                           " from importlib.machinery import ExtensionFileLoader, ModuleSpec\n"
                           " from os import fsdecode\n"
                           " path = fsdecode(%s)\n"
                           " loader = ExtensionFileLoader('" CONTROL_AGENT_MODULE "', path)\n"
                           " spec = ModuleSpec('" CONTROL_AGENT_MODULE "', loader, origin=path)\n"
                           " module = loader.create_module(spec)\n"
                           " loader.exec_module(module)\n"
                           " module.%s(%s, *buffer)\n"
                           "except BaseException as problem:\n"
                           " with open(%s, 'w') as file:\n"
                           "  file.write(type(problem).__name__ + ': ' + str(problem))\n",
                           library_text, function, control_text, complaint_text);
}
