/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/tree.h"

#include "analyzer/reports/place.h"
#include "analyzer/reports/story.h"

enum {
    MAX_DEPTH = 24,    /* levels drawn: deeper ones would leave no room on the line */
    MAX_SIBLINGS = 12, /* drawn per scope or task, unless all were asked for */
};

struct tree {
    struct page *page;
    const struct report *report;
    const struct report_style *style;
    GHashTable *children; /* const struct tree_task * → GPtrArray * of the drawn tasks that it started */
};

/* ---- rows ---- */

/* One row: bars of the levels above, a branch, the text. */
static void draw_row(struct tree *tree, const char *bars, bool last, const char *text)
{
    g_autofree char *first = g_strconcat(bars, last ? "└─ " : "├─ ", NULL);
    g_autofree char *rest = g_strconcat(bars, last ? "     " : "│    ", NULL);
    page_paragraph(tree->page, first, rest, text);
}

static char *deeper(const char *bars, bool last)
{
    return g_strconcat(bars, last ? "   " : "│  ", NULL);
}

static void add_place(GString *row, const struct tree *tree, const struct moment *moment,
                      const struct report_process *process)
{
    const struct stack_frame *frame = place_of_moment(moment);
    if (!frame)
        return;
    g_autofree char *path = place_short_path(frame, process, tree->style);
    page_add_text(row, path, true);
    g_string_append_printf(row, ":%" G_GUINT32_FORMAT, frame->line);
}

static void add_cancel(GString *row, const struct tree *tree, const struct tree_scope *scope,
                       const struct tree_task *task)
{
    const struct moment *cancelled = scope->cancelled;
    if (!cancelled)
        return;
    if (story_is_deadline(cancelled)) {
        g_string_append(row, " · " MARK_WARNING "deadline" HARD_SPACE "passed" MARK_END);
        return;
    }
    g_string_append(row, " · " MARK_WARNING "cancelled" MARK_END);
    if (cancelled->of_child) {
        g_string_append(row, ": ");
        page_add_text(row, cancelled->reason, false);
        return;
    }
    if (cancelled->task.serial && cancelled->task.serial != task->task.id.serial && cancelled->task_name) {
        g_string_append(row, " by ");
        page_add_text(row, cancelled->task_name, true);
    }
    if (place_of_moment(cancelled)) {
        g_string_append(row, " at ");
        add_place(row, tree, cancelled, task->process);
    }
}

static void add_counter(GString *row, const struct tree_scope *scope)
{
    if (scope->open) {
        g_string_append(row, " · " MARK_WARNING "still" HARD_SPACE "open" MARK_END);
        return;
    }
    if (scope->counter_before == 0 && scope->counter_after == 0)
        return;
    const char *mark = scope->counter_after > scope->counter_before ? MARK_ERROR : MARK_DIM;
    g_string_append_printf(row,
                           " · %scounter" HARD_SPACE "%" G_GUINT32_FORMAT HARD_SPACE "→" HARD_SPACE
                           "%" G_GUINT32_FORMAT MARK_END,
                           mark, scope->counter_before, scope->counter_after);
}

static char *scope_row(const struct tree *tree, const struct tree_scope *scope, const struct tree_task *task)
{
    GString *row = g_string_new(NULL);
    page_add_scope(row, &scope->scope);
    if (place_of_moment(scope->entered)) {
        g_string_append(row, " · ");
        add_place(row, tree, scope->entered, task->process);
    }
    if (scope->shield)
        g_string_append(row, " · shielded");
    add_counter(row, scope);
    add_cancel(row, tree, scope, task);
    return g_string_free(row, FALSE);
}

/* As the story says it. */
static const char *end_phrase(enum task_end_state end)
{
    static const char *const phrases[] = {
        [TASK_END_OPEN] = "never finished", [TASK_END_UNKNOWN] = "still running"};
    return phrases[end] ? phrases[end] : task_end_name(end);
}

static char *task_row(const struct tree_task *task)
{
    g_autofree char *name = story_task(&task->task);
    GString *row = g_string_new(MARK_STRONG);
    page_add_text(row, name ? name : "task", true);
    g_string_append_printf(row, MARK_END " · %s", end_phrase(task->end));
    if (task->counter_last)
        g_string_append_printf(row,
                               " · " MARK_ERROR "counter" HARD_SPACE "%" G_GUINT32_FORMAT HARD_SPACE
                               "at" HARD_SPACE "the" HARD_SPACE "end" MARK_END,
                               task->counter_last);
    if (task->counter_max > task->counter_last)
        g_string_append_printf(row, " · counter" HARD_SPACE "at" HARD_SPACE "most" HARD_SPACE "%" G_GUINT32_FORMAT,
                               task->counter_max);
    return g_string_free(row, FALSE);
}

static void draw_more(struct tree *tree, const char *bars, bool last, uint64_t count, const char *what)
{
    g_autofree char *text = g_strdup_printf(MARK_DIM "… %" G_GUINT64_FORMAT " more %s" MARK_END, count, what);
    draw_row(tree, bars, last, text);
}

/* ---- what is alike ---- */

/* A row, and how many rows like it follow somewhere below. */
struct branch {
    const struct tree_scope *scope;
    uint64_t alike;
    uint32_t counter; /* after the last of them */
};

static bool same_place(const struct moment *a, const struct moment *b)
{
    const struct stack_frame *left = place_of_moment(a), *right = place_of_moment(b);
    if (!left || !right)
        return left == right;
    return left->line == right->line && g_strcmp0(left->file, right->file) == 0;
}

static bool rows_alike(const struct tree_scope *a, const struct tree_scope *b)
{
    return g_strcmp0(a->scope.kind, b->scope.kind) == 0 && g_strcmp0(a->scope.opener, b->scope.opener) == 0 &&
           a->shield == b->shield && !a->open && !b->open && !a->cancelled == !b->cancelled &&
           a->counter_after - a->counter_before == b->counter_after - b->counter_before &&
           same_place(a->entered, b->entered) && same_place(a->cancelled, b->cancelled);
}

static guint count_of(const GPtrArray *scopes)
{
    return scopes ? scopes->len : 0;
}

/* With all that is in them. */
static bool branches_alike(const struct tree_scope *a, const struct tree_scope *b, int depth)
{
    guint count = count_of(a->children);
    if (depth == MAX_DEPTH || !rows_alike(a, b) || count != count_of(b->children))
        return false;
    for (guint i = 0; i < count; i++)
        if (!branches_alike(g_ptr_array_index(a->children, i), g_ptr_array_index(b->children, i), depth + 1))
            return false;
    return true;
}

/* One of the first rows that is like it: what a loop does is the same again and again. */
static struct branch *find_alike(const GArray *branches, const struct tree_scope *scope)
{
    for (guint i = 0; i < MIN(branches->len, MAX_SIBLINGS); i++) {
        struct branch *branch = &g_array_index(branches, struct branch, i);
        if (branches_alike(branch->scope, scope, 0))
            return branch;
    }
    return NULL;
}

static bool shows_all(const struct tree *tree)
{
    return tree->style->tree || tree->style->verbosity > 0;
}

static GArray *fold(const struct tree *tree, const GPtrArray *scopes)
{
    GArray *branches = g_array_new(FALSE, FALSE, sizeof(struct branch));
    for (guint i = 0; i < count_of(scopes); i++) {
        const struct tree_scope *scope = g_ptr_array_index(scopes, i);
        struct branch *like = shows_all(tree) ? NULL : find_alike(branches, scope);
        const struct branch branch = {scope, scope->folded, scope->counter_after};
        if (!like)
            g_array_append_val(branches, branch);
        else {
            like->alike += 1 + scope->folded;
            like->counter = scope->counter_after;
        }
    }
    return branches;
}

/* ---- branches ---- */

static guint rows_shown(const struct tree *tree, guint count)
{
    return shows_all(tree) || count <= MAX_SIBLINGS + 1 ? count : MAX_SIBLINGS;
}

static uint64_t scopes_within(const GPtrArray *scopes, int depth)
{
    uint64_t count = 0;
    for (guint i = 0; i < count_of(scopes) && depth < 1000; i++) {
        const struct tree_scope *scope = g_ptr_array_index(scopes, i);
        count += 1 + scope->folded + scopes_within(scope->children, depth + 1);
    }
    return count;
}

static uint64_t scopes_from(const GArray *branches, guint from, int depth)
{
    uint64_t count = 0;
    for (guint i = from; i < branches->len; i++) {
        const struct branch *branch = &g_array_index(branches, struct branch, i);
        count += (1 + branch->alike) * (1 + scopes_within(branch->scope->children, depth));
    }
    return count;
}

static void draw_alike(struct tree *tree, const char *bars, bool last, const struct branch *branch)
{
    g_autofree char *upto =
        branch->counter == branch->scope->counter_after
            ? g_strdup("like it")
            : g_strdup_printf("like it · up to counter" HARD_SPACE "%" G_GUINT32_FORMAT, branch->counter);
    draw_more(tree, bars, last, branch->alike, upto);
}

static void draw_scopes(struct tree *tree, const GPtrArray *scopes, const struct tree_task *task, const char *bars,
                        bool last, int depth);

static void draw_branch(struct tree *tree, const struct branch *branch, const struct tree_task *task,
                        const char *bars, bool last, int depth)
{
    bool last_row = last && !branch->alike;
    g_autofree char *row = scope_row(tree, branch->scope, task);
    draw_row(tree, bars, last_row, row);
    g_autofree char *below = deeper(bars, last_row);
    draw_scopes(tree, branch->scope->children, task, below, true, depth + 1);
    if (branch->alike)
        draw_alike(tree, bars, last, branch);
}

/* `last`: nothing follows these scopes on their level. */
static void draw_scopes(struct tree *tree, const GPtrArray *scopes, const struct tree_task *task, const char *bars,
                        bool last, int depth)
{
    g_autoptr(GArray) branches = fold(tree, scopes);
    guint shown = depth < MAX_DEPTH ? rows_shown(tree, branches->len) : 0;
    uint64_t hidden = scopes_from(branches, shown, depth);
    for (guint i = 0; i < shown; i++)
        draw_branch(tree, &g_array_index(branches, struct branch, i), task, bars,
                    last && i + 1 == shown && !hidden, depth);
    if (hidden)
        draw_more(tree, bars, last, hidden, hidden == 1 ? "scope" : "scopes");
}

static void draw_task(struct tree *tree, const struct tree_task *task, const char *bars, bool last, int depth);

static void draw_below_task(struct tree *tree, const struct tree_task *task, const char *bars, int depth)
{
    const GPtrArray *tasks = g_hash_table_lookup(tree->children, task);
    draw_scopes(tree, task->scopes, task, bars, !tasks, 0);
    guint count = count_of(tasks);
    guint shown = depth < MAX_DEPTH ? rows_shown(tree, count) : 0;
    for (guint i = 0; i < shown; i++)
        draw_task(tree, g_ptr_array_index(tasks, i), bars, i + 1 == count, depth + 1);
    if (shown < count)
        draw_more(tree, bars, true, count - shown, "tasks");
}

static void draw_task(struct tree *tree, const struct tree_task *task, const char *bars, bool last, int depth)
{
    g_autofree char *row = task_row(task);
    draw_row(tree, bars, last, row);
    g_autofree char *below = deeper(bars, last);
    draw_below_task(tree, task, below, depth);
}

/* ---- the forest ---- */

static bool is_drawn(const struct tree *tree, const struct tree_task *task)
{
    return tree->style->tree || task->involved;
}

static guint task_hash(gconstpointer key)
{
    const struct tree_task *task = key;
    return g_int64_hash(&task->task.id.serial) ^ g_direct_hash(task->process);
}

static gboolean task_equal(gconstpointer a, gconstpointer b)
{
    const struct tree_task *left = a, *right = b;
    return left->process == right->process && left->task.id.serial == right->task.id.serial;
}

/* Files each drawn task under the one that started it, if that is drawn too; returns the others. Parents come
 * before their children, so that nobody is his own ancestor. */
static GPtrArray *plant(struct tree *tree)
{
    g_autoptr(GHashTable) known = g_hash_table_new(task_hash, task_equal);
    GPtrArray *roots = g_ptr_array_new();
    for (guint i = 0; i < tree->report->tasks->len; i++) {
        struct tree_task *task = g_ptr_array_index(tree->report->tasks, i);
        if (!is_drawn(tree, task))
            continue;
        struct tree_task sought = {.process = task->process, .task = {.id = task->parent}};
        struct tree_task *parent = g_hash_table_lookup(known, &sought);
        GPtrArray *siblings = parent ? g_hash_table_lookup(tree->children, parent) : roots;
        if (!siblings) {
            siblings = g_ptr_array_new();
            g_hash_table_insert(tree->children, parent, siblings);
        }
        g_ptr_array_add(siblings, task);
        g_hash_table_add(known, task);
    }
    return roots;
}

static void draw_process(struct tree *tree, const struct report_process *process)
{
    GString *title = g_string_new(NULL);
    g_autofree char *name = story_process(process);
    page_add_text(title, name, false);
    page_paragraph(tree->page, "  ", "  ", title->str);
    g_string_free(title, TRUE);
}

void tree_draw(struct page *page, const struct report *report, const struct report_style *style)
{
    g_autoptr(GHashTable) children = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    struct tree tree = {page, report, style, children};
    g_autoptr(GPtrArray) roots = plant(&tree);
    const struct report_process *process = NULL;
    if (roots->len)
        page_paragraph(page, "", "",
                       style->tree ? MARK_STRONG "All tasks and their scopes" MARK_END
                                   : MARK_STRONG "Scopes of the tasks involved" MARK_END);
    for (guint i = 0; i < roots->len; i++) {
        const struct tree_task *task = g_ptr_array_index(roots, i);
        if (report->processes->len > 1 && task->process && task->process != process)
            draw_process(&tree, task->process);
        process = task->process;
        g_autofree char *row = task_row(task);
        page_paragraph(page, "  ", "    ", row);
        draw_below_task(&tree, task, "  ", 0);
    }
    if (roots->len)
        page_blank(page);
}
