/* SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#include "cli/attach/arch.h"

#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/user.h>

enum {
    RED_ZONE = 128,
    SYSCALL_BYTES = 2,
    FLAG_TRAP = 0x100,
    FLAG_DIRECTION = 0x400,
    /* The kernel's own: a call to be restarted if no handler runs. They never reach a program. */
    RESTART_SYS = 512,
    RESTART_NO_INTERRUPT = 513,
    RESTART_NO_HANDLER = 514,
    RESTART_BLOCK = 516,
    /* uc_flags */
    FRAME_HAS_XSTATE = 1,
    FRAME_HAS_SS = 2,
    FRAME_STRICT_SS = 4,
    /* An XSAVE area: the legacy part ends with words for software, then comes a header. */
    XSAVE_SOFTWARE = 464,
    XSAVE_HEADER = 512,
    XSAVE_FIXED = 576,
    XSAVE_TILE_DATA = 18,
};
#define XSTATE_MAGIC_BEGIN 0x46505853u
#define XSTATE_MAGIC_END 0x46505845u

/* What rt_sigreturn reads, in the kernel's layout (not glibc's ucontext_t). */
struct signal_frame {
    guint64 back;
    guint64 flags, link;
    guint64 altstack, altstack_flags, altstack_size;
    guint64 r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
    guint16 cs, gs, fs, ss;
    guint64 error, trap, old_mask, cr2, vector, reserved[8];
    guint64 signal_mask;
    guint8 siginfo[128];
};

struct xsave_software {
    guint32 magic, extended_size;
    guint64 features;
    guint32 size, padding[7];
};
G_STATIC_ASSERT(sizeof(struct xsave_software) == 48);

static struct user_regs_struct *user(struct arch_registers *registers)
{
    return (struct user_regs_struct *)(void *)registers->bytes;
}

static const struct user_regs_struct *user_const(const struct arch_registers *registers)
{
    return (const struct user_regs_struct *)(const void *)registers->bytes;
}

static gboolean in_syscall(const struct user_regs_struct *regs)
{
    return (gint64)regs->orig_rax >= 0;
}

/* The kernel interrupted a call: what it answered, positive. 0: it did not. */
static int interruption(const struct user_regs_struct *regs)
{
    gint64 result = -(gint64)regs->rax;
    if (!in_syscall(regs))
        return 0;
    return result == EINTR || (result >= RESTART_SYS && result <= RESTART_BLOCK) ? (int)result : 0;
}

static enum arch_wait waits(const struct arch_registers *registers)
{
    const struct user_regs_struct *regs = user_const(registers);
    int answer = interruption(regs);
    if (!answer)
        return WAIT_NOT;
    switch (regs->orig_rax) {
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
        return answer == EINTR ? WAIT_EVENTS : WAIT_ELSEWHERE;
    case SYS_futex:
        return WAIT_LOCK;
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
        return WAIT_SLEEP;
    default:
        return WAIT_ELSEWHERE;
    }
}

static guint64 instruction(const struct arch_registers *registers)
{
    return user_const(registers)->rip;
}

static guint64 stack(const struct arch_registers *registers)
{
    return user_const(registers)->rsp;
}

static void settle(struct arch_registers *registers, enum arch_resume how)
{
    struct user_regs_struct *regs = user(registers);
    int answer = interruption(regs);
    if (answer && how == RESUME_WITH_NOTHING) {
        regs->rax = 0;
    } else if (answer && how == RESUME_WITH_EAGAIN) {
        regs->rax = (guint64)-EAGAIN;
    } else if (answer && (how == RESUME_WITH_EINTR || (how == RESUME_BY_FRAME && answer == RESTART_BLOCK))) {
        regs->rax = (guint64)-EINTR;
    } else if (answer == RESTART_BLOCK) {
        regs->rax = SYS_restart_syscall;
        regs->rip -= SYSCALL_BYTES;
    } else if (answer && answer != EINTR) {
        regs->rax = regs->orig_rax;
        regs->rip -= SYSCALL_BYTES;
    }
    regs->orig_rax = (guint64)-1;
}

/* The XSAVE area's size for these features. The register set may be longer than what the kernel takes back
 * from a frame: it counts AMX tiles even for a thread that was never allowed any. */
static gsize xsave_size(guint64 features, gsize most)
{
    gsize size = XSAVE_FIXED;
    for (unsigned feature = 2; feature < 63; feature++) {
        unsigned length, offset, ecx, edx;
        if (!(features >> feature & 1) || !__get_cpuid_count(0xd, feature, &length, &offset, &ecx, &edx))
            continue;
        size = MAX(size, (gsize)offset + length);
    }
    return MIN(size, most);
}

static const char *refuses(const struct arch_vectors *vectors)
{
    return vectors->sets[0]->len >= XSAVE_FIXED ? NULL : "this processor has no XSAVE";
}

static gsize whole(const struct arch_vectors *vectors)
{
    (void)vectors;
    return 0;
}

/* The XSAVE area in the form that a signal frame has it: what it holds is written into its software words. */
static GByteArray *framed_vector(const guint8 *vector, gsize most)
{
    guint64 features, used;
    memcpy(&features, vector + XSAVE_SOFTWARE, sizeof features);
    memcpy(&used, vector + XSAVE_HEADER, sizeof used);
    if (!(used >> XSAVE_TILE_DATA & 1))
        features &= ~(G_GUINT64_CONSTANT(1) << XSAVE_TILE_DATA);
    gsize size = xsave_size(features, most);
    const guint32 end = XSTATE_MAGIC_END;
    struct xsave_software software = {.magic = XSTATE_MAGIC_BEGIN,
                                      .extended_size = (guint32)(size + sizeof end),
                                      .features = features,
                                      .size = (guint32)size};
    GByteArray *framed = g_byte_array_new();
    g_byte_array_append(framed, vector, (guint)size);
    memcpy(framed->data + XSAVE_SOFTWARE, &software, sizeof software);
    g_byte_array_append(framed, (const guint8 *)&end, sizeof end);
    return framed;
}

static void fill_frame(struct signal_frame *frame, const struct user_regs_struct *regs)
{
    frame->flags = FRAME_HAS_XSTATE | FRAME_HAS_SS | FRAME_STRICT_SS;
    frame->altstack_flags = 0x7fffffff; /* invalid: the kernel then leaves the thread's own as it is */
    frame->r8 = regs->r8, frame->r9 = regs->r9, frame->r10 = regs->r10, frame->r11 = regs->r11;
    frame->r12 = regs->r12, frame->r13 = regs->r13, frame->r14 = regs->r14, frame->r15 = regs->r15;
    frame->rdi = regs->rdi, frame->rsi = regs->rsi, frame->rbp = regs->rbp, frame->rbx = regs->rbx;
    frame->rdx = regs->rdx, frame->rax = regs->rax, frame->rcx = regs->rcx, frame->rsp = regs->rsp;
    frame->rip = regs->rip, frame->eflags = regs->eflags;
    frame->cs = (guint16)regs->cs, frame->ss = (guint16)regs->ss;
}

static struct arch_frame frame(const struct arch_registers *settled, const struct arch_vectors *vectors,
                               guint64 signal_mask, guint64 sigreturn)
{
    const struct user_regs_struct *regs = user_const(settled);
    g_autoptr(GByteArray) framed = framed_vector(vectors->sets[0]->data, vectors->sets[0]->len);
    guint64 vector_address = (regs->rsp - RED_ZONE - framed->len) & ~G_GUINT64_CONSTANT(63);
    /* At entry of a function the stack pointer is 8 beyond a multiple of 16. */
    guint64 address = ((vector_address - sizeof(struct signal_frame)) & ~G_GUINT64_CONSTANT(15)) - 8;
    struct signal_frame content = {.back = sigreturn, .vector = vector_address, .signal_mask = signal_mask};
    fill_frame(&content, regs);

    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)&content, sizeof content);
    g_byte_array_set_size(bytes, (guint)(vector_address - address));
    g_byte_array_append(bytes, framed->data, framed->len);
    return (struct arch_frame){.address = address, .bytes = bytes};
}

static void set_call(struct arch_registers *registers, const struct arch_call *call)
{
    struct user_regs_struct *regs = user(registers);
    const guint64 *arguments = call->arguments;
    regs->rip = call->function;
    regs->rsp = call->stack; /* the word there is call->back: the frame begins with it */
    regs->rax = call->syscall >= 0 ? (guint64)call->syscall : 0;
    regs->orig_rax = (guint64)-1;
    regs->eflags &= ~(guint64)(FLAG_TRAP | FLAG_DIRECTION);
    regs->rdi = arguments[0], regs->rsi = arguments[1], regs->rdx = arguments[2];
    regs->rcx = arguments[3], regs->r10 = arguments[3], regs->r8 = arguments[4], regs->r9 = arguments[5];
}

#define BYTES(...)                                                                                                \
    (const guint8[])                                                                                              \
    {                                                                                                             \
        __VA_ARGS__                                                                                               \
    }
#define EXACT BYTES(255, 255, 255, 255, 255, 255, 255, 255, 255)

/* mov $15, %rax; syscall */
static const struct elf_pattern sigreturn_code[] = {
    {.length = 9, .bytes = BYTES(0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05), .mask = EXACT},
    {.length = 0},
};
/* syscall; ret */
static const struct elf_pattern syscall_code[] = {
    {.length = 3, .bytes = BYTES(0x0f, 0x05, 0xc3), .mask = EXACT},
    {.length = 0},
};

static const struct arch arch_x86_64 = {
    .name = "x86-64",
    .machine = EM_X86_64,
    .vector_notes = {NT_X86_XSTATE},
    .code_step = 1,
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
};

const struct arch *const arch_native = &arch_x86_64;
#endif
