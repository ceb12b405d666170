#!/bin/bash
# cover.sh - lines and branches that the tests reached, by file and in total.
# SPDX-License-Identifier: Apache-2.0
#
#   tests/check/cover.sh BUILD     after the tests ran in a build with --coverage
#
# gcov comes with gcc.  A branch counts when it was taken at least once.  The
# table is in BUILD/cover.txt; one file line by line:
#
#   gcov -b -o build/cover/ledger ledger/tree.c
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$1
shopt -s nullglob
for notes in "$build"/{proto,ledger,federation,node,node/domain}/*.gcno; do
	source=${notes#"$build"/}
	source=${source%.gcno}.c
	gcov -b -n -o "$(dirname "$notes")" "$source" 2>/dev/null |
	    awk -v want="$source" '
		function part(s) { sub(/^[^:]*:/, "", s); return s }
		/^File / { on = index($0, want) > 0 }
		on && /^Lines executed/ { split(part($0), a, /% of /)
			lines = a[2]; hit = int(a[1] * a[2] / 100 + 0.5) }
		on && /^Taken at least once/ { split(part($0), a, /% of /)
			branches = a[2]; taken = int(a[1] * a[2] / 100 + 0.5) }
		/^$/ { on = 0 }
		END { print want, lines + 0, hit + 0, branches + 0, taken + 0 }'
done | awk '
    function pct(a, b) { return b ? 100 * a / b : 100 }
    function row(name, l, h, b, t) {
	printf "%-34s %6d %6.1f %7d %6.1f\n", name, l, pct(h, l), b, pct(t, b) }
    BEGIN { printf "%-34s %6s %6s %7s %6s\n", "file", "lines", "%", "branch", "%" }
    { row($1, $2, $3, $4, $5)
	f = $1; sub(/\/.*/, "", f)
	L[f] += $2; H[f] += $3; B[f] += $4; T[f] += $5
	l += $2; h += $3; b += $4; t += $5 }
    END { for (f in L) row(f "/", L[f], H[f], B[f], T[f])
	row("total", l, h, b, t) }' >"$build/cover.txt"
cat "$build/cover.txt"
