# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: packages KIND…        install the Debian packages of these kinds (see packaging/debian-packages.txt)

verb() { install_packages "$@"; }
