/* SPDX-License-Identifier: MIT */
#include "cli/attach/meeting.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/sources/abandoned.h"
#include "cli/error.h"
#include "cli/message.h"
#include "cli/session/folder.h"

#define PREFIX "scopetrace-attach-"
#define COMPLAINT_BYTES 1000

/* In this order: a folder that any user may write to. */
static const char *const places[] = {"/tmp", "/var/tmp", "/dev/shm"};

/* Its /tmp is ours. */
static gboolean shares_root(const struct attach_target *target)
{
    g_autofree char *root = proc_path(target->pid, "/");
    struct stat theirs, ours;
    return proc_same_namespace(target->pid, getpid(), "mnt") && stat(root, &theirs) == 0 &&
           stat("/", &ours) == 0 && theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

static gboolean choose_at(const struct attach_target *target, const char *place, struct meeting *meeting)
{
    g_autofree char *seen = proc_path(target->pid, place);
    if (access(seen, W_OK | X_OK) != 0)
        return FALSE;
    meeting->root = open(seen, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (meeting->root < 0)
        return FALSE;
    g_autofree char *name = abandoned_name(PREFIX);
    meeting->ours = g_strdup_printf("/proc/self/fd/%d/%s", meeting->root, name);
    /* the way through the target ends with it */
    meeting->litter = g_build_filename(shares_root(target) ? place : seen, name, NULL);
    meeting->theirs = g_build_filename(place, name, NULL);
    return TRUE;
}

static gboolean give(const char *path, const struct attach_target *target, GError **error)
{
    const struct proc_status *status = &target->status;
    if (geteuid() == status->uid || chown(path, status->uid, status->gid) == 0)
        return TRUE;
    return cli_fail(error, "%s: %s", path, g_strerror(errno));
}

gboolean meeting_choose(const struct attach_target *target, struct meeting *ret_meeting, GError **error)
{
    struct meeting meeting = {.lock = -1};
    for (gsize index = 0; index < G_N_ELEMENTS(places); index++)
        if (choose_at(target, places[index], &meeting)) {
            abandoned_sweep(meeting.root, PREFIX);
            *ret_meeting = meeting;
            return TRUE;
        }
    return cli_fail(error, "no folder can be made in its /tmp, /var/tmp or /dev/shm: %s", g_strerror(errno));
}

gboolean meeting_make(struct meeting *meeting, const struct attach_target *target, GError **error)
{
    if (mkdir(meeting->ours, 0700) != 0)
        return cli_fail(error, "%s: %s", meeting->theirs, g_strerror(errno));
    meeting->lock = abandoned_lock(meeting->ours);
    if (meeting->lock < 0)
        return cli_fail(error, "%s: cannot be locked: %s", meeting->theirs, g_strerror(errno));
    return give(meeting->ours, target, error);
}

gboolean meeting_give(const struct meeting *meeting, const struct attach_target *target, const char *file,
                      GError **error)
{
    g_autofree char *path = meeting_ours(meeting, file);
    return give(path, target, error);
}

char *meeting_ours(const struct meeting *meeting, const char *file)
{
    return g_strdup_printf("%s/%s", meeting->ours, file);
}

char *meeting_theirs(const struct meeting *meeting, const char *file)
{
    return g_strdup_printf("%s/%s", meeting->theirs, file);
}

char *meeting_read(const struct meeting *meeting, const char *file)
{
    g_autofree char *path = meeting_ours(meeting, file);
    char text[COMPLAINT_BYTES + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    ssize_t size = read(fd, text, COMPLAINT_BYTES);
    close(fd);
    if (size <= 0)
        return NULL;
    text[size] = '\0';
    return message_line(text);
}

void meeting_clear(struct meeting *meeting)
{
    if (!meeting->ours)
        return;
    folder_remove(meeting->ours);
    if (meeting->lock >= 0)
        close(meeting->lock);
    close(meeting->root);
    g_free(meeting->ours);
    g_free(meeting->litter);
    g_free(meeting->theirs);
    *meeting = (struct meeting){0};
}
