/* SPDX-License-Identifier: MIT */
/* What any preload costs at least: a library with nothing in it. */
extern const int bench_nothing;
const int bench_nothing = 0;
