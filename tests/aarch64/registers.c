/* SPDX-License-Identifier: MIT */
/*
 * A long call in C that keeps a known value in each register and looks whether they are still there: whoever stops
 * the thread meanwhile and makes it do something else must bring all of them back.
 *
 * Runs in: the program that is attached to, called from Python with its GIL held.
 */
#include <stdint.h>
#include <string.h>

#define GENERAL 28 /* x0 to x27; x28 counts */
#define VECTORS 32

/* What the registers hold at the end. */
struct held {
    uint64_t general[GENERAL];
    uint64_t vectors[VECTORS][2];
};

/* Fills all registers from `values`, turns around so many times, and writes them back. */
void hold(struct held *values, uint64_t rounds) __attribute__((visibility("hidden")));
__asm__(".text\n"
        ".type hold, %function\n"
        "hold:\n"
        "  stp x29, x30, [sp, #-176]!\n"
        "  stp x19, x20, [sp, #16]\n"
        "  stp x21, x22, [sp, #32]\n"
        "  stp x23, x24, [sp, #48]\n"
        "  stp x25, x26, [sp, #64]\n"
        "  stp x27, x28, [sp, #80]\n"
        "  stp d8, d9, [sp, #96]\n"
        "  stp d10, d11, [sp, #112]\n"
        "  stp d12, d13, [sp, #128]\n"
        "  stp d14, d15, [sp, #144]\n"
        "  stp x0, x1, [sp, #160]\n"
        "  mov x28, x0\n"
        "  add x27, x28, #224\n"
        "  ld1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x27], #64\n"
        "  ld1 {v4.2d, v5.2d, v6.2d, v7.2d}, [x27], #64\n"
        "  ld1 {v8.2d, v9.2d, v10.2d, v11.2d}, [x27], #64\n"
        "  ld1 {v12.2d, v13.2d, v14.2d, v15.2d}, [x27], #64\n"
        "  ld1 {v16.2d, v17.2d, v18.2d, v19.2d}, [x27], #64\n"
        "  ld1 {v20.2d, v21.2d, v22.2d, v23.2d}, [x27], #64\n"
        "  ld1 {v24.2d, v25.2d, v26.2d, v27.2d}, [x27], #64\n"
        "  ld1 {v28.2d, v29.2d, v30.2d, v31.2d}, [x27], #64\n"
        "  ldp x0, x1, [x28, #0]\n"
        "  ldp x2, x3, [x28, #16]\n"
        "  ldp x4, x5, [x28, #32]\n"
        "  ldp x6, x7, [x28, #48]\n"
        "  ldp x8, x9, [x28, #64]\n"
        "  ldp x10, x11, [x28, #80]\n"
        "  ldp x12, x13, [x28, #96]\n"
        "  ldp x14, x15, [x28, #112]\n"
        "  ldp x16, x17, [x28, #128]\n"
        "  ldp x18, x19, [x28, #144]\n"
        "  ldp x20, x21, [x28, #160]\n"
        "  ldp x22, x23, [x28, #176]\n"
        "  ldp x24, x25, [x28, #192]\n"
        "  ldp x26, x27, [x28, #208]\n"
        "  ldr x28, [sp, #168]\n"
        "1: subs x28, x28, #1\n"
        "  b.ne 1b\n"
        "  ldr x28, [sp, #160]\n"
        "  stp x0, x1, [x28, #0]\n"
        "  stp x2, x3, [x28, #16]\n"
        "  stp x4, x5, [x28, #32]\n"
        "  stp x6, x7, [x28, #48]\n"
        "  stp x8, x9, [x28, #64]\n"
        "  stp x10, x11, [x28, #80]\n"
        "  stp x12, x13, [x28, #96]\n"
        "  stp x14, x15, [x28, #112]\n"
        "  stp x16, x17, [x28, #128]\n"
        "  stp x18, x19, [x28, #144]\n"
        "  stp x20, x21, [x28, #160]\n"
        "  stp x22, x23, [x28, #176]\n"
        "  stp x24, x25, [x28, #192]\n"
        "  stp x26, x27, [x28, #208]\n"
        "  add x27, x28, #224\n"
        "  st1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x27], #64\n"
        "  st1 {v4.2d, v5.2d, v6.2d, v7.2d}, [x27], #64\n"
        "  st1 {v8.2d, v9.2d, v10.2d, v11.2d}, [x27], #64\n"
        "  st1 {v12.2d, v13.2d, v14.2d, v15.2d}, [x27], #64\n"
        "  st1 {v16.2d, v17.2d, v18.2d, v19.2d}, [x27], #64\n"
        "  st1 {v20.2d, v21.2d, v22.2d, v23.2d}, [x27], #64\n"
        "  st1 {v24.2d, v25.2d, v26.2d, v27.2d}, [x27], #64\n"
        "  st1 {v28.2d, v29.2d, v30.2d, v31.2d}, [x27], #64\n"
        "  ldp x19, x20, [sp, #16]\n"
        "  ldp x21, x22, [sp, #32]\n"
        "  ldp x23, x24, [sp, #48]\n"
        "  ldp x25, x26, [sp, #64]\n"
        "  ldp x27, x28, [sp, #80]\n"
        "  ldp d8, d9, [sp, #96]\n"
        "  ldp d10, d11, [sp, #112]\n"
        "  ldp d12, d13, [sp, #128]\n"
        "  ldp d14, d15, [sp, #144]\n"
        "  ldp x29, x30, [sp], #176\n"
        "  ret\n"
        ".size hold, . - hold\n");

__attribute__((visibility("default"))) int registers_hold(uint64_t rounds);

/* -1: all as they were; else the first that is not: xN as N, vN as 100 + N. */
int registers_hold(uint64_t rounds)
{
    struct held before, after;
    for (unsigned i = 0; i < GENERAL; i++)
        before.general[i] = 0x1234567800000000u + i;
    for (unsigned i = 0; i < VECTORS; i++)
        before.vectors[i][0] = ~(before.vectors[i][1] = 0x7654321000000000u + i);
    memcpy(&after, &before, sizeof after);
    hold(&after, rounds);
    for (unsigned i = 0; i < GENERAL; i++)
        if (after.general[i] != before.general[i])
            return (int)i;
    for (unsigned i = 0; i < VECTORS; i++)
        if (memcmp(after.vectors[i], before.vectors[i], sizeof after.vectors[i]) != 0)
            return 100 + (int)i;
    return -1;
}
