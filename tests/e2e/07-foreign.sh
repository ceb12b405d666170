#!/bin/bash
# Goal: a verifier that shares no code with us checks a running node over HTTP.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
t=$(node_token a ingest)
reader=$(node_token a operator)
fill() { # FROM TO
	{
		echo '['
		for i in $(seq "$1" "$2"); do
			[ "$i" = "$1" ] || echo ,
			alarm_json gds-01 "$i" 3
		done
		echo ']'
	} >"$WORK/array"
	post a "$t" /v1/alarms @"$WORK/array"
	want_status 201
}
fill 1 400
foreign a "$reader" evidence -state "$WORK/seen" -proofs 40 >"$WORK/o" || fail "$(cat "$WORK/o")"
fill 401 900
foreign a "$reader" evidence -state "$WORK/seen" -proofs 40 >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q -i consisten "$WORK/o" || fail "no consistency check: $(cat "$WORK/o")"
foreign a "$reader" alliance >"$WORK/o" || fail "$(cat "$WORK/o")"
say "checkpoint, all tiles and entry bundles, proofs, consistency: sumdb/note and tlog agree"
foreign a lft_none evidence >"$WORK/o" 2>&1 && fail "entries without a token"
say "and it gets no entries without a token"
