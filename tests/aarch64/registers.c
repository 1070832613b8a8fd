/* SPDX-License-Identifier: MIT */
/*
 * A long call in C that keeps a known value in each register and looks whether they are still there: whoever stops
 * the thread meanwhile and makes it do something else must bring all of them back.
 *
 * Runs in: the program that is attached to, called from Python with its GIL held.
 */
#include <asm/hwcap.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

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

#define SCALABLE_MOST 256 /* bytes of a vector */
#define FAULTS 5          /* of FFR: so many bytes were loaded before a fault */

/* What SVE's registers hold, each as long as this processor has it: vectors, predicates, FFR. */
struct scalable {
    uint8_t bytes[32 * SCALABLE_MOST + 17 * SCALABLE_MOST / 8];
};

/* The same with them, from one place to another. */
void hold_scalable(const struct scalable *before, struct scalable *after, uint64_t rounds)
    __attribute__((visibility("hidden")));
__asm__(".text\n"
        ".arch armv8-a+sve\n"
        ".type hold_scalable, %function\n"
        "hold_scalable:\n"
        "  stp d8, d9, [sp, #-64]!\n"
        "  stp d10, d11, [sp, #16]\n"
        "  stp d12, d13, [sp, #32]\n"
        "  stp d14, d15, [sp, #48]\n"
        "  addvl x3, x0, #16\n"
        "  addvl x3, x3, #16\n"
        "  addvl x4, x1, #16\n"
        "  addvl x4, x4, #16\n"
        "  ptrue p0.b, vl5\n"
        "  wrffr p0.b\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  ldr p\\n, [x3, #\\n, mul vl]\n"
        ".endr\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "  ldr z\\n, [x0, #\\n, mul vl]\n"
        ".endr\n"
        "1: subs x2, x2, #1\n"
        "  b.ne 1b\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "  str z\\n, [x1, #\\n, mul vl]\n"
        ".endr\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "  str p\\n, [x4, #\\n, mul vl]\n"
        ".endr\n"
        "  rdffr p0.b\n"
        "  str p0, [x4, #16, mul vl]\n"
        "  ldp d10, d11, [sp, #16]\n"
        "  ldp d12, d13, [sp, #32]\n"
        "  ldp d14, d15, [sp, #48]\n"
        "  ldp d8, d9, [sp], #64\n"
        "  ret\n"
        ".size hold_scalable, . - hold_scalable\n"
        ".arch armv8-a\n");

/* Bytes of one of its vectors; 0: this processor has no SVE. */
static size_t vector_bytes(void)
{
    return getauxval(AT_HWCAP) & HWCAP_SVE ? (size_t)(prctl(PR_SVE_GET_VL) & PR_SVE_VL_LEN_MASK) : 0;
}

static int compare_scalable(const struct scalable *before, const struct scalable *after, size_t vector)
{
    const size_t predicates = 32 * vector, predicate = vector / 8;
    for (size_t i = 0; i < predicates; i++)
        if (before->bytes[i] != after->bytes[i])
            return 200 + (int)(i / vector);
    for (size_t i = 0; i < 17 * predicate; i++)
        if (before->bytes[predicates + i] != after->bytes[predicates + i])
            return 300 + (int)(i / predicate);
    return -1;
}

static int hold_all_scalable(size_t vector, uint64_t rounds)
{
    struct scalable before, after;
    uint8_t *faults = before.bytes + 32 * vector + 16 * (vector / 8);
    for (size_t i = 0; i < sizeof before.bytes; i++)
        before.bytes[i] = (uint8_t)(i * 7 + i / 256);
    memset(faults, 0, vector / 8);
    *faults = (1 << FAULTS) - 1;
    memset(&after, 0, sizeof after);
    hold_scalable(&before, &after, rounds);
    return compare_scalable(&before, &after, vector);
}

static int hold_all(uint64_t rounds)
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

__attribute__((visibility("default"))) int registers_hold(uint64_t rounds);

/* -1: all as they were; else the first that is not: xN as N, vN as 100 + N, zN as 200 + N, pN as 300 + N, FFR as
 * 316. */
int registers_hold(uint64_t rounds)
{
    const size_t vector = vector_bytes();
    const int wrong = hold_all(rounds);
    return wrong >= 0 || vector == 0 ? wrong : hold_all_scalable(vector, rounds);
}
