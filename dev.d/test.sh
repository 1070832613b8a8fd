# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: test [NAME…] [--sanitize]
#:                       all tests, or those whose name matches; --sanitize: under ASan and UBSan

verb() {
    local sanitize=() names=() folder=build argument
    for argument in "$@"; do
        case $argument in
        --sanitize) sanitize=(--sanitize) folder=build-sanitize ;;
        -*) die "unknown option $argument" ;;
        *) names+=(-R "$argument") ;;
        esac
    done
    ready_to_test "${sanitize[@]}"
    # most of a traced run is waiting for LTTng: three at a time per core
    local status=0
    ctest --test-dir "$folder" --output-on-failure -j "$(($(nproc) * 3))" "${names[@]}" || status=$?
    # programs with known answers: what was wrong once and right twice passes, and may be a fault that comes seldom
    sed -n 's/^once /wrong once: /p' "$folder/Testing/Temporary/LastTest.log" 2>/dev/null || true
    return "$status"
}
