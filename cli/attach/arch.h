/* SPDX-License-Identifier: MIT */
/*
 * What differs between processors when a call is made in a stopped thread. Pure functions over register
 * contents: the same injection runs on each of them, and tests need no process.
 *
 * Runs in: the command. Any thread. Addresses are the target's.
 */
#ifndef SCOPETRACE_ATTACH_ARCH_H
#define SCOPETRACE_ATTACH_ARCH_H

#include <glib.h>

#include "cli/attach/elf_file.h"

/* The general registers (NT_PRSTATUS), as the kernel hands them out. */
struct arch_registers {
    _Alignas(16) guint8 bytes[512];
    gsize size;
    guint32 code; /* the word of code at the instruction pointer; 0: not read */
};

/* Where a stopped thread waits. */
enum arch_wait {
    WAIT_NOT,       /* it runs, or is past its system call */
    WAIT_EVENTS,    /* epoll_wait and its like: an early return with no events is an ordinary one */
    WAIT_SLEEP,     /* a sleep */
    WAIT_LOCK,      /* futex: EINTR makes Python look around, other callers go back to waiting */
    WAIT_ELSEWHERE, /* any other call: it must go on as if nothing had been */
};

/* How an interrupted system call ends when the thread goes on. */
enum arch_resume {
    RESUME_AS_WAS,       /* restarted, as the kernel would have done */
    RESUME_BY_FRAME,     /* likewise, by sigreturn, which forgets half-done sleeps: those return EINTR */
    RESUME_WITH_EINTR,   /* as if a signal handler had run */
    RESUME_WITH_EAGAIN,  /* of a futex: as if its value had changed */
    RESUME_WITH_NOTHING, /* returns 0 */
};

struct arch_call {
    guint64 function;
    guint64 arguments[6];
    guint64 stack;  /* the address of the frame: the stack pointer at entry */
    guint64 back;   /* the code that the function returns to */
    gint64 syscall; /* >= 0: function is a system call instruction and this its number */
};

/* The other registers that a call changes, as the kernel hands them out: one set after the other of vector_notes.
 * NULL: this machine has no such registers. */
enum { ARCH_SETS = 4 };
struct arch_vectors {
    GByteArray *sets[ARCH_SETS];
};

/* Bytes to be written into the target's stack, at `address`. */
struct arch_frame {
    guint64 address;
    GByteArray *bytes;
};

struct arch {
    const char *name;
    guint16 machine; /* EM_... */
    /* The register sets of arch_vectors: the first is always there; 0: no more. */
    unsigned vector_notes[ARCH_SETS];
    unsigned number_note; /* where the number of the system call is, 0: among the general registers */
    gsize code_step;
    const struct elf_pattern *sigreturn_code; /* code that makes the rt_sigreturn call and nothing else */
    const struct elf_pattern *syscall_code;   /* a system call instruction, then return */
    gint64 mmap, rt_sigreturn;                /* system call numbers */

    enum arch_wait (*waits)(const struct arch_registers *registers);
    guint64 (*instruction)(const struct arch_registers *registers);
    guint64 (*stack)(const struct arch_registers *registers);
    /* Afterwards the registers are those of a thread that is in no system call. */
    void (*settle)(struct arch_registers *registers, enum arch_resume how);
    /* NULL: possible. Else why a frame would not bring back all of these vector registers right now. */
    const char *(*refuses)(const struct arch_vectors *vectors);
    /* The one of the sets that brings back all of them when it is written. */
    gsize (*whole)(const struct arch_vectors *vectors);
    /* A signal frame below everything that the thread uses: with the stack pointer at its address, the
     * sigreturn code brings back these settled registers. The caller frees bytes. */
    struct arch_frame (*frame)(const struct arch_registers *settled, const struct arch_vectors *vectors,
                               guint64 signal_mask, guint64 sigreturn);
    void (*set_call)(struct arch_registers *registers, const struct arch_call *call);
    /* NULL: all registers can be set where a thread is stopped at a system call. Else one of them cannot, and this
     * makes a thread that is stopped before its call make that call again, if it skips it now. */
    void (*call_again)(struct arch_registers *registers);
};

/* This machine's; NULL on one that we have no accessors for. */
extern const struct arch *const arch_native;

#endif
