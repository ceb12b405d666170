#!/bin/bash
# unit.sh - run Criterion binaries in parallel, quiet unless one fails.
# SPDX-License-Identifier: Apache-2.0
#
#   BUILD=build tests/check/unit.sh build/tests/proto/buf_test ...
#
# One line per failing test, the log of each binary in $BUILD/results/unit,
# and at the end "N passed, N failed".
set -u
out=${BUILD:-build}/results/unit

run_one() {
	local test=$1 out=$2 name log rc passed failed left
	name=$(basename "$(dirname "$test")")/$(basename "$test")
	log=$out/${name//\//-}.log
	rm -f "$log"*
	mkdir -p "$log.tmp"
	# A leak leaves a Criterion test green: the sanitizer's own log decides.
	# Criterion catches SIGSEGV itself (tests that expect a signal).
	TMPDIR=$(realpath "$log.tmp") \
	ASAN_OPTIONS=log_path=$log.san:handle_segv=0:handle_abort=0 \
	    LSAN_OPTIONS=suppressions=tests/check/lsan.supp:print_suppressions=0 \
	UBSAN_OPTIONS=log_path=$log.san:print_stacktrace=1 \
	    timeout -k 5 "${UNIT_TIMEOUT:-300}" "$test" --jobs 1 --color=never \
	    --short-filename >"$log" 2>&1 </dev/null
	rc=$?
	passed=$(sed -n 's/.*Synthesis: .*Passing: \([0-9]*\).*/\1/p' "$log")
	failed=$(sed -n 's/.*Synthesis: .*Failing: \([0-9]*\).*/\1/p' "$log")
	awk -v name="$name" '
	    /^\[----\]/ { sub(/^\[----\] */, ""); if ($0) why = why " " $0 }
	    /^\[FAIL\]/ { print "FAIL " name " " $2 why; why = "" }
	    /^\[PASS\]/ { why = "" }' "$log"
	if [ -z "$failed" ]; then
		echo "FAIL $name: ended with status $rc before its summary," \
		    "see $log"
		passed=0 failed=1
	elif [ "$rc" -ne 0 ] && [ "$failed" -eq 0 ]; then
		echo "FAIL $name: status $rc, see $log"
		failed=1
	fi
	if compgen -G "$log.san*" >/dev/null; then
		echo "FAIL $name: sanitizer, see" "$log".san*
		failed=$((failed + 1))
	fi
	left=$(ls -A "$log.tmp")
	if [ -n "$left" ] && [ "$failed" -eq 0 ]; then
		echo "FAIL $name: left behind in TMPDIR: ${left//$'\n'/ }"
		failed=$((failed + 1))
	fi
	rm -rf "$log.tmp"
	echo "$passed $failed" >"$log.count"
}

if [ "${1:-}" = --one ]; then
	run_one "$2" "$3"
	exit 0
fi
rm -rf "$out" "$out.count"
mkdir -p "$out"
if [ $# -gt 0 ]; then
	printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} "$0" --one {} "$out"
	cat "$out"/*.count >"$out.count"
else
	echo "0 0" >"$out.count"
fi
awk '{ p += $1; f += $2 }
    END { printf "unit: %d passed, %d failed\n", p, f; exit f > 0 }' "$out.count"
