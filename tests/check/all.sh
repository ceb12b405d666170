#!/bin/bash
# all.sh - everything CI runs, one step after another, the slowest last.
# SPDX-License-Identifier: Apache-2.0
#
# Called by `make check`.  A step's output is shown when it fails and is kept
# in build/check/; the other steps still run.  STEPS="lint limits" runs some.
set -u
cd "$(dirname "$0")/../.." || exit 1
logs=build/check
rm -rf "$logs"
mkdir -p "$logs"
bad=()
jobs=-j$(nproc)
unset MAKEFLAGS MFLAGS BUILD SAN CC MAKELEVEL

# step NAME COMMAND... - quiet unless it fails.
step() {
	local name=$1 start=$SECONDS
	shift
	[[ " ${STEPS:-$name} " == *" $name "* ]] || return 0
	if "$@" >"$logs/$name.log" 2>&1 </dev/null; then
		printf 'ok    %-12s %4d s\n' "$name" $((SECONDS - start))
	else
		printf 'FAIL  %-12s %4d s\n' "$name" $((SECONDS - start))
		grep -vE '^  (CC|LD|GEN|GO)  ' "$logs/$name.log" | tail -n 60 |
		    sed 's/^/      | /'
		bad+=("$name")
	fi
}

make() {
	command make --no-print-directory "$jobs" "$@"
}

# With the tests, the fuzz targets and the bench, so that all code is seen; in
# folders of their own, where nothing was built without -Werror.
gcc=(WERROR=1 CC=gcc BUILD=build/gcc)
clang=(WERROR=1 CC=clang BUILD=build/clang)

sanitized() {
	make SAN=address,undefined everything &&
		make SAN=address,undefined unit &&
		make SAN=address,undefined fuzz-replay
}

threads() {
	make SAN=thread all && E2E_TIMEOUT=300 make SAN=thread e2e
}

# Building and testing leaves no file that git does not know or ignore.
clean_tree() {
	local now
	now=$(git status --porcelain)
	[ "$now" = "$before" ] || { diff <(echo "$before") <(echo "$now"); return 1; }
}

before=$(git status --porcelain)
step format make fmt-check
step limits make limits
step docs tests/check/docs.sh
step checks tests/check/selftest.sh
step gcc make "${gcc[@]}" everything
step symbols make "${gcc[@]}" symbols
step layers make "${gcc[@]}" layers
step clang make "${clang[@]}" everything
step lint make "${gcc[@]}" lint
step foreign make foreign-test
step test make "${gcc[@]}" test-run
step asan+ubsan sanitized
step tsan-e2e threads
step clean-tree clean_tree
grep -hE '^(skip|FAIL) ' "$logs/test.log" 2>/dev/null
if [ ${#bad[@]} -gt 0 ]; then
	echo "check: failed: ${bad[*]} (logs in $logs)"
else
	echo "check: all steps passed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
fi
tail -n 1 "$logs/test.log" 2>/dev/null
[ ${#bad[@]} -eq 0 ]
