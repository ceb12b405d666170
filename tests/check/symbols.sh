#!/bin/sh
# symbols.sh - every global symbol of foo.o is named foo_*.
# SPDX-License-Identifier: Apache-2.0
#
#   tests/check/symbols.sh build/proto/*.o ...
#
# The leading part of a stem will do: log_read.c may export log_*.  A symbol
# that is the prefix itself (log_read in log.c: log_*; sim in sim.c) is fine.
bad=0
for o; do
	stem=$(basename "$o" .o)
	nm -g --defined-only "$o" | awk -v stem="$stem" -v o="$o" '
	    function allowed(name,    n, part, i, prefix) {
		if (name ~ /^(__|_\.|\.L|asan|DW)/) return 1
		n = split(stem, part, "_")
		prefix = ""
		for (i = 1; i <= n; i++) {
			prefix = prefix (i > 1 ? "_" : "") part[i]
			if (name == prefix || index(name, prefix "_") == 1)
				return 1
		}
		return 0
	    }
	    $2 ~ /[TDBRCVWG]/ && !allowed($3) {
		print o ": " $3 " does not start with " stem "_"; bad = 1
	    }
	    END { exit bad }' || bad=1
done
exit $bad
