/* SPDX-License-Identifier: MIT */
#ifdef __aarch64__
#include "cli/attach/arch.h"

#include <elf.h>
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/user.h>

enum {
    INSTRUCTION_BYTES = 4,
    LINK = 30,
    NUMBER = 8,                  /* the register that holds a system call's number */
    STATE_BRANCH_TYPE = 3 << 10, /* after an indirect branch, with BTI: only a landing pad may come next */
    RECORD_FPSIMD = 0x46508001,
    RECORD_SVE = 0x53564501,
    /* Of a header's flags: all of the registers follow, not those of 128 bits alone. */
    SVE_LIVE = 1,
    /* One register of the longest vectors that the frame's list of records has room for. */
    SVE_MOST_BYTES = 96,
    /* Sets that only later headers know. */
    NOTE_STREAMING = 0x40b,
    NOTE_ZA = 0x40c,
};
#define CODE_SVC 0xd4000001u

/* Where each set is in arch_vectors. */
enum { SET_FPSIMD, SET_SVE, SET_STREAMING, SET_ZA };

/* What rt_sigreturn reads: siginfo, then the kernel's ucontext, whose tail is a list of records. */
struct fpsimd_record {
    guint32 magic, size;
    guint32 fpsr, fpcr;
    guint8 vectors[32][16];
};

/* The same header in the register set and in the record; then, in both, 32 vectors, 16 predicates of an eighth of
 * their length, and one more of these, which says where a load would have faulted. */
struct sve_header {
    guint32 size, most_size;
    guint16 vector_bytes, most_vector_bytes, flags, reserved;
};

struct sve_record {
    guint32 magic, size;
    guint16 vector_bytes, flags, reserved[2];
};
G_STATIC_ASSERT(sizeof(struct sve_header) == sizeof(struct sve_record));

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
G_STATIC_ASSERT(sizeof(struct fpsimd_record) + sizeof(struct sve_record) + SVE_MOST_BYTES * 32 +
                    SVE_MOST_BYTES / 8 * 17 + 16 + 8 <=
                4096);

static struct user_regs_struct *user(struct arch_registers *registers)
{
    return (struct user_regs_struct *)(void *)registers->bytes;
}

static const struct user_regs_struct *user_const(const struct arch_registers *registers)
{
    return (const struct user_regs_struct *)(const void *)registers->bytes;
}

/* Whoever is about to wake others looks the same as whoever waits, and must not be kept from it. */
static gboolean is_futex_wait(guint64 operation)
{
    switch ((guint32)operation & (guint32)FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return TRUE;
    default:
        return FALSE;
    }
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
        if (restarts && is_futex_wait(regs->regs[1]))
            return WAIT_LOCK;
        return restarts ? WAIT_ELSEWHERE : WAIT_NOT;
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

static struct sve_header header_of(const GByteArray *set)
{
    struct sve_header header = {0};
    if (set && set->len >= sizeof header)
        memcpy(&header, set->data, sizeof header);
    return header;
}

static gboolean is_live(const GByteArray *set)
{
    return header_of(set).flags & SVE_LIVE;
}

static gsize sve_bytes(const struct sve_header *header)
{
    return (gsize)header->vector_bytes * 32 + (gsize)header->vector_bytes / 8 * 17;
}

/* A thread in a system call has registers of 128 bits alone, and no streaming mode. */
static const char *refuses(const struct arch_vectors *vectors)
{
    const GByteArray *sve = vectors->sets[SET_SVE], *za = vectors->sets[SET_ZA];
    const struct sve_header header = header_of(sve);
    if (vectors->sets[SET_FPSIMD]->len < sizeof(struct user_fpsimd_struct))
        return "the vector registers cannot be read";
    if (is_live(vectors->sets[SET_STREAMING]))
        return "it is in SME's streaming mode just now, whose registers could not be brought back";
    if (za && za->len > sizeof(struct sve_header))
        return "it is using SME's matrix register (ZA) just now, which could not be brought back";
    if (is_live(sve) && (header.vector_bytes > SVE_MOST_BYTES || sve->len < sizeof header + sve_bytes(&header)))
        return "it is using SVE registers just now, of a length which could not be brought back";
    return NULL;
}

static gsize whole(const struct arch_vectors *vectors)
{
    return is_live(vectors->sets[SET_SVE]) ? SET_SVE : SET_FPSIMD;
}

/* Returns where the next record goes. */
static guint8 *add_fpsimd(guint8 *at, const GByteArray *set)
{
    struct user_fpsimd_struct fp;
    struct fpsimd_record record = {.magic = RECORD_FPSIMD, .size = sizeof record};
    memcpy(&fp, set->data, sizeof fp);
    record.fpsr = fp.fpsr;
    record.fpcr = fp.fpcr;
    memcpy(record.vectors, fp.vregs, sizeof record.vectors);
    memcpy(at, &record, sizeof record);
    return at + sizeof record;
}

static void add_sve(guint8 *at, const GByteArray *set)
{
    const struct sve_header header = header_of(set);
    const gsize size = sizeof(struct sve_record) + sve_bytes(&header);
    const struct sve_record record = {
        .magic = RECORD_SVE, .size = (guint32)(size + 15) & ~15u, .vector_bytes = header.vector_bytes};
    memcpy(at, set->data, size);
    memcpy(at, &record, sizeof record);
}

static struct arch_frame frame(const struct arch_registers *settled, const struct arch_vectors *vectors,
                               guint64 signal_mask, guint64 sigreturn)
{
    const struct user_regs_struct *regs = user_const(settled);
    struct signal_frame content = {.signal_mask = signal_mask, .altstack_flags = 0x7fffffff};
    (void)sigreturn; /* goes into the link register */

    guint8 *next = add_fpsimd(content.records, vectors->sets[SET_FPSIMD]); /* the zeros at the end end the list */
    if (whole(vectors) == SET_SVE)
        add_sve(next, vectors->sets[SET_SVE]);
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
    .vector_notes =
        {[SET_FPSIMD] = NT_PRFPREG, [SET_SVE] = NT_ARM_SVE, [SET_STREAMING] = NOTE_STREAMING, [SET_ZA] = NOTE_ZA},
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
    .whole = whole,
    .frame = frame,
    .set_call = set_call,
    .call_again = call_again,
};

const struct arch *const arch_native = &arch_aarch64;
#endif
