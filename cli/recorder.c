/* SPDX-License-Identifier: MIT */
#include "cli/recorder.h"

#include <string.h>

#include "cli/error.h"
#include "cli/message.h"
#include "cli/tracing.h"

/* As often as the analyzer calls it a storm. */
#define STORM_DELIVERIES 100u
#define MOST_COUNTER 1000000

static gboolean add_condition(const char *text, uint32_t *alarms, GError **error)
{
    guint64 counter;
    if (g_str_equal(text, "storm")) {
        alarms[CONTROL_STORM] = STORM_DELIVERIES;
        return TRUE;
    }
    if (g_str_has_prefix(text, "counter=") &&
        g_ascii_string_to_unsigned(text + strlen("counter="), 10, 1, MOST_COUNTER, &counter, NULL)) {
        alarms[CONTROL_COUNTER] = (uint32_t)counter;
        return TRUE;
    }
    return cli_fail(error, "--snapshot-on: %s is no condition; use counter=N (1 to %d) or storm", text,
                    MOST_COUNTER);
}

/* Each of these says what becomes of events that a flight recorder overwrites. */
static gboolean check_others(const struct settings *settings, GError **error)
{
    if (settings->lossless)
        return cli_fail(error,
                        "--lossless: a flight recorder overwrites what is oldest; leave out one of the two");
    if (settings->buffers == BUFFERS_PER_PROCESS)
        return cli_fail(error, "--buffers pid: a flight recorder must keep the events of processes that ended; "
                               "leave out one of the two");
    if (settings->stream)
        return cli_fail(error, "--stream: a flight recorder sends nothing; leave out one of the two");
    if (settings->buffer_size)
        return cli_fail(error, "--buffer-size: --flight-recorder has the size; leave out one of the two");
    return TRUE;
}

gboolean recorder_configure(const struct settings *settings, const char *name, struct flight_options *flight,
                            struct session_options *options, GError **error)
{
    const GPtrArray *conditions = settings->snapshot_on;
    if (!settings->flight_recorder)
        return conditions->len == 0 || cli_fail(error, "--snapshot-on: needs --flight-recorder SIZE");
    flight->bytes = settings->flight_recorder;
    flight->name = name;
    for (guint i = 0; i < conditions->len; i++)
        if (!add_condition(conditions->pdata[i], flight->alarms, error))
            return FALSE;
    options->flight = flight;
    options->lazy_scopes = settings->scopes != SCOPES_ALL;
    return check_others(settings, error);
}

char *recorder_folder(const struct settings *settings, const char *program)
{
    return settings->trace_dir || settings->snapshot_on->len == 0 ? NULL : tracing_default_folder(program);
}

void recorder_tell(const struct session_options *options, const struct session *session)
{
    if (!options->flight)
        return;
    const struct buffers *buffers = session_buffers(session);
    const uint64_t used = buffers_footprint(buffers, buffers_possible_cpus());
    message_notice("flight recorder %s: %" G_GUINT64_FORMAT " kB per CPU, %.1f MB of " BUFFERS_MEMORY_FOLDER
                   " in all; scopetrace snapshot reads it out",
                   options->flight->name, buffers_ring(buffers) / 1024, (double)used / (1 << 20));
}
