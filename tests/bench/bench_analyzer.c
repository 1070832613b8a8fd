/* SPDX-License-Identifier: MIT */
/*
 * Reading a trace: `scopetrace analyze` beside `babeltrace2`, which only decodes (-o dummy) or prints (-o text).
 * Everything runs on one processor, and times are its time. The tables go to standard output, as Markdown, the
 * curves of growth into an SVG.
 */
#include <ftw.h>
#include <glib.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bench/timing.h"
#include "tests/bench/trace_maker.h"

/* The length of a trace is no reason to measure it as often as a short one. */
struct length {
    uint64_t events;
    unsigned rounds, rounds_of_text;
};
static const struct length lengths[] = {{1000000, 11, 5}, {10000000, 5, 3}, {50000000, 3, 1}};

/* What grows while everything else stays as it is. */
struct growth {
    const char *name;
    uint32_t tasks, depth;
};
static const struct growth growths[] = {
    {"10 tasks", 10, 3},        {"1,000 tasks", 1000, 3},     {"100,000 tasks", 100000, 3},
    {"nested 1 deep", 1000, 1}, {"nested 10 deep", 1000, 10}, {"nested 100 deep", 1000, 100},
};
enum { GROWTH_EVENTS = 3000000, GROWTH_ROUNDS = 5 };

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void remove_trace(const char *folder)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static double folder_bytes;
static int add_size(const char *path, const struct stat *status, int kind)
{
    (void)path;
    folder_bytes += kind == FTW_F ? (double)status->st_size : 0;
    return 0;
}

static double bytes_of(const char *folder)
{
    folder_bytes = 0;
    ftw(folder, add_size, 16);
    return folder_bytes;
}

enum { DUMMY, ANALYZE, TEXT, CONTENDERS };

static void measure(const char *folder, const struct length *length, struct contender *contenders)
{
    const char *const dummy[] = {"babeltrace2", "-o", "dummy", folder, NULL};
    const char *const analyze[] = {COMMAND, "analyze", folder, NULL};
    const char *const text[] = {"babeltrace2", "-o", "text", folder, NULL};
    const char *const *const commands[] = {dummy, analyze, text};
    static const char *const names[] = {"dummy", "analyze", "text"};
    for (size_t i = 0; i < CONTENDERS; i++)
        contenders[i] = (struct contender){
            .name = names[i], .argv = commands[i], .rounds = i == TEXT ? length->rounds_of_text : length->rounds};
    timing_run(contenders, CONTENDERS, length->rounds);
}

static void print_ratio(const struct contender *contender, const struct contender *reference)
{
    struct spread ratio = timing_ratio(contender, reference);
    printf(" %.2f (%.2f – %.2f) |", ratio.median, ratio.least, ratio.most);
}

static double millions_a_second(const struct contender *contender, uint64_t events)
{
    return (double)events / timing_spread(contender->seconds).median / 1e6;
}

static void bench_length(const char *folder, const struct length *length)
{
    struct trace_shape shape = trace_shape_usual;
    shape.events = length->events;
    uint64_t events = trace_make(folder, &shape);
    double bytes = bytes_of(folder);
    struct contender contenders[CONTENDERS];
    measure(folder, length, contenders);
    printf("| %.0f M | %.0f |", (double)events / 1e6, bytes / (double)events);
    for (size_t i = 0; i < CONTENDERS; i++)
        printf(" %.2f |", millions_a_second(&contenders[i], events));
    print_ratio(&contenders[ANALYZE], &contenders[DUMMY]);
    print_ratio(&contenders[ANALYZE], &contenders[TEXT]);
    for (size_t i = 0; i < CONTENDERS; i++)
        printf(" %.0f |", contenders[i].peak_mib);
    putchar('\n');
    fflush(stdout);
    for (size_t i = 0; i < CONTENDERS; i++)
        timing_clear(&contenders[i]);
    remove_trace(folder);
}

/* Nanoseconds per event of the two that are drawn. */
struct cost {
    double of[TEXT];
};

static struct cost bench_growth(const char *folder, const struct growth *growth)
{
    struct trace_shape shape = trace_shape_usual;
    shape.events = GROWTH_EVENTS;
    shape.tasks = growth->tasks;
    shape.depth = growth->depth;
    uint64_t events = trace_make(folder, &shape);
    struct contender contenders[CONTENDERS];
    measure(folder, &(struct length){.rounds = GROWTH_ROUNDS}, contenders);
    struct cost cost;
    printf("| %s |", growth->name);
    for (size_t i = 0; i < TEXT; i++) {
        cost.of[i] = timing_spread(contenders[i].seconds).median * 1e9 / (double)events;
        printf(" %.0f |", cost.of[i]);
    }
    print_ratio(&contenders[ANALYZE], &contenders[DUMMY]);
    printf(" %.0f |\n", contenders[ANALYZE].peak_mib);
    fflush(stdout);
    for (size_t i = 0; i < CONTENDERS; i++)
        timing_clear(&contenders[i]);
    remove_trace(folder);
    return cost;
}

static void stay_on_one_processor(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)MAX(0, sched_getcpu()), &one);
    sched_setaffinity(0, sizeof one, &one);
}

/* ---- the picture ---- */

enum { WIDTH = 670, HEIGHT = 260, LEFT = 60, RIGHT = 150, TOP = 20, BOTTOM = 40 };

static double place_x(size_t index)
{
    return (double)LEFT + (double)index * (WIDTH - LEFT - RIGHT) / (double)(G_N_ELEMENTS(growths) - 1);
}

static double place_y(double nanoseconds, double most)
{
    return HEIGHT - BOTTOM - nanoseconds * (HEIGHT - TOP - BOTTOM) / most;
}

static void draw_curve(FILE *out, const struct cost *costs, size_t which, double most)
{
    static const char *const colours[] = {"#888888", "#1f6fb2"}, *const names[] = {"babeltrace2 -o dummy",
                                                                                   "scopetrace analyze"};
    /* tasks and nesting are two curves: the line is broken between them */
    for (size_t i = 0; i < G_N_ELEMENTS(growths); i++) {
        if (i % 3)
            fprintf(out, "<line x1='%.0f' y1='%.0f' x2='%.0f' y2='%.0f' stroke='%s' stroke-width='2'/>\n",
                    place_x(i - 1), place_y(costs[i - 1].of[which], most), place_x(i),
                    place_y(costs[i].of[which], most), colours[which]);
        fprintf(out, "<circle cx='%.0f' cy='%.0f' r='3' fill='%s'/>\n", place_x(i),
                place_y(costs[i].of[which], most), colours[which]);
    }
    size_t last = G_N_ELEMENTS(growths) - 1;
    fprintf(out, "<text x='%.0f' y='%.0f' fill='%s'>%s</text>\n", place_x(last) + 8,
            place_y(costs[last].of[which], most) + 4, colours[which], names[which]);
}

static void draw(const char *path, const struct cost *costs)
{
    double most = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(growths); i++)
        most = MAX(most, MAX(costs[i].of[DUMMY], costs[i].of[ANALYZE]) * 1.1);
    FILE *out = fopen(path, "we");
    if (!out)
        return;
    fprintf(
        out,
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='10'>\n"
        "<rect width='%d' height='%d' fill='white'/>\n"
        "<text x='%d' y='12'>nanoseconds per event</text>\n",
        WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT);
    for (int tick = 0; tick < most; tick += 200)
        fprintf(out,
                "<line x1='%d' y1='%.0f' x2='%d' y2='%.0f' stroke='#dddddd'/>\n"
                "<text x='%d' y='%.0f' text-anchor='end'>%d</text>\n",
                LEFT, place_y(tick, most), WIDTH - RIGHT, place_y(tick, most), LEFT - 6, place_y(tick, most) + 3,
                tick);
    for (size_t i = 0; i < G_N_ELEMENTS(growths); i++)
        fprintf(out, "<text x='%.0f' y='%d' text-anchor='middle'>%s</text>\n", place_x(i), HEIGHT - BOTTOM + 16,
                growths[i].name);
    draw_curve(out, costs, DUMMY, most);
    draw_curve(out, costs, ANALYZE, most);
    fputs("</svg>\n", out);
    fclose(out);
}

static void bench(const char *folder, uint64_t limit, const char *picture)
{
    stay_on_one_processor();
    puts("| events | bytes each | dummy, M/s | analyze, M/s | text, M/s | analyze ÷ dummy | analyze ÷ text | "
         "peak MiB: dummy | analyze | text |\n|---|---|---|---|---|---|---|---|---|---|");
    for (size_t i = 0; i < G_N_ELEMENTS(lengths) && lengths[i].events <= limit; i++)
        bench_length(folder, &lengths[i]);
    printf("\n| %d M events with | dummy, ns each | analyze, ns each | analyze ÷ dummy | peak MiB |\n"
           "|---|---|---|---|---|\n",
           GROWTH_EVENTS / 1000000);
    struct cost costs[G_N_ELEMENTS(growths)];
    for (size_t i = 0; i < G_N_ELEMENTS(growths); i++)
        costs[i] = bench_growth(folder, &growths[i]);
    draw(picture, costs);
}

/* Traces for a profiler: bench_analyzer make FOLDER EVENTS [TASKS [DEPTH [STREAMS [PROCESSES]]]] */
static void make_one(char **arguments)
{
    struct trace_shape shape = trace_shape_usual;
    uint32_t *const more[] = {&shape.tasks, &shape.depth, &shape.streams, &shape.processes};
    shape.events = g_ascii_strtoull(arguments[1], NULL, 10);
    for (size_t i = 0; i < G_N_ELEMENTS(more) && arguments[2 + i]; i++)
        *more[i] = (uint32_t)g_ascii_strtoull(arguments[2 + i], NULL, 10);
    trace_make(arguments[0], &shape);
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "make") == 0) {
        make_one(argv + 2);
        return 0;
    }
    if (argc < 2) {
        fputs("usage: bench_analyzer PICTURE [EVENTS], or bench_analyzer make FOLDER EVENTS …\n", stderr);
        return 2;
    }
    g_autofree char *folder = g_dir_make_tmp("scopetrace-bench-XXXXXX", NULL);
    if (!folder) {
        fputs("bench: no folder for the traces\n", stderr);
        return 2;
    }
    bench(folder, argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : UINT64_MAX, argv[1]);
    return 0;
}
