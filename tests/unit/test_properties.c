/* SPDX-License-Identifier: MIT */
/*
 * Properties of the analysis on random histories (fixed seeds): a clean one is silent; without one take-back it
 * has exactly that leak; with a foreign one exactly that theft; the order of independent tasks does not matter;
 * events that come twice change nothing; wherever it is cut, or its order disturbed, there is no false error.
 */
#include "tests/unit/history.h"

#define SEEDS 60u
#define TASKS 3u

/* One thing that happens in a task. Counters are worked out when it is written down, after the mutation. */
enum deed { DEED_ENTER, DEED_CANCEL, DEED_RAISE, DEED_TAKE, DEED_EXIT, DEED_END };

struct step {
    enum deed deed;
    unsigned scope, through, kind;
    const char *exception, *outcome;
    unsigned thief; /* RAISE: the inner scope that could steal it; 0: none */
};

struct script {
    GRand *random;
    GArray *steps[TASKS]; /* struct step */
    unsigned scopes;
};

static void add(struct script *script, unsigned task, struct step step)
{
    g_array_append_val(script->steps[task], step);
}

static unsigned enter(struct script *script, unsigned task, unsigned kind)
{
    unsigned scope = ++script->scopes;
    add(script, task, (struct step){.deed = DEED_ENTER, .scope = scope, .kind = kind});
    return scope;
}

static void leave(struct script *script, unsigned task, unsigned scope, const char *exception, const char *outcome)
{
    add(script, task,
        (struct step){.deed = DEED_EXIT, .scope = scope, .exception = exception, .outcome = outcome});
}

/* What the exit of a cancelled scope of this kind looks like. */
static const char *stops(unsigned kind)
{
    return kind == 1 ? "SWALLOWED" : "RAISED_TIMEOUT";
}

static unsigned any_kind(struct script *script)
{
    static const unsigned kinds[] = {1, 2, 4};
    return kinds[g_rand_int_range(script->random, 0, 3)];
}

static bool chance(struct script *script, double probability)
{
    return g_rand_double(script->random) < probability;
}

/* The scope is cancelled while nothing is open inside. */
static void cancelled_alone(struct script *script, unsigned task, unsigned scope, unsigned kind)
{
    unsigned times = kind == 1 ? (unsigned)g_rand_int_range(script->random, 1, 4) : 1;
    add(script, task, (struct step){.deed = DEED_CANCEL, .scope = scope});
    for (unsigned i = 0; i < times; i++)
        add(script, task, (struct step){.deed = DEED_RAISE, .scope = scope, .through = scope});
    if (chance(script, 0.3))
        leave(script, task, enter(script, task, 1), "NONE", "PROPAGATED");
    for (unsigned i = 0; i < times; i++)
        add(script, task, (struct step){.deed = DEED_TAKE, .scope = scope});
    leave(script, task, scope, "CANCELLED", stops(kind));
}

/* It is cancelled while an inner scope is open: the error passes through that one. */
static void cancelled_around(struct script *script, unsigned task, unsigned scope, unsigned kind)
{
    unsigned inner_kind = any_kind(script);
    unsigned inner = enter(script, task, inner_kind);
    bool cascades = kind == 1 && inner_kind == 1;
    add(script, task, (struct step){.deed = DEED_CANCEL, .scope = scope});
    add(script, task,
        (struct step){.deed = DEED_RAISE,
                      .scope = scope,
                      .through = cascades ? inner : scope,
                      .thief = kind == 1 ? 0 : inner});
    leave(script, task, inner, "CANCELLED", "PROPAGATED");
    add(script, task, (struct step){.deed = DEED_TAKE, .scope = scope});
    leave(script, task, scope, "CANCELLED", stops(kind));
}

static void block(struct script *script, unsigned task, unsigned depth)
{
    unsigned kind = any_kind(script);
    unsigned scope = enter(script, task, kind);
    for (int i = g_rand_int_range(script->random, 0, 3); depth < 3 && i > 0; i--)
        block(script, task, depth + 1);
    if (chance(script, 0.3))
        cancelled_alone(script, task, scope, kind);
    else if (chance(script, 0.4))
        cancelled_around(script, task, scope, kind);
    else
        leave(script, task, scope, "NONE", "PROPAGATED");
}

static struct script script_new(guint32 seed)
{
    struct script script = {.random = g_rand_new_with_seed(seed)};
    for (unsigned task = 0; task < TASKS; task++) {
        script.steps[task] = g_array_new(FALSE, FALSE, sizeof(struct step));
        for (int i = 0; i < 3; i++)
            block(&script, task, 0);
        add(&script, task, (struct step){.deed = DEED_END});
    }
    return script;
}

static void script_free(struct script *script)
{
    for (unsigned task = 0; task < TASKS; task++)
        g_array_unref(script->steps[task]);
    g_rand_free(script->random);
}

/* ---- writing it down ---- */

struct writer {
    GString *text;
    unsigned counter[TASKS];
    unsigned seq;
};

static void write_step(struct writer *writer, unsigned task, const struct step *step)
{
    unsigned *counter = &writer->counter[task], before = *counter, id = task + 1, tick = 10 + writer->seq;
    GString *text = writer->text;
    g_string_append_printf(text, "+10 ");
    switch (step->deed) {
    case DEED_ENTER:
        g_string_append_printf(text, "scope_enter scope=%u entry=1 provider=%u task=%u counter=%u stack=2",
                               step->scope, step->kind, id, before);
        break;
    case DEED_CANCEL:
        g_string_append_printf(text, "scope_cancel scope=%u stack=3", step->scope);
        break;
    case DEED_RAISE:
        ++*counter;
        g_string_append_printf(text,
                               "task_cancel accepted=1 source=SOURCE_SCOPE task=%u scope=%u origin=%u before=%u "
                               "after=%u",
                               id, step->through, step->scope, before, *counter);
        break;
    case DEED_TAKE:
        *counter -= *counter > 0;
        g_string_append_printf(text,
                               "task_uncancel source=SOURCE_SCOPE task=%u by_task=%u scope=%u before=%u after=%u",
                               id, id, step->scope, before, *counter);
        break;
    case DEED_EXIT:
        g_string_append_printf(text,
                               "scope_exit scope=%u entry=1 task=%u exception_in=EXIT_WITH_%s outcome=EXIT_%s "
                               "before=%u after=%u",
                               step->scope, id, step->exception, step->outcome, before, before);
        break;
    case DEED_END:
        g_string_append_printf(text, "task_end task=%u how=TASK_FINISHED counter=%u", id, before);
        break;
    }
    g_string_append_printf(text, " tick=%u seq=%u\n", tick, ++writer->seq);
}

/* The tasks' steps interleaved by order_seed. Free the result. */
static char *write_down(const struct script *script, guint32 order_seed)
{
    struct writer writer = {.text = g_string_new(PROCESS START("2", "1") START("3", "1"))};
    GRand *order = g_rand_new_with_seed(order_seed);
    guint at[TASKS] = {0};
    for (unsigned left = TASKS; left > 0;) {
        unsigned task = (unsigned)g_rand_int_range(order, 0, TASKS);
        if (at[task] >= script->steps[task]->len)
            continue;
        write_step(&writer, task, &g_array_index(script->steps[task], struct step, at[task]));
        left -= ++at[task] == script->steps[task]->len;
    }
    g_rand_free(order);
    return g_string_free(writer.text, FALSE);
}

static void expect_script(const struct script *script, guint32 seed, const char *findings)
{
    char *text = write_down(script, seed);
    expect(text, findings);
    g_free(text);
}

/* ---- the properties ---- */

static void clean_is_silent(void **state)
{
    (void)state;
    for (guint32 seed = 0; seed < SEEDS; seed++) {
        struct script script = script_new(seed);
        expect_script(&script, seed, "");
        script_free(&script);
    }
}

/* A random step of this deed (thief: one that could be stolen); false when there is none. */
static bool choose(struct script *script, enum deed deed, bool thief, unsigned *ret_task, guint *ret_index)
{
    for (unsigned tries = 0; tries < 1000; tries++) {
        unsigned task = (unsigned)g_rand_int_range(script->random, 0, TASKS);
        guint index = (guint)g_rand_int_range(script->random, 0, (gint32)script->steps[task]->len);
        const struct step *step = &g_array_index(script->steps[task], struct step, index);
        if (step->deed != deed || (thief && !step->thief))
            continue;
        *ret_task = task;
        *ret_index = index;
        return true;
    }
    return false;
}

static void dropped_take_back_is_that_leak(void **state)
{
    (void)state;
    unsigned task, tried = 0;
    guint index;
    for (guint32 seed = 0; seed < SEEDS; seed++) {
        struct script script = script_new(seed);
        if (choose(&script, DEED_TAKE, false, &task, &index)) {
            g_array_remove_index(script.steps[task], index);
            expect_script(&script, seed, "error leaked-cancel x1");
            tried++;
        }
        script_free(&script);
    }
    assert_true(tried > SEEDS / 2);
}

static void foreign_take_back_is_that_theft(void **state)
{
    (void)state;
    unsigned task, tried = 0;
    guint index;
    for (guint32 seed = 0; seed < SEEDS; seed++) {
        struct script script = script_new(seed);
        if (choose(&script, DEED_RAISE, true, &task, &index)) {
            struct step theft = {.deed = DEED_TAKE,
                                 .scope = g_array_index(script.steps[task], struct step, index).thief};
            g_array_insert_val(script.steps[task], index + 1, theft);
            expect_script(&script, seed, "error stolen-cancel x1");
            tried++;
        }
        script_free(&script);
    }
    assert_true(tried > SEEDS / 3);
}

static void order_of_tasks_does_not_matter(void **state)
{
    (void)state;
    unsigned task;
    guint index;
    for (guint32 seed = 0; seed < SEEDS / 4; seed++) {
        struct script script = script_new(seed);
        if (choose(&script, DEED_TAKE, false, &task, &index))
            g_array_remove_index(script.steps[task], index);
        char *text = write_down(&script, 1), *findings = history_findings(text);
        for (guint32 order = 2; order < 10; order++)
            expect_script(&script, order, findings);
        g_free(findings);
        g_free(text);
        script_free(&script);
    }
}

/* Leaves out lines [from, to) of the history proper. */
static char *cut(const char *text, guint from, guint to)
{
    char **lines = g_strsplit(text, "\n", -1);
    GString *result = g_string_new(NULL);
    for (guint i = 0; lines[i]; i++)
        if (i < from || i >= to)
            g_string_append_printf(result, "%s\n", lines[i]);
    g_strfreev(lines);
    return g_string_free(result, FALSE);
}

static void cut_anywhere_no_false_error(void **state)
{
    (void)state;
    guint announced = 0;
    for (const char *at = PROCESS START("2", "1") START("3", "1"); *at; at++)
        announced += *at == '\n';
    for (guint32 seed = 0; seed < SEEDS / 2; seed++) {
        struct script script = script_new(seed);
        char *text = write_down(&script, seed);
        guint lines = 0;
        for (const char *at = text; *at; at++)
            lines += *at == '\n';
        for (int i = 0; i < 20; i++) {
            guint from = (guint)g_rand_int_range(script.random, (gint32)announced, (gint32)lines);
            guint to = (guint)g_rand_int_range(script.random, (gint32)from, (gint32)lines) + 1;
            char *begins = cut(text, announced, from), *ends = cut(text, from, lines), *hole = cut(text, from, to);
            char *bare = cut(text, 0, from);
            expect(begins, "");
            expect(ends, "");
            expect(hole, "");
            expect(bare, "");
            g_free(begins);
            g_free(ends);
            g_free(hole);
            g_free(bare);
        }
        g_free(text);
        script_free(&script);
    }
}

/* The lines of the history proper, those before it as they are; each goes through `change`. Free the result. */
static char *rewrite(const char *text, guint announced, void (*change)(GString *result, char **lines, guint at))
{
    char **lines = g_strsplit(text, "\n", -1);
    GString *result = g_string_new(NULL);
    for (guint i = 0; lines[i]; i++)
        if (i < announced || !*lines[i])
            g_string_append_printf(result, "%s\n", lines[i]);
        else
            change(result, lines, i);
    g_strfreev(lines);
    return g_string_free(result, FALSE);
}

static guint count_lines(const char *text)
{
    guint lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* Two sessions recorded the process: each event comes twice. */
static void say_twice(GString *result, char **lines, guint at)
{
    g_string_append_printf(result, "%s\n+0 %s\n", lines[at], strchr(lines[at], ' ') + 1);
}

static void forget_numbers(GString *result, char **lines, guint at)
{
    const char *number = strstr(lines[at], " seq=");
    g_string_append_printf(result, "%.*s\n", (int)(number - lines[at]), lines[at]);
}

static void doubles_do_not_count(void **state)
{
    (void)state;
    unsigned task;
    guint index, announced = count_lines(PROCESS START("2", "1") START("3", "1"));
    for (guint32 seed = 0; seed < SEEDS; seed++) {
        struct script script = script_new(seed);
        if (choose(&script, DEED_TAKE, false, &task, &index))
            g_array_remove_index(script.steps[task], index);
        char *text = write_down(&script, seed), *findings = history_findings(text);
        char *doubled = rewrite(text, announced, say_twice);
        expect(doubled, findings);
        g_free(doubled);
        g_free(findings);
        g_free(text);
        script_free(&script);
    }
}

/* Streams of two processors may disagree about time. The numbers tell that the order is not what it was. */
static void neighbours_swapped_no_false_error(void **state)
{
    (void)state;
    guint announced = count_lines(PROCESS START("2", "1") START("3", "1"));
    for (guint32 seed = 0; seed < SEEDS / 2; seed++) {
        struct script script = script_new(seed);
        char *text = write_down(&script, seed);
        guint count = count_lines(text);
        for (guint at = announced; at + 2 < count; at++) {
            char **lines = g_strsplit(text, "\n", -1);
            char *first = lines[at];
            lines[at] = lines[at + 1];
            lines[at + 1] = first;
            char *swapped = g_strjoinv("\n", lines);
            expect(swapped, "");
            g_free(swapped);
            g_strfreev(lines);
        }
        g_free(text);
        script_free(&script);
    }
}

/* Without numbers: only the source says that events are missing, before or after the next one. */
static void announced_hole_no_false_error(void **state)
{
    (void)state;
    guint announced = count_lines(PROCESS START("2", "1") START("3", "1"));
    for (guint32 seed = 0; seed < SEEDS / 2; seed++) {
        struct script script = script_new(seed);
        char *numbered = write_down(&script, seed), *text = rewrite(numbered, announced, forget_numbers);
        guint lines = count_lines(numbered);
        for (int i = 0; i < 20; i++) {
            guint from = (guint)g_rand_int_range(script.random, (gint32)announced, (gint32)lines);
            guint to = (guint)g_rand_int_range(script.random, (gint32)from, (gint32)lines) + 1;
            char *before = cut(text, from, count_lines(text)), *after = cut(text, 0, to);
            char *told = g_strconcat(before, "+0 lost count=3\n", after, NULL);
            expect(told, "");
            g_free(told);
            g_free(after);
            g_free(before);
        }
        g_free(text);
        g_free(numbered);
        script_free(&script);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_is_silent),
        cmocka_unit_test(dropped_take_back_is_that_leak),
        cmocka_unit_test(foreign_take_back_is_that_theft),
        cmocka_unit_test(order_of_tasks_does_not_matter),
        cmocka_unit_test(cut_anywhere_no_false_error),
        cmocka_unit_test(doubles_do_not_count),
        cmocka_unit_test(neighbours_swapped_no_false_error),
        cmocka_unit_test(announced_hole_no_false_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
