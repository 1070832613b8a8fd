/* SPDX-License-Identifier: MIT */
#include "cli/attach/target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/attach/arch.h"
#include "cli/attach/elf_file.h"
#include "cli/attach/python.h"
#include "cli/error.h"
#include "preload/control.h"

static gboolean same_inode(const char *path, ino_t inode)
{
    struct stat found;
    return stat(path, &found) == 0 && found.st_ino == inode;
}

/* Opens the very file that is mapped, whatever lies at its path by now. Only the privileged may do so directly;
 * the path is as seen from our root, or from the target's where that is out of our sight. */
static struct elf_file *open_mapped(struct attach_target *target, const struct proc_mapping *mapping)
{
    g_autofree char *exact = g_strdup_printf("/proc/%d/map_files/%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x",
                                             (int)target->pid, mapping->start, mapping->end);
    g_autofree char *theirs = proc_path(target->pid, mapping->path);
    struct elf_file *file = elf_file_open(exact, NULL);
    if (!file && same_inode(theirs, mapping->inode))
        file = elf_file_open(theirs, NULL);
    if (!file && same_inode(mapping->path, mapping->inode))
        file = elf_file_open(mapping->path, NULL);
    if (!file && !target->stale)
        target->stale = g_strdup(mapping->path);
    return file;
}

const struct proc_mapping *target_mapping(const struct attach_target *target, const char *part)
{
    for (guint index = 0; target->mappings && index < target->mappings->len; index++) {
        const struct proc_mapping *mapping = &g_array_index(target->mappings, struct proc_mapping, index);
        const char *slash = strrchr(mapping->path, '/');
        if (slash && strstr(slash, part))
            return mapping;
    }
    return NULL;
}

/* The first mapping of the file, which tells where it was loaded. */
static const struct proc_mapping *first_mapping(const struct attach_target *target, const char *path)
{
    for (guint index = 0; index < target->mappings->len; index++) {
        const struct proc_mapping *mapping = &g_array_index(target->mappings, struct proc_mapping, index);
        if (strcmp(mapping->path, path) == 0)
            return mapping;
    }
    return NULL;
}

static gboolean look_for_python(struct attach_target *target, const struct proc_mapping *mapping, gboolean shared)
{
    ELF_FILE_AUTO file = open_mapped(target, mapping);
    guint64 bias;
    if (!file || !elf_file_bias(file, mapping->start, mapping->offset, &bias))
        return FALSE;
    if (!python_inspect(file, bias, target->memory, &target->python))
        return FALSE;
    target->python.file = g_strdup(mapping->path);
    target->python.shared = shared;
    return TRUE;
}

/* The executable itself (also one that embeds a static Python), else a library called libpython. */
static void find_python(struct attach_target *target)
{
    const struct proc_mapping *mapping = first_mapping(target, target->executable);
    target->is_python = mapping && look_for_python(target, mapping, FALSE);
    mapping = target->is_python ? NULL : target_mapping(target, "libpython");
    if (mapping)
        target->is_python = look_for_python(target, mapping, TRUE);
}

static guint64 code_in_vdso(const struct attach_target *target, const struct elf_pattern *patterns)
{
    for (guint index = 0; index < target->mappings->len; index++) {
        const struct proc_mapping *mapping = &g_array_index(target->mappings, struct proc_mapping, index);
        if (strcmp(mapping->path, "[vdso]") != 0)
            continue;
        gsize size = mapping->end - mapping->start;
        g_autofree guint8 *code = g_malloc(size);
        if (pread(target->memory, code, size, (off_t)mapping->start) != (ssize_t)size)
            return 0;
        gsize found = elf_pattern_search(code, size, patterns, arch_native->code_step);
        return found < size ? mapping->start + found : 0;
    }
    return 0;
}

static void find_code(struct attach_target *target)
{
    const struct proc_mapping *mapping = target_mapping(target, "libc.so.6");
    if (!mapping)
        mapping = target_mapping(target, "libc-2.");
    if (!mapping || !arch_native)
        return;
    target->libc = g_strdup(mapping->path);
    ELF_FILE_AUTO file = open_mapped(target, mapping);
    guint64 bias;
    if (!file || !elf_file_bias(file, mapping->start, mapping->offset, &bias))
        return;
    guint64 sigreturn = elf_file_code(file, arch_native->sigreturn_code, arch_native->code_step);
    guint64 call = elf_file_code(file, arch_native->syscall_code, arch_native->code_step);
    target->code.sigreturn = sigreturn ? bias + sigreturn : code_in_vdso(target, arch_native->sigreturn_code);
    target->code.syscall = call ? bias + call : code_in_vdso(target, arch_native->syscall_code);
}

static guint64 read_pointer(const struct attach_target *target, guint64 symbol, guint64 bias)
{
    guint64 pointer = 0;
    return symbol && pread(target->memory, &pointer, sizeof pointer, (off_t)(bias + symbol)) == sizeof pointer
               ? pointer
               : 0;
}

static void find_agent(struct attach_target *target)
{
    const struct proc_mapping *mapping = target_mapping(target, CONTROL_AGENT_LIBRARY);
    ELF_FILE_AUTO file = mapping ? open_mapped(target, mapping) : NULL;
    guint64 bias;
    target->agent = mapping != NULL;
    if (!file || !elf_file_bias(file, mapping->start, mapping->offset, &bias))
        return;
    target->enabled = read_pointer(target, elf_file_symbol(file, CONTROL_AGENT_ENABLED), bias);
    target->may_wait = read_pointer(target, elf_file_symbol(file, CONTROL_AGENT_MAY_WAIT), bias);
    target->joint = read_pointer(target, elf_file_symbol(file, CONTROL_AGENT_JOINT), bias);
    target->sequence = read_pointer(target, elf_file_symbol(file, CONTROL_AGENT_SEQUENCE), bias);
    target->telling = read_pointer(target, elf_file_symbol(file, CONTROL_AGENT_TELLING), bias);
}

void attach_inspect_agent(struct attach_target *target)
{
    GArray *mappings = proc_mappings_read(target->pid, NULL);
    if (!mappings)
        return;
    g_array_unref(target->mappings);
    target->mappings = mappings;
    find_agent(target);
}

static guint32 read_number(const struct attach_target *target, guint64 address)
{
    guint32 number = 0;
    return address && pread(target->memory, &number, sizeof number, (off_t)address) == sizeof number ? number : 0;
}

gboolean attach_agent_enabled(const struct attach_target *target)
{
    return read_number(target, target->enabled) != 0;
}

gboolean attach_agent_may_wait(const struct attach_target *target)
{
    return read_number(target, target->may_wait) != 0;
}

gboolean attach_agent_is_joint(const struct attach_target *target)
{
    return read_number(target, target->joint) != 0;
}

guint32 attach_agent_sequence(const struct attach_target *target)
{
    return read_number(target, target->sequence);
}

guint32 attach_agent_telling(const struct attach_target *target)
{
    return read_number(target, target->telling);
}

static void find_executable(struct attach_target *target)
{
    g_autofree char *link = g_strdup_printf("/proc/%d/exe", (int)target->pid);
    char *path = g_file_read_link(link, NULL);
    target->executable = path ? path : g_strdup("");
    ELF_FILE_AUTO file = elf_file_open(link, NULL);
    target->machine = file ? elf_file_machine(file) : EM_NONE;
}

/* To open it for writing asks exactly what ptrace asks. */
static void open_memory(struct attach_target *target)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/mem", (int)target->pid);
    target->memory = open(path, O_RDWR | O_CLOEXEC);
    target->memory_errno = target->memory < 0 ? errno : 0;
}

gboolean attach_inspect(pid_t pid, struct attach_target **ret_target, GError **error)
{
    ATTACH_TARGET_AUTO target = g_new0(struct attach_target, 1);
    target->pid = pid;
    target->memory = -1;
    if (pid <= 0 || !proc_status_read(pid, &target->status, NULL))
        return cli_fail(error,
                        "%d: there is no such process; give the PID that it has here, outside of any container",
                        (int)pid);
    find_executable(target);
    open_memory(target);
    target->mappings = proc_mappings_read(pid, NULL);
    if (target->memory >= 0 && target->mappings && target->machine) {
        find_python(target);
        find_code(target);
        target->libuv = target_mapping(target, "uvloop") || target_mapping(target, "libuv");
        target->entry = target_mapping(target, CONTROL_ENTRY_LIBRARY) != NULL;
        find_agent(target);
    }
    *ret_target = g_steal_pointer(&target);
    return TRUE;
}

void attach_target_free(struct attach_target *target)
{
    if (!target)
        return;
    if (target->memory >= 0)
        close(target->memory);
    if (target->mappings)
        g_array_unref(target->mappings);
    g_free(target->executable);
    g_free(target->python.file);
    g_free(target->libc);
    g_free(target->stale);
    g_free(target);
}

char *attach_target_name(const struct attach_target *target)
{
    return g_strdup_printf("%s (pid %d)", target->status.name, (int)target->pid);
}

char *target_python_version(const struct target_python *python)
{
    return g_strdup_printf("%u.%u.%u", python->version >> 24, python->version >> 16 & 255,
                           python->version >> 8 & 255);
}
