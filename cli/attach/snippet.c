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

/* LTTng's constructor would wait for its daemon and read every library's headers, and the event loop would wait
 * for that: told not to through the environment of C, where os.environ does not see it, and for the time of the
 * loading alone. */
static const char text[] =
    "from os import getpid\n"
    "try:\n"
    " if getpid() != %d: raise ProcessLookupError\n"
    " from importlib.machinery import ExtensionFileLoader, ModuleSpec\n"
    " from os import environb, fsdecode, putenv, unsetenv\n"
    " library, control, complaint = map(fsdecode, (%s, %s, %s))\n"
    " open(control, 'rb').close()\n"
    " lent = {b'LTTNG_UST_REGISTER_TIMEOUT': b'" CONTROL_NO_WAIT "', b'" CONTROL_NO_STATEDUMP "': b'1'%s}\n"
    " loader = ExtensionFileLoader('" CONTROL_AGENT_MODULE "', library)\n"
    " for name in lent: putenv(name, lent[name])\n"
    " try:\n"
    "  module = loader.create_module(ModuleSpec('" CONTROL_AGENT_MODULE "', loader, origin=library))\n"
    " finally:\n"
    "  for name in lent: putenv(name, environb[name]) if name in environb else unsetenv(name)\n"
    " loader.exec_module(module)\n"
    " module.%s(control, *buffer)\n"
    "except ProcessLookupError:\n"
    " pass\n"
    "except BaseException as problem:\n"
    " with open(complaint, 'w') as file:\n"
    "  file.write(type(problem).__name__ + ': ' + str(problem))\n";

char *snippet_call_agent(const struct snippet_call *call)
{
    g_autofree char *library = bytes_literal(call->library);
    g_autofree char *control = bytes_literal(call->control);
    g_autofree char *complaint = bytes_literal(call->complaint);
    return g_strdup_printf(text, (int)call->process, library, control, complaint,
                           call->may_wait ? ", b'" CONTROL_MAY_WAIT "': b'1'" : "", call->function);
}
