/* SPDX-License-Identifier: MIT */
#include "tests/postmortem/relay.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 500
#define STEP_US 20000
#define TRIALS 5

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((in_port_t)port)};
}

static unsigned free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool listens(unsigned port)
{
    const struct sockaddr_in address = loopback(port);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return connected;
}

/* False: it has ended, as when somebody else has taken a port meanwhile. */
static bool comes_up(struct relay_daemon *relay, const unsigned ports[3])
{
    for (int i = 0, listening = 0; i < PATIENCE; i++) {
        while (listening < 3 && listens(ports[listening]))
            listening++;
        if (waitpid(relay->pid, NULL, WNOHANG) != 0)
            return false;
        if (listening == 3)
            return true;
        g_usleep(STEP_US);
    }
    fail_msg("the relay daemon does not listen");
    return false;
}

/* A test that fails must not leave it. */
static void end_with_us(gpointer unused)
{
    (void)unused;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void launch(struct relay_daemon *relay, const unsigned ports[3])
{
    g_autofree char *control = g_strdup_printf("--control-port=tcp://127.0.0.1:%u", ports[0]);
    g_autofree char *data = g_strdup_printf("--data-port=tcp://127.0.0.1:%u", ports[1]);
    g_autofree char *live = g_strdup_printf("--live-port=tcp://127.0.0.1:%u", ports[2]);
    g_autofree char *program = g_find_program_in_path("lttng-relayd");
    char *arguments[] = {program, "--output", relay->folder, control, data, live, NULL};
    if (!program) {
        fprintf(stderr, "no lttng-relayd\n");
        exit(77);
    }
    assert_true(g_spawn_async(NULL, arguments, NULL,
                              G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                              end_with_us, NULL, &relay->pid, NULL));
}

struct relay_daemon relay_start(void)
{
    struct relay_daemon relay = {.folder = support_path("relay")};
    unsigned ports[3];
    assert_int_equal(g_mkdir_with_parents(relay.folder, 0700), 0);
    for (int trial = 0; trial < TRIALS; trial++) {
        for (size_t i = 0; i < G_N_ELEMENTS(ports); i++)
            ports[i] = free_port();
        launch(&relay, ports);
        if (comes_up(&relay, ports))
            break;
        relay.pid = 0;
    }
    assert_true(relay.pid > 0);
    relay.url = g_strdup_printf("net://127.0.0.1:%u:%u", ports[0], ports[1]);
    relay.live = g_strdup_printf("net://127.0.0.1:%u", ports[2]);
    return relay;
}

void relay_kill(struct relay_daemon *relay, int number)
{
    assert_int_equal(kill(relay->pid, number), 0);
    assert_int_equal(waitpid(relay->pid, NULL, 0), relay->pid);
    relay->pid = 0;
}

void relay_clear(struct relay_daemon *relay)
{
    if (relay->pid > 0)
        relay_kill(relay, SIGKILL);
    support_remove(relay->folder);
    g_free(relay->folder);
    g_free(relay->url);
    g_free(relay->live);
}

json_t *relay_await_tasks(const struct relay_daemon *relay, json_int_t tasks)
{
    const char *const analyze[] = {"analyze", relay->folder, NULL};
    for (int i = 0; i < PATIENCE; i++) {
        json_t *report = support_try_report(analyze);
        if (report && support_summary(report, "tasks") >= tasks)
            return report;
        json_decref(report);
        g_usleep(STEP_US);
    }
    fail_msg("less than %d tasks arrived at the relay", (int)tasks);
    return NULL;
}
