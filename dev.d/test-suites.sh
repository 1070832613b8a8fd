# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#: test suites [SUITE…] [-- NAME…]
#:                       all tests, or those whose name matches, on Debian trixie and sid (or SUITE): with their
#:                       interpreters, LTTng and AnyIO, in folders that debootstrap makes below build/suites/

# A folder with a Debian of its own. What was begun and not finished is begun again.
make_suite() { # SUITE ROOT
    [ ! -d "$2" ] || return 0
    say "dev: making $2"
    mkdir -p "$(dirname "$2")"
    as_root rm -rf --one-file-system "$2.new"
    as_root debootstrap --variant=minbase --include=ca-certificates "$1" "$2.new" >"$2.log" 2>&1 ||
        die "debootstrap failed: see $2.log"
    # mirrors may lag behind
    echo 'Acquire::Check-Valid-Until "false";' | as_root tee "$2.new/etc/apt/apt.conf.d/90mirror" >/dev/null
    as_root mv "$2.new" "$2"
}

# The files of this tree, without what was built; what the suite built of them stays.
copy_into() { # FOLDER
    as_root mkdir -p "$1"
    as_root find "$1" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | as_root tar -x -C "$1"
}

# Runs a command in the folder's /scopetrace. Its mounts are in a namespace of their own: they go with the command,
# however it ends.
within_suite() { # ROOT COMMAND…
    # shellcheck disable=SC2016
    as_root unshare --mount --propagation private bash -ec '
        root=$1
        shift
        # a root that is a mount: else nobody in there can have mounts of his own
        mount --bind "$root" "$root"
        mount --rbind /proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/dev/shm"
        mount -t tmpfs tmpfs "$root/run"
        # the network as it is here
        for file in /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt; do
            [ ! -e "$file" ] || { touch "$root$file"; mount --bind "$file" "$root$file"; }
        done
        exec chroot "$root" /usr/bin/env HOME=/root LANG=C.UTF-8 bash -ec "cd /scopetrace; exec \"\$@\"" suite "$@"' suite "$@"
}

test_in_suite() { # SUITE NAME…
    local root=build/suites/$1 suite=$1
    shift
    make_suite "$suite" "$root"
    copy_into "$root/scopetrace"
    # every Python that the suite has
    within_suite "$root" bash -ec '
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends python3-all' >>"$root.log" 2>&1 ||
        die "no Python could be installed in $root: see $root.log"
    if [ $# != 0 ]; then
        within_suite "$root" ./dev test "$@"
    else
        within_suite "$root" ./dev test && within_suite "$root" ./dev test transparency CPython
    fi
}

verb() { # [SUITE…] [-- NAME…]
    local suites=() suite failed=()
    while [ $# != 0 ] && [ "$1" != -- ]; do
        suites+=("$1")
        shift
    done
    shift || true
    [ ${#suites[@]} != 0 ] || suites=(trixie sid)
    install_packages suites
    for suite in "${suites[@]}"; do
        say "
dev: $suite"
        test_in_suite "$suite" "$@" || failed+=("$suite")
    done
    [ ${#failed[@]} = 0 ] || die "tests failed on ${failed[*]}"
}
