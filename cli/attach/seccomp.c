/* SPDX-License-Identifier: MIT */
#include "cli/attach/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/attach/tracee.h"

enum { STOP_US = 500000, MOST_FILTERS = 64 };

#define THREAD_FLAGS                                                                                              \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |            \
     CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#define MACHINE 0
#endif

/* What a program may never have done before it has the agent and LTTng in it. */
static const struct {
    const char *name;
    int number;
    guint64 arguments[6];
} needed[] = {
    {"socket", SYS_socket, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC}},
    {"connect", SYS_connect, {0}},
    {"sendmsg", SYS_sendmsg, {0}},
    {"recvmsg", SYS_recvmsg, {0}},
    {"getsockopt", SYS_getsockopt, {0}},
    {"setsockopt", SYS_setsockopt, {0}},
    {"clone3", SYS_clone3, {0}},
    {"clone", SYS_clone, {THREAD_FLAGS}},
    {"membarrier", SYS_membarrier, {0}},
    {"prctl", SYS_prctl, {PR_SET_NAME}},
    {"sched_getaffinity", SYS_sched_getaffinity, {0}},
    {"rt_sigprocmask", SYS_rt_sigprocmask, {0}},
    {"get_mempolicy", SYS_get_mempolicy, {0}},
    {"set_mempolicy", SYS_set_mempolicy, {0}},
    {"ftruncate", SYS_ftruncate, {0}},
    {"madvise", SYS_madvise, {0}},
    {"mprotect", SYS_mprotect, {0}},
    {"futex", SYS_futex, {0}},
    {"clock_nanosleep", SYS_clock_nanosleep, {0}},
    {"fcntl", SYS_fcntl, {0}},
    {"umask", SYS_umask, {0}},
    {"wait4", SYS_wait4, {0}},
    {"getppid", SYS_getppid, {0}},
    {"geteuid", SYS_geteuid, {0}},
    {"uname", SYS_uname, {0}},
    {"prlimit64", SYS_prlimit64, {0}},
    {"sysinfo", SYS_sysinfo, {0}},
};

struct machine {
    const struct seccomp_data *data;
    guint32 a, x, memory[BPF_MEMWORDS];
};

static guint32 calculate(guint16 code, guint32 a, guint32 b)
{
    switch (BPF_OP(code)) {
    case BPF_ADD:
        return a + b;
    case BPF_SUB:
        return a - b;
    case BPF_MUL:
        return a * b;
    case BPF_DIV:
        return b ? a / b : 0;
    case BPF_OR:
        return a | b;
    case BPF_AND:
        return a & b;
    case BPF_LSH:
        return b < 32 ? a << b : 0;
    case BPF_RSH:
        return b < 32 ? a >> b : 0;
    case BPF_XOR:
        return a ^ b;
    case BPF_NEG:
        return 0u - a;
    default:
        return a;
    }
}

static gboolean holds(guint16 code, guint32 a, guint32 b)
{
    switch (BPF_OP(code)) {
    case BPF_JEQ:
        return a == b;
    case BPF_JGT:
        return a > b;
    case BPF_JGE:
        return a >= b;
    default: /* BPF_JSET */
        return (a & b) != 0;
    }
}

static guint32 load(const struct machine *machine, const struct sock_filter *step)
{
    guint32 word = 0;
    switch (BPF_MODE(step->code)) {
    case BPF_IMM:
        return step->k;
    case BPF_MEM:
        return step->k < BPF_MEMWORDS ? machine->memory[step->k] : 0;
    case BPF_LEN:
        return sizeof *machine->data;
    default: /* BPF_ABS */
        if (step->k <= sizeof *machine->data - sizeof word)
            memcpy(&word, (const guint8 *)machine->data + step->k, sizeof word);
        return word;
    }
}

static void store(struct machine *machine, guint32 where, guint32 word)
{
    if (where < BPF_MEMWORDS)
        machine->memory[where] = word;
}

/* How many of the next steps are jumped over. */
static guint32 take_step(struct machine *machine, const struct sock_filter *step)
{
    const guint32 other = BPF_SRC(step->code) == BPF_X ? machine->x : step->k;
    switch (BPF_CLASS(step->code)) {
    case BPF_LD:
        machine->a = load(machine, step);
        return 0;
    case BPF_LDX:
        machine->x = load(machine, step);
        return 0;
    case BPF_ST:
        store(machine, step->k, machine->a);
        return 0;
    case BPF_STX:
        store(machine, step->k, machine->x);
        return 0;
    case BPF_ALU:
        machine->a = calculate(step->code, machine->a, other);
        return 0;
    case BPF_JMP:
        if (BPF_OP(step->code) == BPF_JA)
            return step->k;
        return holds(step->code, machine->a, other) ? step->jt : step->jf;
    default: /* BPF_MISC */
        if (BPF_MISCOP(step->code) == BPF_TAX)
            machine->x = machine->a;
        else
            machine->a = machine->x;
        return 0;
    }
}

/* What a filter answers (SECCOMP_RET_…). It may be damaged: what cannot be run answers SECCOMP_RET_ALLOW. */
static guint32 run_filter(const struct sock_filter *filter, gsize length, const struct seccomp_data *data)
{
    struct machine machine = {.data = data};
    for (gsize at = 0; at < length; at++) {
        if (BPF_CLASS(filter[at].code) == BPF_RET)
            return BPF_RVAL(filter[at].code) == BPF_A ? machine.a : filter[at].k;
        at += take_step(&machine, &filter[at]);
    }
    return SECCOMP_RET_ALLOW;
}

static const char *find_deadly(const struct sock_filter *filter, gsize length)
{
    for (gsize index = 0; index < G_N_ELEMENTS(needed); index++) {
        struct seccomp_data data = {.nr = needed[index].number, .arch = MACHINE};
        memcpy(data.args, needed[index].arguments, sizeof data.args);
        const guint32 action = run_filter(filter, length, &data) & SECCOMP_RET_ACTION_FULL;
        if (action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD || action == SECCOMP_RET_TRAP)
            return needed[index].name;
    }
    return NULL;
}

/* The kernel says the length where there is no room given. */
static enum seccomp_verdict look_at(pid_t thread, gulong number, const char **ret_call, gboolean *ret_there)
{
    const long length = syscall(SYS_ptrace, (long)PTRACE_SECCOMP_GET_FILTER, (long)thread, number, NULL);
    *ret_there = length > 0;
    if (length <= 0)
        return number ? SECCOMP_HARMLESS : SECCOMP_UNKNOWN;
    g_autofree struct sock_filter *filter = g_new0(struct sock_filter, (gsize)length);
    if (syscall(SYS_ptrace, (long)PTRACE_SECCOMP_GET_FILTER, (long)thread, number, filter) != length)
        return SECCOMP_UNKNOWN;
    *ret_call = find_deadly(filter, (gsize)length);
    return *ret_call ? SECCOMP_KILLS : SECCOMP_HARMLESS;
}

enum seccomp_verdict seccomp_look(const struct attach_target *target, const char **ret_call)
{
    struct tracee tracee;
    enum seccomp_verdict verdict = SECCOMP_UNKNOWN;
    gboolean there = TRUE;
    if (!tracee_seize(&tracee, target->pid, target->memory, NULL))
        return SECCOMP_UNKNOWN;
    if (tracee_stop(&tracee, STOP_US, NULL))
        for (gulong number = 0; there && number < MOST_FILTERS; number++) {
            verdict = look_at(target->pid, number, ret_call, &there);
            if (verdict != SECCOMP_HARMLESS)
                break;
        }
    tracee_release(&tracee);
    return verdict;
}
