/* SPDX-License-Identifier: MIT */
#include "cli/recorder.h"

#include <string.h>

#include "cli/attach/pid.h"
#include "cli/error.h"
#include "cli/message.h"
#include "cli/tracing.h"

/* As often as the analyzer calls it a storm. */
#define STORM_DELIVERIES 100u
#define MOST_COUNTER 1000000
#define MOST_CHUNKS 100000
/* A few of the smallest buffers. */
#define LEAST_CHUNK_BYTES (UINT64_C(64) << 10)
/* LTTng takes more than half of that to end a chunk. */
#define LEAST_CHUNK_US G_USEC_PER_SEC

static gboolean add_condition(const char *text, uint32_t *alarms, GError **error)
{
    guint64 counter;
    if (g_str_equal(text, "storm")) {
        alarms[CONTROL_STORM] = STORM_DELIVERIES;
        return TRUE;
    }
    if (g_str_has_prefix(text, "counter=") &&
        g_ascii_string_to_unsigned(text + strlen("counter="), 10, 1, MOST_COUNTER, &counter, NULL)) {
        if (alarms[CONTROL_COUNTER])
            return cli_fail(error,
                            "--snapshot-on: %s: there is one for counters already: counter=%u; give the lower",
                            text, alarms[CONTROL_COUNTER]);
        alarms[CONTROL_COUNTER] = (uint32_t)counter;
        return TRUE;
    }
    return cli_fail(error, "--snapshot-on: %s is no condition; use counter=N (1 to %d) or storm", text,
                    MOST_COUNTER);
}

/* name: of the option that a flight recorder has no use for */
static gboolean clashes(const struct settings *settings, const char *name, const char *why, GError **error)
{
    cli_fail(error, "--%s: %s; leave out one of the two", name, why);
    return options_blame(name, settings, error);
}

/* Each of these says what becomes of events that a flight recorder overwrites. */
static gboolean check_others(const struct settings *settings, GError **error)
{
    if (settings->lossless)
        return clashes(settings, "lossless", "a flight recorder overwrites what is oldest", error);
    if (settings->buffers == BUFFERS_PER_PROCESS)
        return clashes(settings, "buffers", "pid: a flight recorder must keep the events of processes that ended",
                       error);
    if (settings->stream)
        return clashes(settings, "stream", "a flight recorder sends nothing", error);
    if (settings->buffer_size)
        return clashes(settings, "buffer-size", "--flight-recorder has the size", error);
    return TRUE;
}

static gboolean check_buffer_size(const struct settings *settings, GError **error)
{
    if (!settings->buffer_size || settings->buffer_size >= BUFFERS_LEAST_WANTED)
        return TRUE;
    cli_fail(error,
             "--buffer-size: %" G_GUINT64_FORMAT " bytes per CPU are too few; give %" G_GUINT64_FORMAT "k or more",
             settings->buffer_size, BUFFERS_LEAST_WANTED / 1024);
    return options_blame("buffer-size", settings, error);
}

gboolean recorder_configure(const struct settings *settings, const char *name, struct flight_options *flight,
                            struct session_options *options, GError **error)
{
    const GPtrArray *conditions = settings->snapshot_on;
    if (!settings->flight_recorder)
        return (conditions->len == 0 || cli_fail(error, "--snapshot-on: needs --flight-recorder SIZE")) &&
               check_buffer_size(settings, error);
    flight->bytes = settings->flight_recorder;
    flight->name = name;
    for (guint i = 0; i < conditions->len; i++)
        if (!add_condition(conditions->pdata[i], flight->alarms, error))
            return FALSE;
    options->flight = flight;
    options->lazy_scopes = settings->scopes != SCOPES_ALL;
    return check_others(settings, error);
}

/* A bare number could be either. */
static gboolean parse_rotation(const char *text, struct rotation_options *rotation, GError **error)
{
    const bool bare = text[strspn(text, "0123456789.")] == '\0';
    if (!bare && options_size(text, &rotation->bytes))
        return rotation->bytes >= LEAST_CHUNK_BYTES ||
               cli_fail(error, "--rotate: chunks of %s are too small; give 64k or more", text);
    if (!bare && duration_parse(text, &rotation->period_us, NULL))
        return rotation->period_us >= LEAST_CHUNK_US ||
               cli_fail(error, "--rotate: chunks of %s are too short; give 1s or more", text);
    return cli_fail(error, "--rotate: %s is neither a size (64M) nor a time (15m)", text);
}

gboolean recorder_rotate(const struct settings *settings, struct session_options *options, GError **error)
{
    guint64 keep = 0;
    if (!settings->rotate)
        return !settings->keep || cli_fail(error, "--keep: needs --rotate SIZE|TIME");
    if (settings->keep && !g_ascii_string_to_unsigned(settings->keep, 10, 1, MOST_CHUNKS, &keep, NULL))
        return cli_fail(error, "--keep: %s is no number of chunks (1 to %d)", settings->keep, MOST_CHUNKS);
    if (options->flight)
        return cli_fail(error, "--rotate: a flight recorder has no chunks; leave out one of the two");
    if (options->stream_alone)
        return cli_fail(error, "--rotate: needs a folder for the chunks; give --trace-dir DIR too");
    options->rotation.keep = (unsigned)keep;
    return parse_rotation(settings->rotate, &options->rotation, error);
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
