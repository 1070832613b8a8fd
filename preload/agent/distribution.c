/* SPDX-License-Identifier: MIT */
#include "preload/agent/distribution.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <string.h>

#include "preload/agent/emit.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/python_api.h"

#define VERSION_BYTES 64u
/* More than there are providers. */
#define DISTRIBUTIONS 32u

/* Folders and files that describe an installed distribution: NAME-VERSION, then one of these. */
static const char *const suffixes[] = {".dist-info", ".egg-info"};

/* The folder that the package lies in. */
static bool find_location(const char *name, char *location, size_t size)
{
    PyObject *module = py_module(name);
    char *slash;

    py_text_attribute(module, "__file__", location, size);
    slash = strrchr(location, '/');
    if (!slash)
        return false;
    *slash = '\0';
    /* a package's __file__ is its __init__; a single module's is the module itself */
    if (!strncmp(slash + 1, "__init__.", 9))
        slash = strrchr(location, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

static char normal(char c)
{
    return c == '-' || c == '.' ? '_' : (char)tolower((unsigned char)c);
}

/* Whether `entry` is NAME-VERSION.dist-info of this name; then copies the version. */
static bool read_version(const char *entry, const char *name, char *version, size_t size)
{
    size_t length = strlen(name), end = strlen(entry);

    for (size_t i = 0; i < length; i++)
        if (normal(entry[i]) != normal(name[i]))
            return false;
    if (entry[length] != '-')
        return false;
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        size_t tail = strlen(suffixes[i]);

        if (end <= length + 1 + tail || strcmp(entry + end - tail, suffixes[i]))
            continue;
        end -= tail + length + 1;
        if (end >= size)
            return false;
        memcpy(version, entry + length + 1, end);
        version[end] = '\0';
        version[strcspn(version, "-")] = '\0';
        return true;
    }
    return false;
}

static bool find_version(const char *location, const char *name, char *version, size_t size)
{
    DIR *folder = opendir(location);
    bool found = false;

    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry && !found; entry = readdir(folder))
        found = read_version(entry->d_name, name, version, size);
    if (folder)
        closedir(folder);
    return found;
}

/* What was found: folders are read once, however often they are announced. */
static struct {
    const char *module; /* whose text lives for ever */
    char *version, *location;
} found[DISTRIBUTIONS] OF_INTERPRETER;

static void emit(size_t number, bool statedump)
{
    struct st_package event = {.statedump = statedump,
                               .name = found[number].module,
                               .version = found[number].version,
                               .location = found[number].location};

    if (event.version && event.location)
        emit_package(&event);
}

void distribution_announce(const char *module, bool statedump)
{
    char location[PATH_MAX], version[VERSION_BYTES];
    size_t number = 0;

    while (number < DISTRIBUTIONS && found[number].module && found[number].module != module)
        number++;
    if (number == DISTRIBUTIONS)
        return;
    if (!found[number].module && find_location(module, location, sizeof(location)) &&
        find_version(location, module, version, sizeof(version))) {
        found[number].version = strdup(version);
        found[number].location = strdup(location);
    }
    found[number].module = module;
    emit(number, statedump);
}
