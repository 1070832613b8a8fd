/* SPDX-License-Identifier: MIT */
/*
 * The CTF source: a small sound trace, its first stream or its metadata damaged. libbabeltrace2 must live through
 * it, or be kept from seeing it.
 *
 * In this process, since a fork of one with ASan takes longer than all the rest. Where the library dies of its
 * input, the program ends with a status of its own and leaves the input in the file that DIED names: `run` has it
 * read once more under the guard (GUARDED), as the command reads, and goes on.
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "analyzer/sources/guard.h"
#include "analyzer/sources/source.h"
#include "tests/fuzz/damage.h"
#include "tests/fuzz/whole_report.h"
#include "tests/unit/support/ctf_writer.h"

extern int LLVMFuzzerInitialize(int *argc, char ***argv);
extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STATUS_LIBRARY_DIED = 88, PATIENCE_SECONDS = 5 };

static const struct ctf_trace_look look = {.host = "box", .uuid = 1};
static char *folder;
static GByteArray *sound[2]; /* of the files below */
static const char *const files[] = {"stream_0", "metadata"};

static void remove_folder(void)
{
    static const char *const all[] = {"stream_0", "stream_1", "metadata", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *path = g_build_filename(folder, all[i], NULL);
        g_remove(path);
    }
}

static void write_stream(const char *name, uint64_t first_ns, uint32_t first)
{
    struct ctf_writer *writer = ctf_writer_new(folder, name, &look);
    struct event events[] = {
        {.kind = EVENT_RUNTIME, .runtime = {.schema = 1, .python = "3.12.1", .host = "box", .reason = ""}},
        {.kind = EVENT_FRAME, .frame = {.frame = {1}, .line = 5, .file = "app.py", .function = "main"}},
        {.kind = EVENT_TASK_START, .task_start = {.task = {1}, .name = "Task-1", .coroutine = "main"}},
        {.kind = EVENT_SCOPE_ENTER, .scope_enter = {.entry = 1, .provider = {1}, .scope = {1}, .task = {1}}},
        {.kind = EVENT_TASK_CANCEL,
         .task_cancel = {.accepted = 1, .after = 1, .task = {1}, .native = &first_ns, .native_count = 1}},
        {.kind = EVENT_SCOPE_EXIT, .scope_exit = {.entry = 1, .scope = {1}, .task = {1}, .raised = "OSError"}},
        {.kind = EVENT_TASK_END, .task_end = {.how = TASK_FINISHED, .task = {1}, .counter = 1}},
    };
    for (uint32_t i = 0; i < G_N_ELEMENTS(events); i++) {
        events[i].time_ns = first_ns + 10 * i;
        events[i].pid = events[i].tid = 7;
        events[i].seq = first + 2 * i;
        ctf_writer_add(writer, &events[i]);
        if (i == 3)
            ctf_writer_end_packet(writer, 2);
    }
    ctf_writer_close(writer);
}

static GByteArray *read_file(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gchar *bytes;
    gsize length;
    if (!g_file_get_contents(path, &bytes, &length, NULL))
        abort();
    return g_byte_array_new_take((guint8 *)bytes, length);
}

/* ---- the library's death ---- */

static struct guard *guard;
static struct {
    const uint8_t *data;
    size_t size;
    uint64_t number;
} input;
static const char *died;
static struct sigaction libfuzzer[NSIG];

/* Where the library took all memory, ASan has none to prepare for a function that does not return. */
static __attribute__((no_sanitize("address"))) void end_if_the_library_died(void)
{
    if (!guard_is_inside(guard))
        return;
    int fd = died ? open(died, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd >= 0 && write(fd, input.data, input.size) == (ssize_t)input.size)
        close(fd);
    _exit(STATUS_LIBRARY_DIED);
}

/* Called by ASan. */
extern void __asan_on_error(void);

void __asan_on_error(void)
{
    end_if_the_library_died();
}

static void on_deadly(int signal, siginfo_t *info, void *context)
{
    end_if_the_library_died();
    if (libfuzzer[signal].sa_flags & SA_SIGINFO)
        libfuzzer[signal].sa_sigaction(signal, info, context);
    else
        abort();
}

/* Comes every PATIENCE_SECONDS of the processor's time. */
static void look_at_input(int signal)
{
    static uint64_t last;
    (void)signal;
    if (input.number == last)
        end_if_the_library_died();
    last = input.number;
}

/* Before the first input: libFuzzer has its own handlers by then. */
static void watch_the_library(void)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP};
    const struct sigaction action = {.sa_sigaction = on_deadly, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    const struct itimerval patience = {{PATIENCE_SECONDS, 0}, {PATIENCE_SECONDS, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(deadly); i++)
        sigaction(deadly[i], &action, &libfuzzer[deadly[i]]);
    died = g_getenv("DIED");
    signal(SIGPROF, look_at_input);
    setitimer(ITIMER_PROF, &patience, NULL);
}

/* ---- the trace ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    folder = g_dir_make_tmp("scopetrace-fuzz-XXXXXX", NULL);
    if (!folder)
        abort();
    atexit(remove_folder);
    ctf_write_metadata(folder, &look);
    write_stream("stream_0", 1000, 1);
    write_stream("stream_1", 1005, 2);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        sound[i] = read_file(files[i]);
    return 0;
}

static void write_file(const char *name, const GByteArray *bytes)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    damage_write(path, bytes);
}

static void read_trace(struct guard *by, uint8_t choices)
{
    struct source_notes notes = {
        .damage = g_ptr_array_new_with_free_func(g_free), .guard = by, .expect = whole_report_expect};
    g_autoptr(GError) error = NULL;
    struct analysis *analysis = whole_report_begin(choices);
    const char *const paths[] = {folder, NULL};
    source_read(paths, whole_report_feed, analysis, &notes, &error);
    whole_report_end(analysis, choices);
    g_ptr_array_unref(notes.damage);
}

/* No exit(): libFuzzer would take it for a crash. */
static int read_in_child(struct guard *by, void *choices)
{
    read_trace(by, *(uint8_t *)choices);
    _exit(0);
}

/* What the command does. */
static void read_guarded(uint8_t choices)
{
    struct guard *its = guard_new();
    const int status = guard_run(its, read_in_child, &choices);
    if (status != 0) {
        g_printerr("under the guard: %d\n", status);
        abort();
    }
    guard_free(its);
}

static void read_here(const uint8_t *data, size_t size)
{
    if (!guard) {
        guard = guard_new();
        watch_the_library();
    }
    input.data = data;
    input.size = size;
    input.number++;
    read_trace(guard, data[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t which = data[0] >> 7;
    static const uint64_t numbers[] = {0, 1, 8, 63, UINT32_MAX, UINT64_MAX, INT64_MAX, 1ull << 40};
    static const struct damage_values values = {numbers, G_N_ELEMENTS(numbers), 0};
    g_autoptr(GByteArray) bytes = damage(sound[which], &values, data + 1, size - 1);
    write_file(files[which], bytes);
    write_file(files[!which], sound[!which]);
    if (g_getenv("GUARDED"))
        read_guarded(data[0]);
    else
        read_here(data, size);
    return 0;
}
