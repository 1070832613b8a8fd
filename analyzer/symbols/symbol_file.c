/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/symbol_file.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_FOLDER "/usr/lib/debug"
/* Of GNU's own ids 40 digits; shorter than this none names a file. */
#define LEAST_DIGITS 4u

/* A search under way: what the best candidate so far lacked. */
struct search {
    const char *path, *build_id;
    enum symbol_file_trouble trouble;
};

static char *build_id_of(Elf *elf)
{
    const void *bytes = NULL;
    const ssize_t count = dwelf_elf_gnu_build_id(elf, &bytes);
    GString *text = g_string_new(NULL);
    for (ssize_t i = 0; i < count; i++)
        g_string_append_printf(text, "%02x", ((const unsigned char *)bytes)[i]);
    return g_string_free(text, FALSE);
}

/* A name from a trace may lead anywhere: a pipe must not hold us. */
static int open_regular(const char *path)
{
    struct stat status;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
        return fd;
    close(fd);
    return -1;
}

static enum symbol_file_trouble look(const struct search *search, const char *file)
{
    const int fd = open_regular(file);
    if (fd < 0)
        return access(file, F_OK) == 0 ? SYMBOL_FILE_UNREADABLE : SYMBOL_FILE_ABSENT;
    enum symbol_file_trouble trouble = SYMBOL_FILE_UNREADABLE;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    if (elf && elf_kind(elf) == ELF_K_ELF) {
        g_autofree char *build_id = build_id_of(elf);
        const bool same = !search->build_id || strcmp(build_id, search->build_id) == 0;
        trouble = same ? SYMBOL_FILE_FOUND : SYMBOL_FILE_OTHER_BUILD;
    }
    elf_end(elf);
    close(fd);
    return trouble;
}

/* Takes file over: returns it when it is the one. */
static char *try_file(struct search *search, char *file)
{
    const enum symbol_file_trouble trouble = look(search, file);
    if (trouble == SYMBOL_FILE_FOUND)
        return file;
    if (search->trouble == SYMBOL_FILE_ABSENT)
        search->trouble = trouble;
    g_free(file);
    return NULL;
}

static bool is_hexadecimal(const char *text)
{
    return text && strlen(text) >= LEAST_DIGITS && strspn(text, "0123456789abcdef") == strlen(text);
}

static char *try_by_build_id(struct search *search, const char *folder)
{
    static const char *const endings[] = {"", ".debug"};
    char *found = NULL;
    for (size_t i = 0; is_hexadecimal(search->build_id) && i < G_N_ELEMENTS(endings) && !found; i++)
        found = try_file(search, g_strdup_printf("%s/.build-id/%.2s/%s%s", folder, search->build_id,
                                                 search->build_id + 2, endings[i]));
    return found;
}

static char *try_folder(struct search *search, const char *folder)
{
    g_autofree char *name = g_path_get_basename(search->path);
    char *found = try_by_build_id(search, folder);
    if (!found)
        found = try_file(search, g_build_filename(folder, search->path, NULL));
    if (!found)
        found = try_file(search, g_build_filename(folder, name, NULL));
    return found;
}

char *symbol_file_find(const char *path, const char *build_id, const GPtrArray *folders,
                       enum symbol_file_trouble *ret_trouble)
{
    struct search search = {path, build_id, SYMBOL_FILE_ABSENT};
    char *found = NULL;
    for (guint i = 0; i < folders->len && !found; i++)
        found = try_folder(&search, g_ptr_array_index(folders, i));
    if (!found && g_path_is_absolute(path))
        found = try_file(&search, g_strdup(path));
    if (!found)
        found = try_by_build_id(&search, SYSTEM_FOLDER);
    *ret_trouble = found ? SYMBOL_FILE_FOUND : search.trouble;
    return found;
}
