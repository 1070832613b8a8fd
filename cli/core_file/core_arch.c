/* SPDX-License-Identifier: MIT */
#include "cli/core_file/core_arch.h"

#include <elf.h>
#include <stddef.h>

static const struct core_arch archs[] = {
    /* r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp …: struct
     * user_regs_struct; DWARF has rax rdx rcx rbx rsi rdi rbp rsp r8 … r15 rip */
    {.machine = EM_X86_64,
     .registers = 27,
     .program_counter = 16,
     .dwarf_count = 17,
     .dwarf = {10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16}},
    /* x0 … x30, sp, pc, pstate: struct user_pt_regs, and DWARF's order */
    {.machine = EM_AARCH64,
     .registers = 34,
     .program_counter = 32,
     .dwarf_count = 32,
     .dwarf = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
               16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31}},
};

const struct core_arch *core_arch_find(uint16_t machine)
{
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
        if (archs[i].machine == machine)
            return &archs[i];
    return NULL;
}
