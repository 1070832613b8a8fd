/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/json_value.h"

#include "analyzer/reports/escape.h"
#include "analyzer/reports/output.h"

json_t *json_value_text(const char *text)
{
    if (!text)
        return json_null();
    g_autofree char *valid = escape_utf8(text);
    return json_string(valid);
}

json_t *json_value_number(uint64_t number)
{
    return json_integer((json_int_t)MIN(number, (uint64_t)INT64_MAX));
}

json_t *json_value_id(uint64_t number)
{
    return number ? json_value_number(number) : json_null();
}

static int append(const char *buffer, size_t size, void *text)
{
    g_string_append_len(text, buffer, (gssize)size);
    return 0;
}

static gboolean write_with(json_t *root, size_t flags, FILE *out, GError **error)
{
    GString *text = g_string_new(NULL);
    json_dump_callback(root, append, text, flags);
    g_string_append_c(text, '\n');
    json_decref(root);
    g_autoptr(GString) visible = g_string_sized_new(text->len);
    escape_json(visible, text->str);
    g_string_free(text, TRUE);
    return output_text(out, visible, error);
}

gboolean json_value_write(json_t *root, FILE *out, GError **error)
{
    return write_with(root, JSON_INDENT(2), out, error);
}

gboolean json_value_write_line(json_t *root, FILE *out, GError **error)
{
    return write_with(root, JSON_COMPACT, out, error);
}
