/* SPDX-License-Identifier: MIT */
#include "preload/agent/announcement.h"

#include <stdlib.h>
#include <time.h>

#include "preload/agent/emit.h"
#include "preload/agent/identity.h"
#include "preload/agent/ring.h"
#include "preload/agent/scope_announce.h"
#include "preload/agent/statedump.h"
#include "preload/agent/surprise.h"
#include "preload/agent/task.h"

/* Of a piece, whose last record may take it beyond that; and between two, in a loop that is busy. */
#define PIECE_NS 300000u
#define FIRST_PIECE_NS 1500000u
#define PAUSE_NS 1000000u
/* Records between two looks at the clock, and those of a short piece. */
#define LOOK_AFTER 8u

uint32_t announcement_pending;

/* announcement_pending, or 1 from when one is expected on. For the command, which looks at the target from
 * outside. */
static uint32_t telling;
__attribute__((visibility("default"))) extern const uint32_t *const scopetrace_agent_telling;
const uint32_t *const scopetrace_agent_telling = &telling;

/* What nothing refers to is announced as far as this goes: a part of the ring, and at each turn of it some tasks.
 * Who asks for a snapshot gets all. */
struct room {
    uint32_t part, tasks;
};

static const struct room usual_room = {8, 500}, asked_room = {2, UINT32_MAX};

/* Records are never freed: one that was given up, or belongs to another by now, is told as what it is. */
static struct {
    void **tasks, **scopes;
    uint32_t task_count, scope_count;
    uint32_t pass, next;    /* which of the passes, and where it is */
    uint32_t number;        /* of the announcement */
    uint32_t piece;         /* an even number */
    uint32_t pieces;        /* of this announcement */
    uint32_t told;          /* tasks */
    uint64_t not_before_ns; /* the next piece */
    struct room room;
    bool all;
    bool first; /* to a session that has heard of nothing */
    bool expected;
} work;

static const uint32_t unknown_count = UINT32_MAX;

static bool say_alive(uint32_t place)
{
    (void)place;
    return statedump_next();
}

static bool say_involved(uint32_t place)
{
    work.told += task_say_again(work.tasks[place], true);
    return true;
}

static bool say_known(uint32_t place)
{
    struct scope *scope = work.scopes[place];

    if (scope->serial && scope->open)
        scope_announce_again(scope, false);
    return true;
}

static bool say_other(uint32_t place)
{
    if (!work.room.tasks || !ring_has_room(work.room.part))
        return false;
    if (task_say_again(work.tasks[place], false)) {
        work.room.tasks--;
        work.told++;
    }
    return true;
}

static bool say_any(uint32_t place)
{
    struct scope *scope = work.scopes[place];

    if (!work.all || !ring_has_room(work.room.part))
        return false;
    if (scope->serial && scope->open)
        scope_announce_again(scope, true);
    return true;
}

/* Over which records, and what is said of each; false: of no more of them. */
static const struct pass {
    const uint32_t *count;
    bool (*say)(uint32_t place);
} passes[] = {
    {&unknown_count, say_alive},   {&work.task_count, say_involved}, {&work.scope_count, say_known},
    {&work.task_count, say_other}, {&work.scope_count, say_any},
};
#define PASSES (sizeof(passes) / sizeof(passes[0]))

static void set_pending(uint32_t pending)
{
    __atomic_store_n(&announcement_pending, pending, __ATOMIC_RELAXED);
    __atomic_store_n(&telling, pending | work.expected, __ATOMIC_RELAXED);
}

void announcement_expect(bool expected)
{
    work.expected = expected;
    set_pending(announcement_pending);
}

static void drop_records(void)
{
    set_pending(0);
    free(work.tasks);
    free(work.scopes);
    work.tasks = work.scopes = NULL;
    work.task_count = work.scope_count = 0;
}

void announcement_drop(void)
{
    drop_records();
    statedump_drop();
}

static void say_pending(void)
{
    work.piece += 2;
    set_pending(work.piece | 1);
}

static void begin(bool first)
{
    work.pass = work.next = work.told = 0;
    work.first = first;
    work.pieces = 0;
    work.number++;
    work.not_before_ns = 0;
    say_pending();
}

void announcement_begin(bool all)
{
    announcement_drop();
    work.tasks = identity_tasks(&work.task_count);
    work.scopes = identity_scopes(&work.scope_count);
    work.room = all ? asked_room : usual_room;
    work.all = all;
    begin(false);
}

void announcement_begin_first(void)
{
    drop_records();
    begin(true);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Other threads may come here while Python is asked for a name: each record is taken by one of them, and what is
 * begun anew meanwhile is not led astray. */
static void next_record(void)
{
    const struct pass *pass = &passes[work.pass];
    const uint32_t number = work.number;

    if (work.next < *pass->count && pass->say(work.next++))
        return;
    if (work.number == number && pass == &passes[work.pass]) {
        work.pass++;
        work.next = 0;
    }
}

static void finish(void)
{
    struct st_announced event = {.tasks = work.told};

    if (!work.first)
        emit_announced(&event);
    announcement_drop();
}

static const uint64_t piece_ns[] = {
    [PACE_FIRST] = FIRST_PIECE_NS,
    [PACE_IDLE] = PIECE_NS,
    [PACE_TICK] = PIECE_NS,
    [PACE_CALL] = 0,
};

static void say_piece(enum announcement_pace pace)
{
    const uint64_t until = now_ns() + piece_ns[pace];
    uint32_t records = 0;

    work.pieces++;
    ring_announce(true);
    while (work.pass < PASSES && (++records % LOOK_AFTER || now_ns() < until))
        next_record();
    if (work.pass == PASSES && announcement_is_pending())
        finish();
    else if (announcement_is_pending())
        say_pending();
    ring_announce(false);
}

bool announcement_go_on(enum announcement_pace pace)
{
    if (pace != PACE_TICK || now_ns() >= work.not_before_ns) {
        say_piece(pace);
        if (pace != PACE_CALL)
            work.not_before_ns = now_ns() + PAUSE_NS;
    }
    return !announcement_is_pending();
}

void announcement_end(void)
{
    if (!statedump_is_pending())
        return;
    if (work.pieces > 1) {
        surprise_notice(
            "The recording ended before it was told of all that was alive when it began: what the other "
            "tasks were at is not known");
        return;
    }
    while (statedump_next())
        ;
}
