/* SPDX-License-Identifier: MIT */
/* Prints the words of text events as libFuzzer's dictionaries have them. */
#include <stdio.h>

#include "analyzer/sources/decode.h"
#include "tracepoints/schema.h"

static void print_fields(const struct decode_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("\"%s=\"\n", fields[i].name);
}

static void print_event(const char *name)
{
    const struct decode_event *event = decode_find(name);
    printf("\" %s \"\n", name);
    print_fields(event->fields, event->count);
}

int main(void)
{
#define PRINT(name) print_event(#name);
    SCOPETRACE_EVENTS(PRINT)
    print_fields(decode_common, decode_common_count);
    puts("\"host=\"\n\" lost count=\"\n\"\\x0a+1\"\n\"SOURCE_SCOPE\"\n\"EXIT_RAISED_OTHER\"\n\"TRAIT_HANDS_UP|\"");
    return 0;
}
