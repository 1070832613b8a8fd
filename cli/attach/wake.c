/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/attach/arch.h"
#include "cli/attach/inject.h"
#include "cli/attach/tracee.h"

enum { STOP_US = 100000 };

/* LTTng names its threads after the program, with this at the end. */
static gboolean is_lttngs(pid_t pid, const char *thread)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%s/comm", (int)pid, thread);
    g_autofree char *name = NULL;
    return g_file_get_contents(path, &name, NULL, NULL) && g_str_has_suffix(g_strchomp(name), "-ust");
}

/* Its sleep ends as if its time had come. */
static void end_sleep(const struct attach_target *target, pid_t thread)
{
    struct arch_registers registers;
    struct tracee tracee;
    if (!tracee_seize(&tracee, thread, target->memory, NULL))
        return;
    if (tracee_stop(&tracee, STOP_US, NULL) && tracee_get_registers(&tracee, &registers) &&
        arch_native->waits(&registers) == WAIT_SLEEP) {
        arch_native->settle(&registers, RESUME_WITH_NOTHING);
        tracee_set_registers(&tracee, &registers);
    }
    tracee_release(&tracee);
}

void attach_wake_lttng(const struct attach_target *target)
{
    g_autofree char *folder = g_strdup_printf("/proc/%d/task", (int)target->pid);
    g_autoptr(GDir) threads = g_dir_open(folder, 0, NULL);
    for (const char *thread; threads && (thread = g_dir_read_name(threads));)
        if (is_lttngs(target->pid, thread))
            end_sleep(target, (pid_t)g_ascii_strtoll(thread, NULL, 10));
}
