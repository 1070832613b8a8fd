/* SPDX-License-Identifier: MIT */

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

/* A thread of LTTng's without a daemon sleeps for some seconds before it looks again, or waits on a futex in
 * /dev/shm until a daemon tells it to: one in another /dev/shm, a container's, does not. The sleep ends as if its
 * time had come, the other wait as if it had been told; whoever waits for something else looks again. */
static gboolean choose_end(enum arch_wait wait, enum arch_resume *ret_resume)
{
    *ret_resume = wait == WAIT_LOCK ? RESUME_WITH_EAGAIN : RESUME_WITH_NOTHING;
    return wait == WAIT_SLEEP || wait == WAIT_LOCK;
}

static void end_wait(const struct attach_target *target, pid_t thread)
{
    enum arch_resume resume;
    struct arch_registers registers;
    struct tracee tracee;
    if (!tracee_seize(&tracee, thread, target->memory, NULL))
        return;
    if (tracee_stop(&tracee, STOP_US, NULL) && tracee_get_registers(&tracee, &registers) &&
        choose_end(arch_native->waits(&registers), &resume)) {
        arch_native->settle(&registers, resume);
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
            end_wait(target, (pid_t)g_ascii_strtoll(thread, NULL, 10));
}
