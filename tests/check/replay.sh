#!/bin/bash
# replay.sh - run every fuzz corpus through its target, without libFuzzer.
# SPDX-License-Identifier: Apache-2.0
#
#   BUILD=build tests/check/replay.sh build/tests/fuzz/note_replay ...
#
# A target without a corpus fails: every parser of outside bytes has seeds.
set -u
out=${BUILD:-build}/results/fuzz-replay
rm -rf "$out" "$out.count"
mkdir -p "$out"
passed=0 failed=0
for replay; do
	stem=$(basename "$replay" _replay)
	log=$out/$stem.log
	ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
	    timeout -k 5 120 "$replay" "tests/fuzz/corpus/$stem" \
	    >"$log" 2>&1 </dev/null
	rc=$?
	if [ $rc -eq 0 ]; then
		passed=$((passed + $(sed -n 's/^\([0-9]*\) inputs$/\1/p' "$log")))
	else
		echo "FAIL fuzz-replay $stem: status $rc, see $log:" \
		    "$(tail -n 1 "$log")"
		failed=$((failed + 1))
	fi
done
echo "$passed $failed" >"$out.count"
echo "fuzz-replay: $passed passed, $failed failed"
[ $failed -eq 0 ]
