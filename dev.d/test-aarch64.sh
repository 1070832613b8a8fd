# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: test aarch64 [CPU [CHECK…]]
#:                       attach, ps and doctor in an aarch64 Debian under qemu, for which all is cross-compiled (half an hour);
#:                       CPU: instead of cortex-a57; CHECK: functions of tests/aarch64/guest

verb() { # [CPU [CHECK…]]
    install_packages build suites aarch64
    as_root tests/aarch64/run build/aarch64 "$@"
}
