/* SPDX-License-Identifier: MIT */
#include "tests/integration/pythons.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/integration/command.h"

/* Of a file that ./dev test has written; none where it is not there. */
static char **lines_of(const char *path)
{
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? g_strsplit(g_strchomp(text), "\n", -1)
                                                        : g_new0(char *, 1);
}

char **pythons_all(void)
{
    char **lines = lines_of(PYTHONS_DIRECTORY "/pythons.txt");

    if (*lines)
        return lines;
    g_strfreev(lines);
    return g_strsplit("/usr/bin/python3 3", "\n", -1);
}

char **pythons_free_threaded(void)
{
    char **lines = lines_of(PYTHONS_DIRECTORY "/free-threaded.txt");

    if (!*lines)
        print_message("SKIP a real interpreter without a GIL: there is none here\n");
    return lines;
}

/* What it prints, if it ends well. */
static char *answer(const char *python, const char *code)
{
    const char *const ask[] = {python, "-c", code, NULL};
    struct outcome outcome = command_plain(ask, NULL);
    char *text = outcome.status == 0 ? g_strdup(outcome.out) : g_strdup("");

    outcome_clear(&outcome);
    return text;
}

char *pythons_library(const char *python)
{
    g_autofree char *path =
        answer(python, "import sysconfig as s, os; v = s.get_config_var; p = os.path.join(v('LIBDIR'), "
                       "v('INSTSONAME') or ''); print(p if v('Py_ENABLE_SHARED') else '', end='')");

    return *path && g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

char *pythons_prefix(const char *python)
{
    return answer(python, "import sys; print(sys.base_prefix, end='')");
}

char *pythons_compiled(const char *package, const char *version)
{
    g_auto(GStrv) numbers = g_strsplit(version, ".", 3);

    return g_strdup_printf("%s-py3.%s", package, numbers[0] && numbers[1] ? numbers[1] : "?");
}
