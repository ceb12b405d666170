#!/bin/bash
# run.sh - libFuzzer with ASan and UBSan on each target, from its corpus.
# SPDX-License-Identifier: Apache-2.0
#
#   STD="-std=c17 ..." SYSLIBS="-lnng ..." tests/fuzz/run.sh SECONDS STEM...
#
# JOBS targets at a time (default: processors).  New inputs go to
# build/fuzz/<stem>/new and are kept for the next run; a crash is printed with
# the command that replays it and stays in build/fuzz/<stem>.  Commit it to the
# corpus together with the fix.  `edges` are those reached and those linked.
set -u
cd "$(dirname "$0")/../.." || exit 1
shopt -s nullglob
out=build/fuzz
gen=${BUILD:-build}/gen
read -ra flags <<<"${STD:--std=c17 -D_GNU_SOURCE}"
read -ra libs <<<"${SYSLIBS:-}"
# shellcheck disable=SC2054
flags+=(-O1 -g -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize-recover=all -fno-omit-frame-pointer -I. -isystem "$gen")

# fuzz_one SECONDS STEM - its row of the table, and what it found.
fuzz_one() {
	local time=$1 stem=$2 log=$out/$2/log rc crash tmp
	mkdir -p "$out/$stem/new"
	clang "${flags[@]}" -fsanitize=fuzzer,address,undefined \
	    "tests/fuzz/${stem}_fuzz.c" "$out/all.a" "${libs[@]}" \
	    -o "$out/$stem/run" || return 1
	# In memory: what a target writes it also reads, and a disk's syncs left
	# some targets three executions a second.
	tmp=$([ -w /dev/shm ] && mktemp -d /dev/shm/fuzz.XXXXXX || mktemp -d)
	TMPDIR=$tmp \
	    "$out/$stem/run" -max_total_time="$time" -print_final_stats=1 \
	    -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$out/$stem/" \
	    "$out/$stem/new" "tests/fuzz/corpus/$stem" >"$log" 2>&1 </dev/null
	rc=$?
	rm -rf "$tmp"
	awk -v stem="$stem" '
	    /^INFO: Loaded .* PCs\)/ { match($0, /[0-9]+ PCs/)
		all = substr($0, RSTART) + 0 }
	    / cov: / { for (i = 1; i < NF; i++) {
		if ($i == "cov:") cov = $(i + 1)
		if ($i == "ft:") ft = $(i + 1) } }
	    /stat::number_of_executed_units:/ { n = $2 }
	    /stat::average_exec_per_sec:/ { r = $2 }
	    END { printf "%-10s %12d %8d %7d %7d %9d\n",
		stem, n, r, cov, all, ft }' "$log"
	[ $rc -ne 0 ] || return 0
	grep -E 'ERROR: |runtime error|SUMMARY|Test unit written' "$log"
	for crash in "$out/$stem"/{crash,leak,timeout,oom}-*; do
		echo "replay: $out/$stem/run $crash"
	done
	return 1
}

if [ "$1" = --one ]; then
	fuzz_one "$2" "$3"
	exit $?
fi
time=$1
shift
mkdir -p "$out/obj"

# One archive of all floors, instrumented; built anew only where older.
compile() {
	local src=$1 obj
	obj=$out/obj/${src//\//-}.o
	if [ "$obj" -nt "$src" ] && [ -z "$(find proto ledger federation node \
	    tests/fuzz tests/support "$gen" -name '*.h' -newer "$obj")" ]; then
		return 0
	fi
	clang "${flags[@]}" -c "$src" -o "$obj"
}
sources=({proto,ledger,federation,node,node/domain,tests/support}/*.c "$gen"/*.c
    tests/fuzz/{mutate,shapes}.c)
for s in "${sources[@]}"; do
	case $s in node/lianfang.c | node/lianfangd.c) continue ;; esac
	compile "$s" &
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || exit 1; done
done
wait
rm -f "$out/all.a"
ar rcs "$out/all.a" "$out"/obj/*.o

printf '%-10s %12s %8s %7s %7s %9s\n' target executions per-s edges linked features
printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -I{} \
    bash tests/fuzz/run.sh --one "$time" {}
