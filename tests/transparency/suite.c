/* SPDX-License-Identifier: MIT */
#include "tests/transparency/suite.h"

#include <stdio.h>
#include <string.h>

#define PYTHON_FOLDER BUILD_DIRECTORY "/python/"
/* pytest and what AnyIO's tests import, for the interpreter that ./dev installs packages with. */
#define TESTING PYTHON_FOLDER "testing"
/* Whole modules of AnyIO's tests are skipped where Trio is missing, though nothing is run on it. */
#define TRIO PYTHON_FOLDER "trio-newest"

static void part_free(void *data)
{
    struct part *part = data;

    g_free(part->suite);
    g_free(part->module);
    g_free(part->folder);
    g_free(part->path);
    g_strfreev(part->command);
    g_free(part->results);
    g_free(part);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static gboolean is_listed(const char *const *list, const char *name)
{
    return !list || g_strv_contains(list, name);
}

/* The names of the folder's test_*.py, without the suffix, in order. */
static GPtrArray *test_modules(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (g_str_has_prefix(name, "test_") && g_str_has_suffix(name, ".py"))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".py")));
    g_ptr_array_sort(names, by_name);
    return names;
}

/* The lines of pythons.txt (written by ./dev test): PATH VERSION. */
static char **pythons(void)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(BUILD_DIRECTORY "/pythons.txt", &text, NULL, NULL))
        return g_new0(char *, 1);
    return g_strsplit(g_strchomp(text), "\n", -1);
}

/* ---- CPython ---- */

/* Where that interpreter has its test_asyncio; NULL: nowhere. */
static char *asyncio_tests(const char *python)
{
    const char *const command[] = {python, "-c", "import test.test_asyncio as t; print(t.__path__[0])", NULL};
    g_autofree char *out = NULL;
    int status;

    if (!g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, &status,
                      NULL) ||
        !g_spawn_check_wait_status(status, NULL))
        return NULL;
    return g_strdup(g_strchomp(out));
}

static void add_cpython_part(GPtrArray *parts, const char *python, const char *version, const char *module)
{
    struct part *part = g_new0(struct part, 1);
    g_autofree char *name = g_strdup_printf("test.test_asyncio.%s", module);
    const char *const command[] = {python, "-m", "test", "--timeout", "400", name, NULL};

    part->suite = g_strdup_printf("CPython %s asyncio", version);
    part->module = g_strdup(module);
    part->folder = g_strdup(g_get_tmp_dir());
    part->path = g_strdup("");
    part->command = g_strdupv((char **)command);
    part->results = g_strdup("--junit-xml=");
    g_ptr_array_add(parts, part);
}

static gboolean add_cpython(GPtrArray *parts, const char *python, const char *version, const char *const *only)
{
    g_autofree char *folder = asyncio_tests(python);

    if (!folder) {
        printf("SKIP CPython %s asyncio: %s comes without its tests\n", version, python);
        return FALSE;
    }
    g_autoptr(GPtrArray) modules = test_modules(folder);
    for (guint i = 0; i < modules->len; i++)
        if (is_listed(only, modules->pdata[i]))
            add_cpython_part(parts, python, version, modules->pdata[i]);
    return modules->len != 0;
}

/* ---- AnyIO ---- */

static void add_anyio_part(GPtrArray *parts, const char *python, const char *version, const char *subfolder,
                           const char *module)
{
    struct part *part = g_new0(struct part, 1);
    g_autofree char *file = g_strdup_printf("tests/%s%s.py", subfolder, module);
    /* 3.14 warns of code in AnyIO 4.3, of which AnyIO's settings for pytest make an error. */
    const char *const command[] = {
        python, "-m",       "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore::SyntaxWarning",
        "-k",   "not trio", file,     NULL};

    part->suite = g_strdup_printf("AnyIO %s", version);
    part->module = g_strdup_printf("%s%s", subfolder, module);
    part->folder = g_strdup_printf(PYTHON_FOLDER "anyio-%s-source", version);
    part->path = g_strdup_printf(PYTHON_FOLDER "anyio-%s:" TESTING ":" TRIO, version);
    part->command = g_strdupv((char **)command);
    part->results = g_strdup("--junit-xml=");
    g_ptr_array_add(parts, part);
}

static void add_anyio(GPtrArray *parts, const char *python, const char *version, const char *const *only)
{
    static const char *const subfolders[] = {"", "streams/"};

    if (!g_file_test(TESTING, G_FILE_TEST_IS_DIR)) {
        printf("SKIP AnyIO %s: pytest is not installed (PyPI out of reach)\n", version);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(subfolders); i++) {
        g_autofree char *folder =
            g_strdup_printf(PYTHON_FOLDER "anyio-%s-source/tests/%s", version, subfolders[i]);
        g_autoptr(GPtrArray) modules = test_modules(folder);
        if (i == 0 && modules->len == 0)
            printf("SKIP AnyIO %s: its source is not there (PyPI out of reach)\n", version);
        for (guint j = 0; j < modules->len; j++)
            if (is_listed(only, modules->pdata[j]))
                add_anyio_part(parts, python, version, subfolders[i], modules->pdata[j]);
    }
}

/* ---- what is run ---- */

GPtrArray *suite_parts(gboolean brief)
{
    static const char *const few[] = {"test_tasks",   "test_taskgroups", "test_timeouts",
                                      "test_runners", "test_waitfor",    NULL};
    static const char *const groups[] = {"test_taskgroups", NULL};
    GPtrArray *parts = g_ptr_array_new_with_free_func(part_free);
    g_auto(GStrv) lines = pythons();
    guint suites = 0;

    for (char **line = lines; *line && !(brief && suites == 2); line++) {
        g_auto(GStrv) python = g_strsplit(*line, " ", 2);
        suites += python[0] && python[1] && add_cpython(parts, python[0], python[1], brief ? few : NULL);
    }
    add_anyio(parts, "/usr/bin/python3", "4.3.0", brief ? groups : NULL);
    if (!brief)
        add_anyio(parts, "/usr/bin/python3", "newest", NULL);
    return parts;
}
