#!/bin/bash
# run.sh - libFuzzer with ASan and UBSan on each target, from its corpus.
# SPDX-License-Identifier: Apache-2.0
#
#   STD="-std=c17 ..." SYSLIBS="-lnng ..." tests/fuzz/run.sh SECONDS STEM...
#
# New inputs go to build/fuzz/<stem>/new; a crash is printed with the command
# that replays it and stays in build/fuzz/<stem>.  Commit it to the corpus
# together with the fix.
set -u
cd "$(dirname "$0")/../.." || exit 1
shopt -s nullglob
time=$1
shift
out=build/fuzz
gen=${BUILD:-build}/gen
read -ra flags <<<"${STD:--std=c17 -D_GNU_SOURCE}"
read -ra libs <<<"${SYSLIBS:-}"
# shellcheck disable=SC2054
flags+=(-O1 -g -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize-recover=all -fno-omit-frame-pointer -I. -isystem "$gen")
mkdir -p "$out/obj"

# One archive of all floors, instrumented; built anew only where older.
compile() {
	local src=$1 obj
	obj=$out/obj/${src//\//-}.o
	if [ "$obj" -nt "$src" ] && [ -z "$(find proto ledger federation node \
	    "$gen" -name '*.h' -newer "$obj")" ]; then
		return 0
	fi
	clang "${flags[@]}" -c "$src" -o "$obj"
}
sources=({proto,ledger,federation,node,tests/support}/*.c "$gen"/*.c)
for s in "${sources[@]}"; do
	case $s in node/lianfang.c | node/lianfangd.c) continue ;; esac
	compile "$s" &
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || exit 1; done
done
wait
rm -f "$out/all.a"
ar rcs "$out/all.a" "$out"/obj/{proto,ledger,federation,node,tests,build}-*.o

bad=0
printf '%-20s %14s %10s %10s %8s\n' target executions per-s edges features
for stem; do
	mkdir -p "$out/$stem/new" "tests/fuzz/corpus/$stem"
	clang "${flags[@]}" -fsanitize=fuzzer,address,undefined \
	    "tests/fuzz/${stem}_fuzz.c" "$out/all.a" "${libs[@]}" \
	    -o "$out/$stem/run" || exit 1
	log=$out/$stem/log
	"$out/$stem/run" -max_total_time="$time" -print_final_stats=1 \
	    -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$out/$stem/" \
	    "$out/$stem/new" "tests/fuzz/corpus/$stem" >"$log" 2>&1 </dev/null
	rc=$?
	awk -v stem="$stem" '
	    / cov: / { for (i = 1; i < NF; i++) {
		if ($i == "cov:") cov = $(i + 1)
		if ($i == "ft:") ft = $(i + 1) } }
	    /stat::number_of_executed_units:/ { n = $2 }
	    /stat::average_exec_per_sec:/ { r = $2 }
	    END { printf "%-20s %14d %10d %10d %8d\n", stem, n, r, cov, ft }' "$log"
	if [ $rc -ne 0 ]; then
		bad=1
		grep -E 'ERROR: |runtime error|SUMMARY|Test unit written' "$log"
		for crash in "$out/$stem"/{crash,leak,timeout,oom}-*; do
			echo "replay: $out/$stem/run $crash"
		done
	fi
done
exit $bad
