/* SPDX-License-Identifier: MIT */
#include "cli/session/rotation.h"

#include <lttng/lttng.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/session/folder.h"

#define ARCHIVES "archives"
#define SETTLE_US (4 * G_USEC_PER_SEC)
#define SETTLE_STEP_US 5000

static bool is_wanted(const struct rotation *rotation)
{
    return rotation->options.bytes || rotation->options.period_us;
}

/* ---- when ---- */

static uint64_t bytes_below(const char *folder)
{
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    uint64_t bytes = 0;
    for (const char *name; entries && (name = g_dir_read_name(entries));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat status;
        if (g_str_equal(name, ARCHIVES) || lstat(path, &status) != 0)
            continue;
        bytes += S_ISDIR(status.st_mode) ? bytes_below(path) : (uint64_t)status.st_size;
    }
    return bytes;
}

static bool is_due(const struct rotation *rotation)
{
    const struct rotation_options *options = &rotation->options;
    if (options->period_us && g_get_monotonic_time() >= rotation->began_us + options->period_us)
        return true;
    return options->bytes && bytes_below(rotation->outside) >= options->bytes;
}

/* ---- chunks ---- */

#define TIME_OF_LTTNG "\\d{8}T\\d{6}[+-]\\d{4}"

/* What else somebody put there is not ours to remove. */
static bool is_chunk(const char *name)
{
    return g_regex_match_simple("^" TIME_OF_LTTNG "-" TIME_OF_LTTNG "-\\d+$", name, 0, 0);
}

/* LTTng names them BEGIN-END-NUMBER, and counts them; several may begin and end in the same second. */
static guint64 number_of(const char *chunk)
{
    const char *end = strrchr(chunk, '-');
    return end ? g_ascii_strtoull(end + 1, NULL, 10) : 0;
}

static gint by_age(gconstpointer a, gconstpointer b)
{
    const char *one = *(char *const *)a, *other = *(char *const *)b;
    const guint64 first = number_of(one), second = number_of(other);
    return first != second ? (first > second) - (first < second) : strcmp(one, other);
}

static void remove_oldest(const struct rotation *rotation)
{
    g_autofree char *archives = g_build_filename(rotation->outside, ARCHIVES, NULL);
    g_autoptr(GDir) entries = rotation->options.keep ? g_dir_open(archives, 0, NULL) : NULL;
    g_autoptr(GPtrArray) chunks = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; entries && (name = g_dir_read_name(entries));)
        if (is_chunk(name))
            g_ptr_array_add(chunks, g_build_filename(archives, name, NULL));
    g_ptr_array_sort(chunks, by_age);
    for (guint i = 0; i + rotation->options.keep < chunks->len; i++)
        folder_remove(chunks->pdata[i]);
}

static bool is_pending(struct rotation *rotation)
{
    enum lttng_rotation_state state;
    if (!rotation->pending)
        return false;
    if (lttng_rotation_handle_get_state(rotation->pending, &state) == LTTNG_ROTATION_STATUS_OK &&
        state == LTTNG_ROTATION_STATE_ONGOING)
        return true;
    lttng_rotation_handle_destroy(rotation->pending);
    rotation->pending = NULL;
    remove_oldest(rotation);
    return false;
}

static void begin_chunk(struct rotation *rotation)
{
    rotation->began_us = g_get_monotonic_time();
    if (lttng_rotate_session(recording_name(rotation->recording), NULL, &rotation->pending) < 0)
        rotation->pending = NULL;
    else if (rotation->control)
        control_file_announce(rotation->control, 0);
}

void rotation_look(struct rotation *rotation)
{
    if (!is_wanted(rotation) || is_pending(rotation))
        return;
    if (!rotation->began_us)
        rotation->began_us = g_get_monotonic_time();
    if (is_due(rotation))
        begin_chunk(rotation);
}

void rotation_settle(struct rotation *rotation)
{
    const gint64 until = g_get_monotonic_time() + SETTLE_US;
    while (is_pending(rotation) && g_get_monotonic_time() < until)
        g_usleep(SETTLE_STEP_US);
}
