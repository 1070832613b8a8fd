/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/source.h"

#include <errno.h>
#include <unistd.h>

static const struct source_ops *const sources[] = {&babeltrace_source, &text_source};

G_DEFINE_QUARK(scopetrace - source - error, source_error)

void source_note(struct source_notes *notes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(notes->damage, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

gboolean source_is_url(const char *path)
{
    return live_source.recognizes(path);
}

static const struct source_ops *source_for(const char *path, GError **error)
{
    if (source_is_url(path))
        return &live_source;
    if (access(path, R_OK) != 0) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "cannot read %s: %s", path,
                    g_strerror(errno));
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
        if (sources[i]->recognizes(path))
            return sources[i];
    g_set_error(
        error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
        "cannot read %s: it is neither a folder with an LTTng trace nor a file of text events; give the folder "
        "of a trace, or a core file to scopetrace recover --core",
        path);
    return NULL;
}

gboolean source_read(const char *const *paths, event_handler handler, void *context, struct source_notes *notes,
                     GError **error)
{
    const struct source_ops *source = source_for(paths[0], error);
    for (const char *const *path = paths + 1; source && *path; path++) {
        const struct source_ops *other = source_for(*path, error);
        if (other && other != source) {
            g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
                        "cannot read %s (%s) together with %s (%s): analyze them one by one", paths[0],
                        source->name, *path, other->name);
            return FALSE;
        }
        source = other;
    }
    return source && source->read(paths, handler, context, notes, error);
}
