#!/bin/bash
# run.sh - run the end-to-end scripts in parallel; one line per script.
# SPDX-License-Identifier: Apache-2.0
#
#   BUILD=build tests/e2e/run.sh           all of tests/e2e/[0-9]*.sh
#   BUILD=build tests/e2e/run.sh 03 07     those that start so, and what each shows
#
# A script passes when it exits 0 within E2E_TIMEOUT seconds (default 120), no
# sanitizer wrote a log and nothing it started is left.  Its output is in
# $BUILD/results/e2e/<script>.log and is shown when it fails.  77 = skipped.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath -m "${BUILD:-build}")
out=$build/results/e2e
timeout=${E2E_TIMEOUT:-120}

# What a script started carries its E2E_MARK in the environment.
leftovers() {
	local p
	for p in /proc/[0-9]*; do
		if grep -qsz "^E2E_MARK=$1\$" "$p/environ"; then
			echo "${p#/proc/}"
		fi
	done
}

run_one() {
	local script=$1 name log rc start end why left
	name=$(basename "$script" .sh)
	log=$out/$name.log
	mkdir -p "$log.tmp"
	start=$(date +%s%N)
	TMPDIR=$log.tmp BUILD=$build SAN=${SAN:-} E2E_MARK=$name.$$ \
	TSAN_OPTIONS="log_path=$log.san suppressions=tests/check/tsan.supp" \
	ASAN_OPTIONS=log_path=$log.san \
	UBSAN_OPTIONS=log_path=$log.san:print_stacktrace=1 \
	    timeout -k 10 "$timeout" bash "$script" >"$log" 2>&1 </dev/null
	rc=$?
	end=$(date +%s%N)
	why=
	[ $rc -eq 0 ] || why="status $rc"
	[ $rc -ne 124 ] || why="over $timeout s"
	if compgen -G "$log.san*" >/dev/null; then
		why="$why sanitizer report"
		head -n 60 "$log".san* >>"$log"
	fi
	# What was told to end may need a moment.
	for _ in $(seq 40); do
		left=$(leftovers "$name.$$")
		[ -n "$left" ] || break
		sleep 0.05
	done
	if [ -n "$left" ]; then
		why="$why left processes behind"
		# shellcheck disable=SC2086
		kill -9 $left
	fi
	if [ $rc -eq 77 ] && [ -z "$left" ]; then
		echo "skip e2e $name: $(tail -n 1 "$log")"
		echo "0 0" >"$log.count"
	elif [ -z "$why" ]; then
		printf 'ok   e2e %s (%d.%d s)\n%s' "$name" \
		    $(((end - start) / 1000000000)) \
		    $(((end - start) / 100000000 % 10)) \
		    "${E2E_SAY:+$(sed -n 's/^ok - /     | /p' "$log")
}"
		echo "1 0" >"$log.count"
	else
		# One write, so that parallel scripts do not mix.
		printf 'FAIL e2e %s: %s\n%s\n' "$name" "$why" \
		    "$(tail -n 40 "$log" | sed 's/^/     | /')"
		echo "0 1" >"$log.count"
	fi
	rm -rf "$log.tmp"
}

if [ "${1:-}" = --one ]; then
	run_one "$2"
	exit 0
fi
[ $# = 0 ] || export E2E_SAY=1
[ $# -gt 0 ] || set -- ''
rm -rf "$out" "$out.count"
mkdir -p "$out"
scripts=()
for prefix; do
	for s in tests/e2e/"$prefix"*.sh; do
		case ${s##*/} in [0-9]*) scripts+=("$s") ;; esac
	done
done
if [ ${#scripts[@]} -gt 0 ]; then
	printf '%s\n' "${scripts[@]}" |
	    xargs -P "${E2E_JOBS:-$(nproc)}" -I{} bash tests/e2e/run.sh --one {}
	cat "$out"/*.count >"$out.count"
else
	echo "0 0" >"$out.count"
fi
awk '{ p += $1; f += $2 }
    END { printf "e2e: %d passed, %d failed\n", p, f; exit f > 0 }' "$out.count"
