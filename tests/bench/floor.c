/* SPDX-License-Identifier: MIT */
/*
 * The floor of what recording can cost: the two events of a scope, entered and left, emitted by C with nothing
 * around them. To be run under `scopetrace record`, whose session it finds as the agent does.
 *
 *   bench_floor MODULE [PAIRS]     prints nanoseconds of processor time per pair; with BENCH_RESULT it writes what
 *                                  workloads write (workloads/_measure.py) into that file
 *
 * The provider is in a module of its own, because LTTng reads its settings when it is loaded.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "preload/control.h"

static const struct control *control_of_session(void)
{
    const char *path = getenv(CONTROL_ENV);
    int fd = path ? open(path, O_RDONLY) : -1;
    void *memory = fd >= 0 ? mmap(NULL, sizeof(struct control), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    return memory == MAP_FAILED ? NULL : memory;
}

static void lend_settings(const struct control *control)
{
    char timeout[16];
    snprintf(timeout, sizeof timeout, "%u", control->register_timeout_ms);
    setenv("LTTNG_UST_REGISTER_TIMEOUT", timeout, 1);
    if (control->lttng_home[0])
        setenv("LTTNG_HOME", control->lttng_home, 1);
    if (control->lttng_app_path[0])
        setenv("LTTNG_UST_APP_PATH", control->lttng_app_path, 1);
}

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void write_result(uint64_t pairs, double seconds)
{
    const char *path = getenv("BENCH_RESULT");
    FILE *result = path ? fopen(path, "a") : NULL;
    printf("%.1f\n", seconds * 1e9 / (double)pairs);
    if (!result)
        return;
    fprintf(result, "%llu %.9f 0 0 0\n", (unsigned long long)pairs, seconds);
    fclose(result);
}

int main(int count, char **arguments)
{
    const struct control *control = control_of_session();
    if (count < 2 || !control)
        return 2;
    lend_settings(control);
    void *module = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void (*emit_pairs)(uint64_t) = module ? (void (*)(uint64_t))dlsym(module, "floor_emit_pairs") : NULL;
    if (!emit_pairs) {
        fprintf(stderr, "bench_floor: %s\n", dlerror());
        return 2;
    }
    uint64_t pairs = count > 2 ? strtoull(arguments[2], NULL, 10) : 300000;
    emit_pairs(pairs / 100);
    double before = processor_seconds();
    emit_pairs(pairs);
    write_result(pairs, processor_seconds() - before);
    return 0;
}
