/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/ctf_repair.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "analyzer/sources/ctf_packets.h"

static bool copy_bytes(int source, int target, uint64_t size)
{
    while (size > 0) {
        ssize_t copied = sendfile(target, source, NULL, MIN(size, (uint64_t)1 << 30));
        if (copied <= 0)
            return false;
        size -= (uint64_t)copied;
    }
    return true;
}

/* Copies the whole packets and what there is of the one after. Returns how many bytes can be read, 0: none. */
static uint64_t copy_sound_part(const char *from, const char *to, uint64_t whole, uint64_t size)
{
    uint64_t sound = 0;
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (source >= 0 && target >= 0 && copy_bytes(source, target, size))
        sound = ctf_stream_end_packet(target, whole, size) ? size : whole;
    if (sound < size && target >= 0 && ftruncate(target, (off_t)sound) != 0)
        sound = 0;
    if (source >= 0)
        close(source);
    if (target >= 0)
        close(target);
    if (sound == 0)
        unlink(to);
    return sound;
}

/* Whether the stream, or a part of it, is in the twin. */
static bool take_stream(const char *from, const char *to, GPtrArray *damage)
{
    uint64_t whole = 0, size = 0;
    if (!ctf_stream_measure(from, &whole, &size) || size == 0)
        return false;
    if (whole == size)
        return symlink(from, to) == 0;
    uint64_t sound = copy_sound_part(from, to, whole, size);
    const char *trouble = sound == size ? "is cut short: its end is missing"
                          : sound       ? "is damaged: only its beginning can be read"
                                        : "is left out: it is no stream of a trace";
    g_ptr_array_add(damage, g_strdup_printf("%s %s", from, trouble));
    return sound > 0;
}

static bool is_stream(const char *name, const char *path)
{
    return name[0] != '.' && g_strcmp0(name, "metadata") != 0 && g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

gboolean ctf_is_sound(const char *folder)
{
    bool sound = true;
    GDir *files = g_dir_open(folder, 0, NULL);
    const char *name;
    while (files && sound && (name = g_dir_read_name(files))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        uint64_t whole = 0, size = 0;
        if (is_stream(name, path))
            sound = ctf_stream_measure(path, &whole, &size) && whole == size;
    }
    if (files)
        g_dir_close(files);
    return sound;
}

static unsigned take_streams(const char *folder, const char *twin, GPtrArray *damage)
{
    unsigned taken = 0;
    GDir *files = g_dir_open(folder, 0, NULL);
    const char *name;
    while (files && (name = g_dir_read_name(files))) {
        g_autofree char *from = g_build_filename(folder, name, NULL);
        g_autofree char *to = g_build_filename(twin, name, NULL);
        if (is_stream(name, from) && take_stream(from, to, damage))
            taken++;
    }
    if (files)
        g_dir_close(files);
    return taken;
}

char *ctf_repair(const char *folder, const char *where, GPtrArray *damage)
{
    char *twin = g_build_filename(where ? where : g_get_tmp_dir(), "scopetrace-repair-XXXXXX", NULL);
    if (!g_mkdtemp(twin)) {
        g_free(twin);
        return NULL;
    }
    g_autofree char *from = g_build_filename(folder, "metadata", NULL);
    g_autofree char *to = g_build_filename(twin, "metadata", NULL);
    if (symlink(from, to) == 0 && take_streams(folder, twin, damage) > 0)
        return twin;
    ctf_repair_remove(twin);
    return NULL;
}

/* A stream whose name begins with a dot is none to the library. */
static void rename_stream(const char *twin, const char *from_prefix, const char *to_prefix, const char *name)
{
    g_autofree char *from = g_strconcat(twin, "/", from_prefix, name, NULL);
    g_autofree char *to = g_strconcat(twin, "/", to_prefix, name, NULL);
    g_rename(from, to);
}

static GPtrArray *stream_names(const char *twin)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *files = g_dir_open(twin, 0, NULL);
    const char *name;
    while (files && (name = g_dir_read_name(files)))
        if (name[0] != '.' && g_strcmp0(name, "metadata") != 0)
            g_ptr_array_add(names, g_strdup(name));
    if (files)
        g_dir_close(files);
    return names;
}

gboolean ctf_repair_sift(const char *twin, const char *folder,
                         gboolean (*is_readable)(void *context, const char *folder), void *context,
                         GPtrArray *damage)
{
    g_autoptr(GPtrArray) names = stream_names(twin);
    g_autoptr(GPtrArray) good = g_ptr_array_new();
    for (guint i = 0; i < names->len; i++)
        rename_stream(twin, "", ".", g_ptr_array_index(names, i));
    if (!is_readable(context, twin))
        return FALSE;
    for (guint i = 0; i < names->len; i++) {
        char *name = g_ptr_array_index(names, i);
        rename_stream(twin, ".", "", name);
        if (is_readable(context, twin))
            g_ptr_array_add(good, name);
        else
            g_ptr_array_add(damage, g_strdup_printf("%s/%s is left out: it is damaged", folder, name));
        rename_stream(twin, "", ".", name);
    }
    for (guint i = 0; i < good->len; i++)
        rename_stream(twin, ".", "", g_ptr_array_index(good, i));
    return good->len > 0;
}

void ctf_repair_remove(char *twin)
{
    if (!twin)
        return;
    GDir *files = g_dir_open(twin, 0, NULL);
    const char *name;
    while (files && (name = g_dir_read_name(files))) {
        g_autofree char *path = g_build_filename(twin, name, NULL);
        g_unlink(path);
    }
    if (files)
        g_dir_close(files);
    g_rmdir(twin);
    g_free(twin);
}
