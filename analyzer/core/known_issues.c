/* SPDX-License-Identifier: MIT */
/* Known faults of published packages: data. A finding that looks like one says so, and which version is
 * cured. */
#include <stdlib.h>
#include <string.h>

#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/stacks.h"

struct issue {
    struct known_issue text;
    const char *package;         /* NULL: Python itself */
    const char *from, *below;    /* versions: from <= v < below; NULL: unbounded */
    const char *rules;           /* comma separated */
    const char *file, *function; /* tails; some frame of the delivery or the cancel has both */
    const char *kind;            /* what the scope's begins with; NULL: any */
    bool through_other;          /* only when it was delivered through another scope than its origin */
    bool anothers;               /* only when the request is none of the scope's own, which nobody took from it */
    bool from_outside;           /* only on a task that a group on another one, cancelled, is about to end */
};

#define ANYIO_SCOPE "anyio/_backends/_asyncio.py"
#define ISSUE(number) "https://github.com/agronholm/anyio/issues/" #number

static const struct issue issues[] = {
    {.text =
         {"anyio#551", ISSUE(551), "3.7.0",
          "AnyIO before 3.7 never calls Task.uncancel() on Python 3.11 and later: upgrade anyio to 3.7 or later."},
     .package = "anyio",
     .below = "3.7.0",
     .rules = "leaked-cancel",
     .kind = "anyio.",
     .file = ANYIO_SCOPE,
     .function = ""},
    {.text = {"anyio#716", ISSUE(716), "4.4.0",
              "AnyIO 4.2 and 4.3 book a cancellation on the scope that delivers it, which never takes it back: "
              "upgrade "
              "anyio to 4.4 or later."},
     .package = "anyio",
     .from = "4.2.0",
     .below = "4.4.0",
     .rules = "leaked-cancel",
     .kind = "anyio.",
     .file = ANYIO_SCOPE,
     .function = "_deliver_cancellation",
     .through_other = true},
    {.text = {"anyio#695", ISSUE(695), "4.6.0",
              "AnyIO before 4.6 delivers to a task group that waits for shielded children in a busy loop: upgrade "
              "anyio "
              "to 4.6 or later."},
     .package = "anyio",
     .below = "4.6.0",
     .rules = "cancel-storm",
     .kind = "anyio.",
     .file = ANYIO_SCOPE,
     .function = ""},
    {.text =
         {"anyio#1214", ISSUE(1214), "4.16.0",
          "AnyIO 4.0 to 4.15 stop a Task.cancel() that arrives together with a scope's own: upgrade anyio to 4.16 "
          "or later, or cancel through a scope instead of the task."},
     .package = "anyio",
     .from = "4.0.0",
     .below = "4.16.0",
     .rules = "swallowed-cancel",
     .kind = "anyio.",
     .file = "",
     .function = ""},
    {.text =
         {"anyio since #790", ISSUE(790), NULL,
          "From AnyIO 4.7 on, a child task's scope that ends in a cancelled group leaves the count of its "
          "requests "
          "to the group's scope, which takes as many back from its own task, too many. It is not of your making: "
          "accept it with a suppression; do not rely on Task.cancelling() around such a group."},
     .package = "anyio",
     .from = "4.7.0",
     .rules = "stolen-cancel",
     .kind = "anyio.",
     .file = "",
     .function = "",
     .anothers = true},
    {.text =
         {"anyio since #790", ISSUE(790), NULL,
          "From AnyIO 4.7 on, a child task's scope that ends in a cancelled group leaves the count of its "
          "requests to the group's scope, which takes as many back from its own task: on the child they stay. "
          "Let a child whose group is cancelled end, or do not rely on Task.cancelling() and asyncio.timeout() "
          "in what it still does."},
     .package = "anyio",
     .from = "4.7.0",
     .rules = "leaked-cancel",
     .kind = "anyio.",
     .file = "",
     .function = "",
     .from_outside = true},
    {.text = {"async-timeout#362", "https://github.com/aio-libs/async-timeout/issues/362", "4.0.3",
              "async-timeout before 4.0.3 never calls Task.uncancel(): upgrade async-timeout, or use "
              "asyncio.timeout()."},
     .package = "async-timeout",
     .below = "4.0.3",
     .rules = "leaked-cancel",
     .file = "async_timeout/__init__.py",
     .function = ""},
    {.text =
         {"aiohttp TimerContext", "https://github.com/aio-libs/aiohttp", "3.10.8",
          "aiohttp up to 3.10.7 does not take back what its timers raise: upgrade aiohttp to 3.10.8 or later."},
     .package = "aiohttp",
     .below = "3.10.8",
     .rules = "leaked-cancel",
     .file = "aiohttp/helpers.py",
     .function = ""},
    {.text =
         {"cpython#116720", "https://github.com/python/cpython/issues/116720", "3.13",
          "asyncio.TaskGroup before Python 3.13 does not take back what it raised when a child fails while the "
          "group is waiting at its end: use Python 3.13 or later, or call "
          "asyncio.current_task().uncancel() when the group has raised."},
     .below = "3.13",
     .rules = "leaked-cancel",
     .kind = "asyncio.TaskGroup",
     .file = "asyncio/taskgroups.py",
     .function = ""},
    {.text =
         {"cpython#116720", "https://github.com/python/cpython/issues/116720", "3.13",
          "asyncio.TaskGroup before Python 3.13 raises the errors of its children instead of a cancellation that "
          "came from outside meanwhile, which is lost: use Python 3.13 or later."},
     .below = "3.13",
     .rules = "swallowed-cancel",
     .kind = "asyncio.TaskGroup",
     .file = "",
     .function = ""},
};

/* Numbers between dots; what follows a number ("rc1", "+deb12") does not count. */
static int version_compare(const char *a, const char *b)
{
    while (*a || *b) {
        char *end_a, *end_b;
        unsigned long x = strtoul(a, &end_a, 10), y = strtoul(b, &end_b, 10);
        if (x != y)
            return x < y ? -1 : 1;
        if ((*end_a && *end_a != '.') || (*end_b && *end_b != '.'))
            return 0;
        a = *end_a ? end_a + 1 : end_a;
        b = *end_b ? end_b + 1 : end_b;
    }
    return 0;
}

static bool version_matches(const struct issue *issue, const char *version)
{
    return version && *version >= '0' && *version <= '9' &&
           (!issue->from || version_compare(version, issue->from) >= 0) &&
           (!issue->below || version_compare(version, issue->below) < 0);
}

static bool rule_matches(const struct issue *issue, const char *rule)
{
    size_t length = strlen(rule);
    for (const char *at = strstr(issue->rules, rule); at; at = strstr(at + 1, rule))
        if ((at == issue->rules || at[-1] == ',') && (at[length] == '\0' || at[length] == ','))
            return true;
    return false;
}

static bool stack_matches(struct world *world, const struct issue *issue, const struct verdict *verdict)
{
    const struct request *request = verdict->request;
    const struct scope *scope = verdict->scope;
    if (!scope || (issue->kind && !g_str_has_prefix(scope_kind(scope), issue->kind)))
        return false;
    if (issue->through_other && (!request || request->deliverer == request->origin))
        return false;
    if (issue->anothers && (!request || request->origin == scope || scope->robbed))
        return false;
    if (issue->from_outside && !scope_is_cancelled_from_outside(scope))
        return false;
    return stack_mentions(world, scope->entered.stack, issue->file, issue->function) ||
           (scope->cancelled && stack_mentions(world, scope->cancelled->stack, issue->file, issue->function)) ||
           (request && stack_mentions(world, request->raised.stack, issue->file, issue->function));
}

/* Distributions write names with '-' or '_', in any case. */
static const char *package_version(const struct world *world, const char *package)
{
    if (!package)
        return world->process->python;
    GHashTableIter iterator;
    void *name, *version;
    g_hash_table_iter_init(&iterator, world->process->packages);
    while (g_hash_table_iter_next(&iterator, &name, &version)) {
        char *plain = g_strdelimit(g_ascii_strdown(name, -1), "_", '-');
        bool same = strcmp(plain, package) == 0;
        g_free(plain);
        if (same)
            return version;
    }
    return NULL;
}

const struct known_issue *known_issue_find(struct world *world, const struct verdict *verdict)
{
    for (size_t i = 0; i < G_N_ELEMENTS(issues); i++) {
        const struct issue *issue = &issues[i];
        if (rule_matches(issue, verdict->rule->name) &&
            version_matches(issue, package_version(world, issue->package)) && stack_matches(world, issue, verdict))
            return &issue->text;
    }
    return NULL;
}
