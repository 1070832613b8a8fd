/* SPDX-License-Identifier: MIT */
/* The text source: any bytes as a file of text events, up to the reports. */
#include <stddef.h>

#include "analyzer/sources/text.h"
#include "tests/fuzz/whole_report.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t choices = size ? data[size - 1] : 0;
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    g_autoptr(GError) error = NULL;
    struct analysis *analysis = whole_report_begin(choices);
    text_read((const char *)data, size, "fuzz", whole_report_feed, analysis, &notes, &error);
    whole_report_end(analysis, choices);
    g_ptr_array_unref(notes.damage);
    return 0;
}
