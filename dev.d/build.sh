# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: build [--tests] [--sanitize]
#:                       leave a command that runs in place at build/bin/scopetrace; --tests: and the tests beside it

verb() { build "$@"; }
