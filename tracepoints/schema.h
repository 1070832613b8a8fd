/* SPDX-License-Identifier: MIT */
/*
 * The event schema, once.
 *
 * Runs in: both. Everything else is generated from these lists by the preprocessor: the structs that the
 * agent fills (events.h), the LTTng provider (provider.h), the field table of the analyzer's readers
 * (analyzer/sources/decode.c). docs/events.md describes each field for people.
 *
 * A list names its fields through the macro it is given per shape:
 *   U8 U32 U64   unsigned integers       F64   double
 *   STR          NUL-terminated UTF-8, as the program had it: untrusted, may hold any control character
 *   ADDRS        a sequence of native code addresses (u64), with a u32 count
 *
 * Units: *_ns nanoseconds since the epoch. Ids: `task`, `scope`, `origin` are per-process serials from 1,
 * 0 = none; `provider`, `stack` (a `frame` id) likewise. `stack` is the innermost frame; its parents follow
 * from `frame` events announced before. `entry` counts the enters of one scope from 1.
 * `statedump` = 1: not happening now, announced because a session started in mid-life.
 *
 * Fields are never renamed, reordered or removed; new ones go to the end of their list.
 */
#ifndef SCOPETRACE_TRACEPOINTS_SCHEMA_H
#define SCOPETRACE_TRACEPOINTS_SCHEMA_H

/* Every event begins with these. `seq` counts the events of a process from 1 (modulo 2^32): a gap is a loss.
 * `tick` counts the event-loop iterations of the thread. */
#define SCOPETRACE_COMMON(U8, U32, U64, F64, STR, ADDRS) U32(pid) U32(tid) U32(seq) U32(tick)

#define SCOPETRACE_EVENTS(EVENT)                                                                                  \
    EVENT(runtime)                                                                                                \
    EVENT(package)                                                                                                \
    EVENT(provider)                                                                                               \
    EVENT(frame)                                                                                                  \
    EVENT(label)                                                                                                  \
    EVENT(task_start)                                                                                             \
    EVENT(task_seen)                                                                                              \
    EVENT(task_name)                                                                                              \
    EVENT(task_done)                                                                                              \
    EVENT(task_end)                                                                                               \
    EVENT(scope_enter)                                                                                            \
    EVENT(scope_exit)                                                                                             \
    EVENT(scope_cancel)                                                                                           \
    EVENT(scope_deliver)                                                                                          \
    EVENT(task_cancel)                                                                                            \
    EVENT(task_uncancel)                                                                                          \
    EVENT(runtime_end)                                                                                            \
    EVENT(agent_error)                                                                                            \
    EVENT(agent_notice)                                                                                           \
    EVENT(library)                                                                                                \
    EVENT(detached)                                                                                               \
    EVENT(scope_past)                                                                                             \
    EVENT(request_seen)                                                                                           \
    EVENT(announced)                                                                                              \
    EVENT(task_look)

/* An interpreter announces itself: once per process and session, and again in a forked child.
 * argv: the arguments joined by U+001F. stdlib: the folder of the standard library's modules. again = 1: this
 * process was recorded all the time, and announces what is there once more because the buffers overwrite what is
 * oldest in them (overwrites = 1), or because the trace is cut into pieces. */
#define SCOPETRACE_FIELDS_runtime(U8, U32, U64, F64, STR, ADDRS)                                                  \
    U8(statedump)                                                                                                 \
    U8(state)                                                                                                     \
    U32(schema)                                                                                                   \
    U32(ppid)                                                                                                     \
    STR(reason)                                                                                                   \
    STR(tool) STR(python) STR(executable) STR(argv) STR(cwd) STR(host) STR(stdlib) U8(again) U8(overwrites)

/* A distribution package that a hooked module belongs to. */
#define SCOPETRACE_FIELDS_package(U8, U32, U64, F64, STR, ADDRS) U8(statedump) STR(name) STR(version) STR(location)

/* A kind of scope. cancel_methods: its scope-level cancel methods, joined by commas. */
#define SCOPETRACE_FIELDS_provider(U8, U32, U64, F64, STR, ADDRS)                                                 \
    U8(statedump) U32(provider) U32(traits) STR(kind) STR(module) STR(qualname) STR(cancel_methods)

/* A node of the trace tree: one call site, announced before the first event that refers to it. */
#define SCOPETRACE_FIELDS_frame(U8, U32, U64, F64, STR, ADDRS)                                                    \
    U8(statedump) U32(frame) U32(parent) U32(line) STR(file) STR(function)

/* The running test or whatever SCOPETRACE_LABEL says; empty = none. */
#define SCOPETRACE_FIELDS_label(U8, U32, U64, F64, STR, ADDRS) U8(statedump) STR(text)

/* A task is created; emitted before its coroutine may run (eager = 1: it runs at once). */
#define SCOPETRACE_FIELDS_task_start(U8, U32, U64, F64, STR, ADDRS)                                               \
    U8(eager) U64(task) U64(parent_task) U32(stack) STR(name) STR(coroutine)

/* A task that was alive before the session; stack: where it waits. told: units of the counter that request_seen
 * events after this one speak of. */
#define SCOPETRACE_FIELDS_task_seen(U8, U32, U64, F64, STR, ADDRS)                                                \
    U64(task) U64(parent_task) U32(counter) U32(stack) STR(name) STR(coroutine) U32(told)

/* The task's name is known, or no longer what was said of it. */
#define SCOPETRACE_FIELDS_task_name(U8, U32, U64, F64, STR, ADDRS) U64(task) STR(name)

/* The task is done, noticed within the tick (watched tasks only). */
#define SCOPETRACE_FIELDS_task_done(U8, U32, U64, F64, STR, ADDRS) U8(how) U64(task) U32(counter)

/* The last reference to the task goes, or the interpreter exits (how = TASK_OPEN: it was still pending). */
#define SCOPETRACE_FIELDS_task_end(U8, U32, U64, F64, STR, ADDRS) U8(how) U64(task) U32(counter)

/* A scope is entered. counter: the host task's, before the enter method ran. deadline: seconds from now,
 * infinity or NaN = none. entered_ns: 0 = now; else announced late (lazy scopes, statedump).
 * parent_scope: what the provider itself says encloses it, possibly in another task; 0 = unknown or none. */
#define SCOPETRACE_FIELDS_scope_enter(U8, U32, U64, F64, STR, ADDRS)                                              \
    U8(statedump)                                                                                                 \
    U8(shield)                                                                                                    \
    U8(cancelled)                                                                                                 \
    U32(entry)                                                                                                    \
    U32(provider) U32(counter) U32(stack) U64(scope) U64(task) U64(parent_scope) U64(entered_ns) F64(deadline)

/* The exit method is over. task: the current task, 0 = none. before/after: the host task's counter around
 * the exit method. raised: the type's name when outcome is EXIT_RAISED_*. */
#define SCOPETRACE_FIELDS_scope_exit(U8, U32, U64, F64, STR, ADDRS)                                               \
    U8(exception_in)                                                                                              \
    U8(outcome) U8(cancel_called) U32(entry) U32(before) U32(after) U32(stack) U64(scope) U64(task) STR(raised)

/* A scope-level cancel: the decision, before any task is touched. by_task: the current task, 0 = none.
 * cancelled_ns: 0 = now; else told again. child, error: the child task that the group cancels itself for, and the
 * type of what it failed with ("CancelledError": it was cancelled); 0 and "" = none, not known, told again. */
#define SCOPETRACE_FIELDS_scope_cancel(U8, U32, U64, F64, STR, ADDRS)                                             \
    U8(how) U32(stack) U64(scope) U64(by_task) STR(method) STR(reason) U64(cancelled_ns) U64(child) STR(error)

/* A delivery attempt, whether or not it reaches a task. repeat: attempts since the last such event
 * (coalesced 1, 2, 4, 8, … while nothing changes). task: the scope's host task. */
#define SCOPETRACE_FIELDS_scope_deliver(U8, U32, U64, F64, STR, ADDRS) U32(repeat) U64(scope) U64(origin) U64(task)

/* Task.cancel() returned. before/after: the counter around `repeat` coalesced calls of the same source.
 * by_task: the current task. via_task: the task whose cancel() this call is nested in (propagated), 0 = none.
 * native: code addresses, innermost first; empty unless asked for. handling: an enum
 * task_handling; waiting: the functions in which it waited, 0 = not looked at. */
#define SCOPETRACE_FIELDS_task_cancel(U8, U32, U64, F64, STR, ADDRS)                                              \
    U8(accepted)                                                                                                  \
    U8(source)                                                                                                    \
    U32(before)                                                                                                   \
    U32(after)                                                                                                    \
    U32(repeat)                                                                                                   \
    U32(stack)                                                                                                    \
    U64(task)                                                                                                     \
    U64(scope) U64(origin) U64(by_task) U64(via_task) STR(message) ADDRS(native) U8(handling) U32(waiting)

/* Task.uncancel() returned. scope: the scope whose operation called it, 0 = none. */
#define SCOPETRACE_FIELDS_task_uncancel(U8, U32, U64, F64, STR, ADDRS)                                            \
    U8(source) U32(before) U32(after) U32(stack) U64(task) U64(scope) U64(by_task)

/* The interpreter shuts down in order; open tasks were announced by task_end before. */
#define SCOPETRACE_FIELDS_runtime_end(U8, U32, U64, F64, STR, ADDRS) U32(tasks_open)

/* The agent met a surprise and disarmed itself. */
#define SCOPETRACE_FIELDS_agent_error(U8, U32, U64, F64, STR, ADDRS) STR(what)

/* Something is not as the agent expected it, and less is recorded than might be. what: a sentence for people,
 * without its full stop. */
#define SCOPETRACE_FIELDS_agent_notice(U8, U32, U64, F64, STR, ADDRS) STR(what)

/* What native addresses lie in: the executable and its shared libraries, announced before the first event with an
 * address when they were not there at the last look. Addresses from `begin` up to `end` are its own; less `bias`
 * they are those of its file. build_id: hexadecimal digits, empty = it has none. */
#define SCOPETRACE_FIELDS_library(U8, U32, U64, F64, STR, ADDRS)                                                  \
    U8(statedump) U64(begin) U64(end) U64(bias) STR(path) STR(build_id)

/* The agent is told to stop looking, and the process runs on. unhooked = 0: its hooks stay in place, inert. */
#define SCOPETRACE_FIELDS_detached(U8, U32, U64, F64, STR, ADDRS) U8(unhooked)

/* What a request that is still open is of, and has been left: its scope. How it was entered, cancelled (0: that
 * was not seen) and left, as scope_enter, scope_cancel and scope_exit said it. counter, after: the host's at the
 * entry and after the exit. */
#define SCOPETRACE_FIELDS_scope_past(U8, U32, U64, F64, STR, ADDRS)                                               \
    U8(exception_in)                                                                                              \
    U8(outcome)                                                                                                   \
    U8(how)                                                                                                       \
    U32(entry)                                                                                                    \
    U32(provider)                                                                                                 \
    U32(counter)                                                                                                  \
    U32(after)                                                                                                    \
    U32(stack)                                                                                                    \
    U32(cancel_stack)                                                                                             \
    U32(exit_stack) U64(scope) U64(task) U64(cancelled_by) U64(entered_ns) U64(cancelled_ns) U64(exited_ns)

/* Requests that were raised before and are open, alike in all but time: `count` of them, the first at raised_ns
 * when the loop of raised_tid was at raised_tick, the newest at last_tick. entry: of the origin, 0 = the one that
 * is open. doubtful: the counter fell since, perhaps by this one. ran_on: the task went on after the origin had
 * been left. The rest is as in task_cancel. */
#define SCOPETRACE_FIELDS_request_seen(U8, U32, U64, F64, STR, ADDRS)                                             \
    U8(source)                                                                                                    \
    U8(doubtful)                                                                                                  \
    U8(ran_on)                                                                                                    \
    U32(count)                                                                                                    \
    U32(stack)                                                                                                    \
    U32(entry)                                                                                                    \
    U32(raised_tid)                                                                                               \
    U32(raised_tick)                                                                                              \
    U32(last_tick)                                                                                                \
    U64(task) U64(scope) U64(origin) U64(by_task) U64(via_task) U64(raised_ns) STR(by_name) STR(message)

/* All is told that the last `runtime` with again = 1 began to tell. */
#define SCOPETRACE_FIELDS_announced(U8, U32, U64, F64, STR, ADDRS) U32(tasks)

/* What a task is at on which a direct request is open for some iterations, or when the recording of it ends: one
 * that cleans up is not taken for one that runs on. handling: an enum task_handling, never unknown; waiting: the
 * functions in which it waits, 0 = it deals with an exception. */
#define SCOPETRACE_FIELDS_task_look(U8, U32, U64, F64, STR, ADDRS) U8(handling) U32(waiting) U64(task)

#endif
