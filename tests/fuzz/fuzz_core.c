/* SPDX-License-Identifier: MIT */
/* Core files: a small sound one, damaged. Numbers that stand where a pointer was may lead back into the memory. */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/core/analysis.h"
#include "analyzer/reports/format.h"
#include "cli/core_file/last_moment.h"
#include "tests/fuzz/damage.h"
#include "tests/unit/support/core_maker.h"

extern int LLVMFuzzerInitialize(int *argc, char ***argv);
extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *path;
static GByteArray *sound;
static GPtrArray *folders;
static FILE *nowhere;

static void remove_file(void)
{
    unlink(path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct made_image image;
    (void)argc, (void)argv;
    path = g_build_filename(g_get_tmp_dir(), "scopetrace-fuzz-core-XXXXXX", NULL);
    const int fd = g_mkstemp(path);
    nowhere = fopen("/dev/null", "we");
    if (fd < 0 || !nowhere)
        abort();
    close(fd);
    atexit(remove_file);
    core_maker_image(&image);
    sound = core_maker_file(&image);
    folders = g_ptr_array_new();
    return 0;
}

static void report_on(struct core_reading *reading, bool as_json)
{
    const struct analysis_options options = {.strict = false};
    const struct report_style style = {.width = 80, .verbosity = 1};
    struct analysis *analysis = analysis_new(&options);
    struct report report = *analysis_finish(analysis);
    report.memory = last_moment_of(reading);
    if (!report_format_find(as_json ? "json" : "text")->write(&report, &style, nowhere, NULL))
        abort();
    analysis_free(analysis);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    static const uint64_t numbers[] = {0, 1, 8, UINT16_MAX, UINT32_MAX, UINT64_MAX, INT64_MAX, CORE_MAKER_BASE};
    static const struct damage_values values = {numbers, G_N_ELEMENTS(numbers), CORE_MAKER_BASE};
    g_autoptr(GByteArray) bytes = damage(sound, &values, data + 1, size - 1);
    g_autoptr(GError) error = NULL;
    damage_write(path, bytes);
    struct core_reading *reading = last_moment_read(path, folders, NULL, &error);
    if (!reading && !error)
        abort();
    if (reading)
        report_on(reading, data[0] & 1);
    last_moment_free(reading);
    return 0;
}
