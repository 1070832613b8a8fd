# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: test threads [NAME…]  what reads traces and streams in several threads, under ThreadSanitizer (a few minutes)

verb() { # [NAME…]
    build_for_tests --threads
    prepare_tests build-threads
    [ $# != 0 ] || set -- test_babeltrace test_traces postmortem.watch postmortem.streaming
    # of GLib's own allocator the sanitizer sees nothing
    G_SLICE=always-malloc ctest --test-dir build-threads --output-on-failure -R "$(IFS='|' && echo "$*")"
}
