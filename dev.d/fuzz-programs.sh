# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: fuzz programs [SECONDS] [OPTION…]
#:                       random asyncio and AnyIO programs, right by construction or with one fault, traced: where is
#:                       the answer wrong? (default: five minutes)

# What is found is a line of options, with which tests/random_programs/hunt.py does it again, smaller with --shrink.
verb() { # [SECONDS] [OPTION…]
    ready_to_test
    PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/random_programs/hunt.py build --seconds "${1:-300}" "${@:2}" ||
        die "something was found"
}
