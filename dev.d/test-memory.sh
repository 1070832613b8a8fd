# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: test memory [SECONDS] [PYTHON]
#:                       tasks and scopes that come and go, plain and traced: does memory stay where it is? (an hour)

verb() { # [SECONDS] [PYTHON]
    ready_to_test
    build/tests/test_memory "${@:-3600}"
}
