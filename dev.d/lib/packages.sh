# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What verbs install: Debian packages, PyPI packages below build/python/. The lists are in packaging/.

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

apt_install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" >&2; }

# Debian packages of the given kinds that are not there yet.
missing_packages() {
    local kind package wanted
    while read -r kind package; do
        for wanted in "$@"; do
            if [ "$kind" = "$wanted" ] && ! installed "$package"; then echo "$package"; fi
        done
    done < <(grep -Ev '^(#|$)' packaging/debian-packages.txt)
}

# Reads names. Not every suite has every package: what needs one that is not there says so by itself.
known_to_apt() {
    local package
    while read -r package; do
        if [ -n "$(apt-cache madison "$package")" ]; then echo "$package"; else say "dev: there is no package $package here"; fi
    done
}

install_packages() {
    local missing
    missing=$(missing_packages "$@" | sort -u)
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || die "needs these packages, and there is no apt-get to install them: ${missing//$'\n'/ }"
    say "dev: installing ${missing//$'\n'/ }"
    as_root apt-get update -q >&2
    missing=$(known_to_apt <<<"$missing")
    [ -n "$missing" ] || return 0
    # lttng-tools must not leave a daemon of its own running: scopetrace starts a private one for each run.
    # shellcheck disable=SC2086
    apt_install $missing
}

# Python packages go into folders of their own, never into the machine's Python. What only benchmarks need must be asked for.
install_python_packages() { # [REGEX]
    local folder requirements
    [ -x build/venv/bin/pip ] || /usr/bin/python3 -m venv build/venv >&2
    mkdir -p build/python
    while read -r folder requirements; do
        [[ -d build/python/$folder || (-z ${1:-} && $folder == bench-*) ]] && continue
        say "dev: fetching $folder from PyPI"
        rm -rf "build/python/.$folder"
        # shellcheck disable=SC2086
        if build/venv/bin/pip install -q --disable-pip-version-check --no-compile \
            --target "build/python/.$folder" $requirements >&2; then
            mv "build/python/.$folder" "build/python/$folder"
        else
            rm -rf "build/python/.$folder"
            say "dev: PyPI gave no $requirements: the tests that need it will be skipped by name"
        fi
    done < <(grep -Ev '^(#|$)' packaging/python-packages.txt | grep -E "${1:-.}")
}

# The source distributions, tests and all, of packages that are installed below build/python/. A line is: FOLDER, PACKAGE,
# and the folder that says which version.
install_python_sources() {
    local folder package of version
    while read -r folder package of; do
        [ -d "build/python/$folder" ] && continue
        version=$(basename "build/python/$of/$package"-*.dist-info .dist-info)
        version=${version#"$package"-}
        say "dev: fetching $folder from PyPI"
        rm -rf build/python/.source
        if build/venv/bin/pip download -q --disable-pip-version-check --no-deps --no-binary "$package" \
            --dest build/python/.source "$package==$version" >&2 &&
            tar -xf "build/python/.source/$package-$version.tar.gz" -C build/python/.source; then
            mv "build/python/.source/$package-$version" "build/python/$folder"
        else
            say "dev: PyPI gave no source of $package $version: the tests that need it will be skipped by name"
        fi
        rm -rf build/python/.source
    done < <(grep -Ev '^(#|$)' packaging/python-sources.txt)
}
