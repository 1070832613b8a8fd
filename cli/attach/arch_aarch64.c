/* SPDX-License-Identifier: MIT */
#ifdef __aarch64__
#include "cli/attach/arch.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <time.h>

enum {
    INSTRUCTION_BYTES = 4,
    LINK = 30,
    NUMBER = 8,                  /* the register that holds a system call's number */
    STATE_BRANCH_TYPE = 3 << 10, /* after an indirect branch, with BTI: only a landing pad may come next */
    RECORD_FPSIMD = 0x46508001,
    /* NT_ARM_SVE: where its header has its flags, and the one that says that it is in use */
    SVE_FLAGS = 12,
    SVE_LIVE = 1,
};
#define CODE_SVC 0xd4000001u

/* What rt_sigreturn reads: siginfo, then the kernel's ucontext, whose tail is a list of records. */
struct fpsimd_record {
    guint32 magic, size;
    guint32 fpsr, fpcr;
    guint8 vectors[32][16];
};

struct signal_frame {
    guint8 siginfo[128];
    guint64 flags, link;
    guint64 altstack, altstack_flags, altstack_size;
    guint64 signal_mask;
    guint8 unused[120]; /* room for a signal mask of 1024 bits */
    guint64 padding;
    guint64 fault_address, registers[31], sp, pc, pstate;
    _Alignas(16) guint8 records[4096];
};
G_STATIC_ASSERT(offsetof(struct signal_frame, fault_address) == 128 + 176);
G_STATIC_ASSERT(offsetof(struct signal_frame, records) == 128 + 176 + 288);

static struct user_regs_struct *user(struct arch_registers *registers)
{
    return (struct user_regs_struct *)(void *)registers->bytes;
}

static const struct user_regs_struct *user_const(const struct arch_registers *registers)
{
    return (const struct user_regs_struct *)(const void *)registers->bytes;
}

/* Before it stops a thread, the kernel puts the instruction pointer back on the call that is to be restarted,
 * with its first argument; only an answer of EINTR is left to be seen. A thread that is just about to make the
 * call looks the same: to answer that one with EINTR is as right. */
static enum arch_wait waits(const struct arch_registers *registers)
{
    const struct user_regs_struct *regs = user_const(registers);
    gboolean restarts = registers->code == CODE_SVC;
    gboolean interrupted = (gint64)regs->regs[0] == -EINTR;
    switch (regs->regs[NUMBER]) {
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
        return interrupted ? WAIT_EVENTS : WAIT_NOT;
    case SYS_futex:
        return restarts ? WAIT_LOCK : WAIT_NOT;
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
        return restarts ? WAIT_SLEEP : WAIT_NOT;
    default:
        return restarts ? WAIT_ELSEWHERE : WAIT_NOT;
    }
}

static guint64 instruction(const struct arch_registers *registers)
{
    return user_const(registers)->pc;
}

static guint64 stack(const struct arch_registers *registers)
{
    return user_const(registers)->sp;
}

/* A sleep whose time is counted from its beginning: it is not to be begun again but to be gone on with, as the
 * kernel does it. By sigreturn it forgets how, and the sleep ends with EINTR and the time that was left. */
static gboolean sleeps_relative(const struct user_regs_struct *regs)
{
    return regs->regs[NUMBER] == SYS_nanosleep ||
           (regs->regs[NUMBER] == SYS_clock_nanosleep && !(regs->regs[1] & TIMER_ABSTIME));
}

static void settle(struct arch_registers *registers, enum arch_resume how)
{
    struct user_regs_struct *regs = user(registers);
    gboolean restarts = registers->code == CODE_SVC;
    if (how == RESUME_WITH_NOTHING && (gint64)regs->regs[0] == -EINTR) {
        regs->regs[0] = 0;
    } else if (how == RESUME_WITH_NOTHING && restarts) {
        regs->regs[0] = 0;
        regs->pc += INSTRUCTION_BYTES;
    } else if (restarts && how == RESUME_WITH_EAGAIN) {
        regs->regs[0] = (guint64)-EAGAIN;
        regs->pc += INSTRUCTION_BYTES;
    } else if (restarts && how == RESUME_AS_WAS && sleeps_relative(regs)) {
        regs->regs[NUMBER] = SYS_restart_syscall;
    } else if (restarts && (how == RESUME_WITH_EINTR || (how == RESUME_BY_FRAME && sleeps_relative(regs)))) {
        regs->regs[0] = (guint64)-EINTR;
        regs->pc += INSTRUCTION_BYTES;
    }
}

/* A frame of ours holds the 128-bit registers only. A thread in a system call has no more than these. */
static const char *refuses(gsize vector_size, const guint8 *guard, gsize guard_size)
{
    guint16 flags = 0;
    if (guard_size >= SVE_FLAGS + sizeof flags)
        memcpy(&flags, guard + SVE_FLAGS, sizeof flags);
    if (flags & SVE_LIVE)
        return "it is using SVE registers just now, which could not be brought back";
    return vector_size >= sizeof(struct user_fpsimd_struct) ? NULL : "the vector registers cannot be read";
}

static struct arch_frame frame(const struct arch_registers *settled, const guint8 *vector, gsize size,
                               guint64 signal_mask, guint64 sigreturn)
{
    const struct user_regs_struct *regs = user_const(settled);
    struct user_fpsimd_struct fp;
    struct fpsimd_record record = {.magic = RECORD_FPSIMD, .size = sizeof record};
    struct signal_frame content = {.signal_mask = signal_mask, .altstack_flags = 0x7fffffff};
    (void)sigreturn; /* goes into the link register */

    memcpy(&fp, vector, MIN(size, sizeof fp));
    record.fpsr = fp.fpsr;
    record.fpcr = fp.fpcr;
    memcpy(record.vectors, fp.vregs, sizeof record.vectors);
    memcpy(content.records, &record, sizeof record); /* the zeros after it end the list */
    memcpy(content.registers, regs->regs, sizeof content.registers);
    content.sp = regs->sp;
    content.pc = regs->pc;
    content.pstate = regs->pstate;

    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)&content, sizeof content);
    guint64 address = (regs->sp - sizeof content) & ~G_GUINT64_CONSTANT(15);
    return (struct arch_frame){.address = address, .bytes = bytes};
}

static void set_call(struct arch_registers *registers, const struct arch_call *call)
{
    struct user_regs_struct *regs = user(registers);
    for (unsigned index = 0; index < G_N_ELEMENTS(call->arguments); index++)
        regs->regs[index] = call->arguments[index];
    if (call->syscall >= 0)
        regs->regs[NUMBER] = (guint64)call->syscall;
    regs->regs[LINK] = call->back;
    regs->sp = call->stack;
    regs->pc = call->function;
    regs->pstate &= ~(guint64)STATE_BRANCH_TYPE;
}

/* At a stop at a system call x7 says whether it is at its beginning; what was there comes back afterwards,
 * whatever is written meanwhile. */
static void call_again(struct arch_registers *registers)
{
    user(registers)->pc -= INSTRUCTION_BYTES;
}

#define BYTES(...)                                                                                                \
    (const guint8[])                                                                                              \
    {                                                                                                             \
        __VA_ARGS__                                                                                               \
    }
#define EXACT BYTES(255, 255, 255, 255, 255, 255, 255, 255)

/* mov x8, #139; svc #0 */
static const struct elf_pattern sigreturn_code[] = {
    {.length = 8, .bytes = BYTES(0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4), .mask = EXACT},
    {.length = 0},
};
/* svc #0; ret — or, as in glibc's syscall(): svc #0; cmn x0, #0xfff; b.cs …; ret */
static const struct elf_pattern syscall_code[] = {
    {.length = 8, .bytes = BYTES(0x01, 0x00, 0x00, 0xd4, 0xc0, 0x03, 0x5f, 0xd6), .mask = EXACT},
    {.length = 16,
     .bytes =
         BYTES(0x01, 0x00, 0x00, 0xd4, 0x1f, 0xfc, 0x3f, 0xb1, 0x02, 0x00, 0x00, 0x54, 0xc0, 0x03, 0x5f, 0xd6),
     .mask = BYTES(255, 255, 255, 255, 255, 255, 255, 255, 0x1f, 0, 0, 255, 255, 255, 255, 255)},
    {.length = 0},
};

static const struct arch arch_aarch64 = {
    .name = "aarch64",
    .machine = EM_AARCH64,
    .vector_note = NT_PRFPREG,
    .guard_note = NT_ARM_SVE,
    .number_note = NT_ARM_SYSTEM_CALL,
    .code_step = INSTRUCTION_BYTES,
    .sigreturn_code = sigreturn_code,
    .syscall_code = syscall_code,
    .mmap = SYS_mmap,
    .rt_sigreturn = SYS_rt_sigreturn,
    .waits = waits,
    .instruction = instruction,
    .stack = stack,
    .settle = settle,
    .refuses = refuses,
    .frame = frame,
    .set_call = set_call,
    .call_again = call_again,
};

const struct arch *const arch_native = &arch_aarch64;
#endif
