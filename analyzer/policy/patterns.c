/* SPDX-License-Identifier: MIT */
#include "analyzer/policy/patterns.h"

#include <string.h>

#include "analyzer/core/place.h"
#include "analyzer/core/rule.h"

/* What a condition may look at. */
struct view {
    const struct finding *finding;
    const struct stack_frame *frame; /* NULL: the condition is on the finding */
    const char *root;
};

typedef bool holds(const struct view *view, const char *glob);

struct key {
    const char *name;
    bool of_frame;
    holds *holds;
};

struct condition {
    const struct key *key;
    char *glob;
};

struct pattern {
    GArray *finding;   /* struct condition */
    GPtrArray *frames; /* GArray * of struct condition: from the inside out */
    GArray *frame;     /* the one being described: the last of frames; NULL: none yet */
};

/* ---- the keys ---- */

static bool matches(const char *glob, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    return g_pattern_match_simple(glob, valid);
}

static bool rule_holds(const struct view *view, const char *glob)
{
    return matches(glob, view->finding->rule->name);
}

static bool scope_holds(const struct view *view, const char *glob)
{
    return matches(glob, view->finding->scope.kind);
}

static bool test_holds(const struct view *view, const char *glob)
{
    return matches(glob, view->finding->test);
}

static bool fingerprint_holds(const struct view *view, const char *glob)
{
    return matches(glob, view->finding->fingerprint);
}

static bool function_holds(const struct view *view, const char *glob)
{
    return matches(glob, view->frame->function);
}

static bool file_holds(const struct view *view, const char *glob)
{
    g_autofree char *path = place_relative(view->frame->file, view->finding->process, view->root);
    return matches(glob, path) || matches(glob, view->frame->file);
}

static bool module_holds(const struct view *view, const char *glob)
{
    g_autofree char *module = place_module(view->frame, view->finding->process, view->root);
    return matches(glob, module);
}

static bool package_holds(const struct view *view, const char *glob)
{
    g_autofree char *module = place_module(view->frame, view->finding->process, view->root);
    module[strcspn(module, ".")] = '\0';
    return matches(glob, module);
}

static bool anywhere_holds(const struct view *view, const char *glob)
{
    return function_holds(view, glob) || file_holds(view, glob) || module_holds(view, glob);
}

static const struct key keys[] = {
    {"rule", false, rule_holds},
    {"scope", false, scope_holds},
    {"test", false, test_holds},
    {"fingerprint", false, fingerprint_holds},
    {"function", true, function_holds},
    {"file", true, file_holds},
    {"module", true, module_holds},
    {"package", true, package_holds},
    {PATTERN_ANYWHERE, true, anywhere_holds},
};

/* ---- building ---- */

static void condition_clear(void *data)
{
    g_free(((struct condition *)data)->glob);
}

static GArray *conditions_new(void)
{
    GArray *conditions = g_array_new(FALSE, FALSE, sizeof(struct condition));
    g_array_set_clear_func(conditions, condition_clear);
    return conditions;
}

struct pattern *pattern_new(void)
{
    struct pattern *pattern = g_new0(struct pattern, 1);
    pattern->finding = conditions_new();
    pattern->frames = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    g_array_unref(pattern->finding);
    g_ptr_array_unref(pattern->frames);
    g_free(pattern);
}

static GArray *current_frame(struct pattern *pattern)
{
    if (!pattern->frame) {
        pattern->frame = conditions_new();
        g_ptr_array_add(pattern->frames, pattern->frame);
    }
    return pattern->frame;
}

bool pattern_add(struct pattern *pattern, const char *key, const char *glob)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (!g_str_equal(keys[i].name, key))
            continue;
        const struct condition condition = {&keys[i], g_strdup(glob)};
        g_array_append_val(keys[i].of_frame ? current_frame(pattern) : pattern->finding, condition);
        return true;
    }
    return false;
}

bool pattern_next_frame(struct pattern *pattern)
{
    const bool described = pattern->frame != NULL;
    pattern->frame = NULL;
    return described;
}

bool pattern_is_empty(const struct pattern *pattern)
{
    return pattern->finding->len == 0 && pattern->frames->len == 0;
}

/* ---- matching ---- */

static bool all_hold(const GArray *conditions, const struct view *view)
{
    for (guint i = 0; i < conditions->len; i++) {
        const struct condition *condition = &g_array_index(conditions, struct condition, i);
        if (!condition->key->holds(view, condition->glob))
            return false;
    }
    return true;
}

/* Each described frame in turn, the first that fits: further ones leave no less to those that follow. */
static bool stack_fits(const struct pattern *pattern, struct view *view, const struct moment *moment)
{
    const struct stack *stack = moment ? moment->stack : NULL;
    const struct stack_frame *place = place_of_moment(moment);
    const uint32_t end = stack ? place_frames_in_loop(stack) : 0;
    guint found = 0;
    for (uint32_t i = 0; i < end && found < pattern->frames->len; i++) {
        view->frame = &stack->frames[i];
        if (view->frame > place && view->frame->origin != FRAME_USER)
            continue;
        found += all_hold(g_ptr_array_index(pattern->frames, found), view);
    }
    return found == pattern->frames->len;
}

bool pattern_fits(const struct pattern *pattern, const struct finding *finding, const char *root)
{
    const struct moment *const moments[] = {finding->entered, finding->cancelled, finding->delivered,
                                            finding->exited};
    struct view view = {.finding = finding, .root = root};
    if (!all_hold(pattern->finding, &view))
        return false;
    if (pattern->frames->len == 0)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(moments); i++)
        if (stack_fits(pattern, &view, moments[i]))
            return true;
    return false;
}
