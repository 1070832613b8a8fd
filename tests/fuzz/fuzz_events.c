/* SPDX-License-Identifier: MIT */
/*
 * The core: each run of bytes is a history of well-formed events about a handful of tasks and scopes, which no
 * program ever made.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/sources/decode.h"
#include "tests/fuzz/whole_report.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "runtime",      "package",       "provider",    "frame",         "label",       "task_start",
    "task_seen",    "task_name",     "task_done",   "task_end",      "scope_enter", "scope_exit",
    "scope_cancel", "scope_deliver", "task_cancel", "task_uncancel", "runtime_end", "agent_error",
};
static const char *const texts[] = {
    "",
    "main",
    "Task-1",
    "anyio",
    "4.2.0",
    "/app/app.py",
    "asyncio/events.py",
    "deadline",
    "Deadline.close",
    "a\x1f b",
    "RuntimeError",
    "\xff\xfe\033[31m",
};

struct input {
    const uint8_t *at, *end;
    uint64_t addresses[4];
};

static uint8_t take(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

/* Small numbers meet each other; now and then one is huge. */
static uint64_t take_number(struct input *input)
{
    uint8_t byte = take(input);
    return byte < 250 ? byte % 8 : UINT64_MAX >> (8 * (byte - 249));
}

static void fill_field(struct input *input, struct event *event, const struct decode_field *field)
{
    char *target = (char *)event + field->offset;
    const uint64_t *addresses = input->addresses;
    uint64_t number = take_number(input);
    double seconds = (double)number - 3;
    switch (field->shape) {
    case DECODE_U8:
        *target = (char)number;
        break;
    case DECODE_U32:
        memcpy(target, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
        break;
    case DECODE_U64:
        memcpy(target, &number, sizeof number);
        break;
    case DECODE_F64:
        memcpy(target, &seconds, sizeof seconds);
        break;
    case DECODE_STR:
        memcpy(target, &texts[number % G_N_ELEMENTS(texts)], sizeof texts[0]);
        break;
    case DECODE_ADDRS:
        memcpy(target, &addresses, sizeof addresses);
        memcpy((char *)event + field->count_offset, &(uint32_t){number % 4}, sizeof(uint32_t));
        break;
    case DECODE_SHAPES:
        abort();
    }
}

/* One byte says whose event it is, when, and of which thread; another what it is. */
static void next_event(struct input *input, struct event *event, uint64_t *now_ns)
{
    uint8_t what = take(input) % (G_N_ELEMENTS(names) + 1), whose = take(input);
    static const struct decode_event nothing = {.name = "lost", .kind = EVENT_LOST};
    const struct decode_event *decode = what < G_N_ELEMENTS(names) ? decode_find(names[what]) : &nothing;
    decode_prepare(decode, event);
    *now_ns += whose % 4;
    event->time_ns = *now_ns;
    event->host = whose & 0x80 ? "other" : "";
    event->pid = whose & 0x40 ? 2 : 1;
    event->tid = whose & 0x20 ? 2 : 1;
    event->tick = (uint32_t)(*now_ns / 4);
    event->seq = whose & 0x10 ? (uint32_t)take_number(input) : 0;
    for (size_t i = 0; i < decode->count; i++)
        fill_field(input, event, &decode->fields[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.at = data, .end = data + size, .addresses = {1, 2, 3, 4}};
    uint8_t choices = take(&input);
    uint64_t now_ns = 1000;
    struct analysis *analysis = whole_report_begin(choices);
    struct event event;
    while (input.at < input.end) {
        next_event(&input, &event, &now_ns);
        whole_report_feed(analysis, &event);
    }
    whole_report_end(analysis, choices);
    return 0;
}
