/* SPDX-License-Identifier: MIT */
#include "cli/session/control_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/error.h"

/* What lttng_ust waits for a daemon that accepts but does not answer; its default. */
#define REGISTER_TIMEOUT_MS 3000
#define NAMED_PROCESSES 8
/* An announcement goes piece by piece, so that no loop has to wait for it. */
#define WAITS_AT_MOST 30

struct control_file {
    struct control *shared;
    int fd;
};

/* Blocks are reserved now, whether or not they are there: a full disk must not become a SIGBUS in the program. */
static struct control *map_file(const char *path, int flags, int *ret_fd)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
    if (fd < 0)
        return MAP_FAILED;
    struct control *shared = MAP_FAILED;
    const int refused = posix_fallocate(fd, 0, sizeof *shared);
    if (refused == 0)
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const int cause = refused ? refused : errno;
    *ret_fd = fd;
    if (shared == MAP_FAILED)
        close(fd);
    errno = cause;
    return shared;
}

static struct control_file *file_new(struct control *shared, int fd)
{
    struct control_file *file = g_new(struct control_file, 1);
    *file = (struct control_file){shared, fd};
    return file;
}

/* A traced program may have cut it short: what is mapped behind the end of a file ends who touches it. */
static void mend(const struct control_file *file)
{
    struct stat status;
    if (fstat(file->fd, &status) != 0 || status.st_size >= (off_t)sizeof *file->shared)
        return;
    if (posix_fallocate(file->fd, 0, sizeof *file->shared) != 0 && ftruncate(file->fd, sizeof *file->shared) != 0)
        return;
}

static struct control_file *wrap(struct control *shared, int fd, const char *path, const char *what,
                                 GError **error)
{
    if (shared == MAP_FAILED) {
        cli_fail(error, "%s: cannot be %s: %s; free some space or point TMPDIR elsewhere", path, what,
                 g_strerror(errno));
        return NULL;
    }
    return file_new(shared, fd);
}

struct control_file *control_file_create(const char *path, GError **error)
{
    int fd = -1;
    struct control *shared = map_file(path, O_CREAT | O_EXCL, &fd);
    struct control_file *file = wrap(shared, fd, path, "made", error);
    if (!file)
        return NULL;
    file->shared->magic = CONTROL_MAGIC;
    file->shared->version = CONTROL_VERSION;
    file->shared->register_timeout_ms = REGISTER_TIMEOUT_MS;
    return file;
}

struct control_file *control_file_open(const char *path, GError **error)
{
    int fd = -1;
    struct control *shared = map_file(path, 0, &fd);
    return wrap(shared, fd, path, "used", error);
}

void control_file_configure(struct control_file *file, const struct control_file_settings *settings)
{
    struct control *shared = file->shared;
    shared->flags = settings->flags;
    g_strlcpy(shared->lttng_home, settings->lttng_home, sizeof shared->lttng_home);
    g_strlcpy(shared->lttng_app_path, settings->lttng_app_path, sizeof shared->lttng_app_path);
    if (settings->classes)
        shared->classes = *settings->classes;
    shared->ring.bytes = settings->ring_bytes;
    for (int i = 0; i < CONTROL_CONDITIONS; i++)
        shared->alarms[i].least = settings->alarms[i];
}

struct control_file *control_file_map(int others)
{
    struct stat status;
    if (fstat(others, &status) != 0 || status.st_size < (off_t)sizeof(struct control))
        return NULL;
    const int fd = fcntl(others, F_DUPFD_CLOEXEC, 0);
    struct control *shared =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared != MAP_FAILED)
        return file_new(shared, fd);
    if (fd >= 0)
        close(fd);
    return NULL;
}

void control_file_free(struct control_file *file)
{
    if (!file)
        return;
    munmap(file->shared, sizeof *file->shared);
    close(file->fd);
    g_free(file);
}

gboolean control_file_process(const struct control_file *file, uint32_t pid, struct control_process *ret_process)
{
    mend(file);
    for (size_t i = 0; i < CONTROL_PROCESSES; i++) {
        struct control_process process = file->shared->processes[i];
        if (process.pid != pid)
            continue;
        process.state = __atomic_load_n(&file->shared->processes[i].state, __ATOMIC_ACQUIRE);
        memcpy(process.note, file->shared->processes[i].note, sizeof process.note);
        process.note[sizeof process.note - 1] = '\0';
        *ret_process = process;
        return TRUE;
    }
    return FALSE;
}

void control_file_forget(struct control_file *file, uint32_t pid)
{
    mend(file);
    for (size_t i = 0; i < CONTROL_PROCESSES; i++)
        if (file->shared->processes[i].pid == pid)
            __atomic_store_n(&file->shared->processes[i].state, CONTROL_UNUSED, __ATOMIC_RELEASE);
}

/* The letter of its state in /proc; 0: there is no such process. */
static char process_state(uint32_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%u/stat", pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    /* The name, in parentheses, may hold anything: the state follows its last one. */
    const char *end = strrchr(text, ')');
    return end && end[1] == ' ' ? end[2] : '\0';
}

/* Running, not a zombie that nobody has waited for yet. */
static bool process_runs(uint32_t pid)
{
    const char state = process_state(pid);
    return state && !strchr("ZXx", state);
}

uint32_t control_file_running(const struct control_file *file)
{
    mend(file);
    for (size_t i = 0; i < CONTROL_PROCESSES && file->shared->processes[i].pid; i++) {
        const struct control_process *process = &file->shared->processes[i];
        if (process->state == CONTROL_TRACED && process_runs(process->pid))
            return process->pid;
    }
    return 0;
}

static struct control_answers count_answers(const struct control_file *file, uint32_t epoch)
{
    struct control_answers answers = {.silent = 0};
    mend(file);
    for (size_t i = 0; i < CONTROL_PROCESSES && file->shared->processes[i].pid; i++) {
        const struct control_process *process = &file->shared->processes[i];
        if (process->state != CONTROL_TRACED || !process_runs(process->pid))
            continue;
        if (__atomic_load_n(&process->answered, __ATOMIC_ACQUIRE) == epoch) {
            answers.bytes += process->announced;
            continue;
        }
        answers.silent++;
        answers.pid = process->pid;
    }
    return answers;
}

/* Changes while any of them is at it. */
static uint64_t sum_of_progress(const struct control_file *file)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < CONTROL_PROCESSES && file->shared->processes[i].pid; i++)
        sum += __atomic_load_n(&file->shared->processes[i].announced, __ATOMIC_RELAXED);
    return sum;
}

/* Whether anything has changed, or may: on a machine that has too much to do it takes long until one who wants to
 * answer gets there. */
static bool is_at_work(const struct control_file *file, const struct control_answers *answers, uint64_t *progress)
{
    const uint64_t before = *progress;
    *progress = sum_of_progress(file);
    return *progress != before || process_state(answers->pid) == 'R';
}

struct control_answers control_file_announce(struct control_file *file, unsigned milliseconds)
{
    mend(file);
    const uint32_t epoch = __atomic_add_fetch(&file->shared->epoch, 1, __ATOMIC_RELEASE);
    const gint64 patience_us = (gint64)milliseconds * 1000, now = g_get_monotonic_time();
    const gint64 end = now + WAITS_AT_MOST * patience_us;
    gint64 until = now + patience_us;
    uint64_t progress = sum_of_progress(file);
    struct control_answers answers = count_answers(file, epoch);
    while (answers.silent && g_get_monotonic_time() < MIN(until, end)) {
        g_usleep(1000);
        if (is_at_work(file, &answers, &progress))
            until = g_get_monotonic_time() + patience_us;
        answers = count_answers(file, epoch);
    }
    return answers;
}

struct control_alarm control_file_alarm(const struct control_file *file, enum control_condition condition)
{
    const struct control_alarm *shared = &file->shared->alarms[condition];
    mend(file);
    struct control_alarm alarm = {.least = shared->least,
                                  .times = __atomic_load_n(&shared->times, __ATOMIC_ACQUIRE)};
    alarm.pid = __atomic_load_n(&shared->pid, __ATOMIC_RELAXED);
    return alarm;
}

static const char *cause_of(const struct control_process *process)
{
    static const char *const causes[] = {
        [CONTROL_LOADING] = "the agent was still being loaded when the process ended",
        [CONTROL_REFUSED] = "this interpreter cannot be traced",
        [CONTROL_NOT_ENABLED] =
            "LTTng did not enable it in time: it is another user's than the program was, the machine has too "
            "much to do, /dev/shm is full, or ulimit -v leaves LTTng too little memory",
    };
    if (process->state == CONTROL_NOT_ENABLED && process_runs(process->pid))
        return "it runs on, but the recording ended, with the program, before LTTng had enabled it";
    return causes[process->state];
}

static void add_untraced(struct control_census *census, const struct control_process *process)
{
    census->untraced++;
    if (census->untraced > NAMED_PROCESSES)
        return;
    g_autofree char *note = g_strndup(process->note, sizeof process->note);
    g_ptr_array_add(census->sentences, g_strdup_printf("process %u was not traced: %s", process->pid,
                                                       *note ? note : cause_of(process)));
}

void control_census_add_ended(struct control_census *census, const struct control_process *process,
                              bool shared_buffers)
{
    const struct control_ended ended = {process->pid, process->emitted};
    g_array_append_val(census->ended, ended);
    if (!process->inside_event)
        return;
    census->stalled = true;
    g_ptr_array_add(census->sentences,
                    g_strdup_printf("process %u died while it wrote an event: %s", process->pid,
                                    shared_buffers
                                        ? "what other processes wrote on the same CPU later may be missing "
                                          "(run with --buffers pid)"
                                        : "that one, and what it had written shortly before, may be missing"));
}

static void add_traced(struct control_census *census, const struct control_process *process, bool shared_buffers,
                       GString *alive)
{
    census->traced++;
    if (process_runs(process->pid)) {
        if (census->alive++ < NAMED_PROCESSES)
            g_string_append_printf(alive, "%s%u", alive->len ? ", " : "", process->pid);
        return;
    }
    control_census_add_ended(census, process, shared_buffers);
}

struct control_census control_file_census(const struct control_file *file, bool shared_buffers)
{
    struct control_census census = {.sentences = g_ptr_array_new_with_free_func(g_free),
                                    .ended = g_array_new(FALSE, FALSE, sizeof(struct control_ended))};
    g_autoptr(GString) alive = g_string_new(NULL);
    mend(file);
    for (size_t i = 0; i < CONTROL_PROCESSES; i++) {
        const struct control_process process = file->shared->processes[i];
        if (!process.pid)
            break;
        if (process.state == CONTROL_TRACED)
            add_traced(&census, &process, shared_buffers, alive);
        else if (process.state > CONTROL_UNUSED && process.state < CONTROL_TRACED)
            add_untraced(&census, &process);
    }
    if (census.untraced > NAMED_PROCESSES)
        g_ptr_array_add(census.sentences,
                        g_strdup_printf("%u more processes were not traced", census.untraced - NAMED_PROCESSES));
    if (census.alive)
        g_ptr_array_add(census.sentences,
                        g_strdup_printf("%u traced process%s still running (%s%s): the report ends here",
                                        census.alive, census.alive == 1 ? " is" : "es are", alive->str,
                                        census.alive > NAMED_PROCESSES ? ", …" : ""));
    return census;
}

void control_census_clear(struct control_census *census)
{
    g_clear_pointer(&census->sentences, g_ptr_array_unref);
    g_clear_pointer(&census->ended, g_array_unref);
}
