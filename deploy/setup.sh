#!/bin/sh
# setup.sh - install the missing Debian packages of the named sections.
# SPDX-License-Identifier: Apache-2.0
#
#   sh deploy/setup.sh build                 what `make` needs
#   sh deploy/setup.sh build demo test check what `make check` needs
#
# Says nothing and changes nothing when all are there.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- build test check

die() {
	printf 'setup: %s\n' "$@" >&2
	exit 1
}

# Packages of the sections given as arguments, one per line.
wanted() {
	for section; do
		awk -v want="[$section]" '
		    /^\[/ { on = ($0 == want); seen = seen || on; next }
		    on && NF && !/^#/ { print $1 }
		    END { exit !seen }' deploy/packages.txt ||
			die "no section [$section] in deploy/packages.txt"
	done
}

packages=$(wanted "$@" | sort -u)
if ! command -v dpkg-query >/dev/null 2>&1; then
	[ "${LIANFANG_SETUP:-}" = skip ] && exit 0
	die "this is not Debian; install the equivalents of:" \
	    "  $(echo "$packages" | tr '\n' ' ')" \
	    "and set LIANFANG_SETUP=skip to go on without this step"
fi

# dpkg-query fails when it does not know one of them; its list still counts.
# shellcheck disable=SC2016,SC2086
there=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages \
    2>/dev/null | sed -n 's/ installed$//p' | sort -u) || true
missing=
for p in $packages; do
	printf '%s\n' "$there" | grep -qx "$p" || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null 2>&1 ||
	die "apt-get not found; missing packages:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null 2>&1 &&
	    { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
		as_root="sudo"
	else
		die "packages are missing and I may not install them" \
		    "(not root, and sudo is absent or wants a password)." \
		    "Please run as root:" \
		    "  apt-get update && apt-get install --no-install-recommends$missing"
	fi
fi

echo "setup: installing Debian packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$log" 2>&1
}
apt update || echo "setup: apt-get update failed; trying with the lists at hand"
# shellcheck disable=SC2086
if ! apt install --no-install-recommends $missing; then
	tail -n 20 "$log" >&2
	die "apt-get could not install:$missing"
fi
echo "setup: done"
