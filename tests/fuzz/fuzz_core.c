/* SPDX-License-Identifier: MIT */
/*
 * Core files: a small sound one, damaged. Each four bytes of input are one edit of it; numbers that stand where a
 * pointer was may lead back into the memory.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/core/analysis.h"
#include "analyzer/reports/format.h"
#include "cli/core_file/last_moment.h"
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

enum { EDIT_SIZE = 4 };

/* An edit: what to do, where (two bytes), and a value. */
static void edit(GByteArray *bytes, const uint8_t *how)
{
    static const uint64_t numbers[] = {0, 1, 8, UINT16_MAX, UINT32_MAX, UINT64_MAX, INT64_MAX, CORE_MAKER_BASE};
    if (!bytes->len)
        return;
    const guint at = (how[1] | (guint)how[2] << 8) % bytes->len, left = bytes->len - at;
    uint64_t number = numbers[how[3] % G_N_ELEMENTS(numbers)];
    switch (how[0] % 8) {
    case 0:
        g_byte_array_set_size(bytes, at);
        break;
    case 1:
        number = CORE_MAKER_BASE + how[3] * 32u;
        memcpy(bytes->data + at, &number, MIN(left, sizeof number));
        break;
    case 2:
        memcpy(bytes->data + at, &number, MIN(left, sizeof number));
        break;
    case 3:
        memcpy(bytes->data + at, &number, MIN(left, sizeof(uint32_t)));
        break;
    case 4:
        memcpy(bytes->data + at, &number, MIN(left, sizeof(uint16_t)));
        break;
    case 5:
        bytes->data[at] ^= (guint8)(1u << how[3] % 8);
        break;
    default:
        bytes->data[at] = how[3];
    }
}

static void write_file(const GByteArray *bytes)
{
    FILE *file = fopen(path, "we");
    if (!file || fwrite(bytes->data, 1, bytes->len, file) != bytes->len || fclose(file) != 0)
        abort();
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
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    g_byte_array_append(bytes, sound->data, sound->len);
    for (const uint8_t *at = data + 1; at + EDIT_SIZE <= data + size; at += EDIT_SIZE)
        edit(bytes, at);
    write_file(bytes);
    struct core_reading *reading = last_moment_read(path, folders, NULL, &error);
    if (!reading && !error)
        abort();
    if (reading)
        report_on(reading, data[0] & 1);
    last_moment_free(reading);
    return 0;
}
