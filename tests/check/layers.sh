#!/bin/sh
# layers.sh - each floor links with those below it and no other.
# SPDX-License-Identifier: Apache-2.0
#
#   tests/check/layers.sh "-lnng ..." build/libproto.a build/libledger.a ...
#
# Archives come lowest first; every object of a floor takes part, so that a
# single call upward, from whatever function, is an undefined reference.
set -u
syslibs=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo 'int main(void) { return 0; }' >"$dir/main.c"
below=
bad=0
for lib; do
	below="$below $lib"
	# shellcheck disable=SC2086
	if ! ${CC:-gcc} -o "$dir/main" "$dir/main.c" -Wl,--whole-archive \
	    $below -Wl,--no-whole-archive $syslibs 2>"$dir/log"; then
		grep -o '[a-z_/]*\.c:.*undefined reference.*' "$dir/log" |
		    sort -u | head -n 20
		echo "$lib does not link on its own floor"
		bad=1
	fi
done
exit $bad
