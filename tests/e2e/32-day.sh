#!/bin/bash
# Goal: a day of a plant, 300 permits and 20,000 alarms, and the figures that were told by hand (tests/day/README.md).
. "$(dirname "$0")/../support/node.sh"

mkdir "$WORK/a"
"$BUILD/day" "$WORK/a" >"$WORK/o" 2>&1 || fail "$(tail -5 "$WORK/o")"
cli a status >"$WORK/o" || fail "$(cat "$WORK/o")"
say "a day passes, every permit led through its pack"

count() { # KIND OPTION...
	local kind=$1 cursor='' n=0
	shift
	while :; do
		cli a --json "$kind" list --limit 1000 "$@" ${cursor:+--cursor "$cursor"} >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
		n=$((n + $(jq '.items | length' "$WORK/o")))
		cursor=$(jq -r '.nextCursor // empty' "$WORK/o")
		[ -n "$cursor" ] || break
	done
	echo "$n"
}
is() { # WHAT WANTED GOT
	[ "$3" = "$2" ] || fail "$1: $3, by hand $2"
}
is permits 300 "$(count permit)"
is accepted 288 "$(count permit --state ACCEPTED)"
is cancelled 12 "$(count permit --state CANCELLED)"
is 'hot work' 90 "$(count permit --type hot-work)"
is height 30 "$(count permit --type height)"
is certificates 2050 "$(count cert)"
is 'level 1 and 2' 516 "$(count alarm --level 2)"
is 'area of the flood' 139 "$(count alarm --area area-00 --from "$(date -u -d "$(TZ=Asia/Shanghai date -d yesterday +%F) 03:00 +0800" +%FT%TZ)" \
    --to "$(date -u -d "$(TZ=Asia/Shanghai date -d yesterday +%F) 03:10 +0800" +%FT%TZ)")"
say "permits, certificates, alarms: as many as by hand"
