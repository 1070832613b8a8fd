/* SPDX-License-Identifier: MIT */
/*
 * JSON values from untrusted text and unknown values; for the formats that are JSON.
 *
 * Runs in: the command. New references throughout.
 */
#ifndef SCOPETRACE_REPORTS_JSON_VALUE_H
#define SCOPETRACE_REPORTS_JSON_VALUE_H

#include <glib.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* Made valid UTF-8; NULL becomes null. */
json_t *json_value_text(const char *text);
/* Numbers beyond the signed range, which JSON readers rarely hold, are cut to it. */
json_t *json_value_number(uint64_t number);
/* 0, which is "none" for ids and times, becomes null. */
json_t *json_value_id(uint64_t number);

/* Writes root, indented, and gives its reference up. */
gboolean json_value_write(json_t *root, FILE *out, GError **error);
/* The same, on one line. */
gboolean json_value_write_line(json_t *root, FILE *out, GError **error);

#endif
