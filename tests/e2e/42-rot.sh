#!/bin/bash
# Goal: a flipped bit of a store is named, never served, and tables come back from the logs.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
t=$(node_token a ingest)
for i in 1 2 3 4 5 6 7 8; do
	post a "$t" /v1/alarms "$(alarm_json gds-01 "$i")"
	want_status 201
done
post a "$t" /v1/cases "$(case_json rounds 1)"
want_status 201
index=$(field .leafIndex)
cli a erase "$index" --reason test | grep -q "^erased" || fail "erase $index"
index=$(cli a alarm list --json | jq -r '.items[0].events[0].place.index')
post a "$t" "/v1/alarms/$(cli a alarm list --json | jq -r ".items[0].recordId")/events" "{\"alarm\":{\"action\":\"CLEAR\"}}"
want_status 201
cli a erase "$index" --field 9 --wrong --reason test | grep -q "^erased" || fail "erase a field of $index"
cli a audit --all >"$WORK/o" || fail "$(cat "$WORK/o")"
say "tables of a node that erased are those that its logs give"

node_stop a
dir=$(node_dir a)
cli a reindex >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q MENDED "$WORK/o" && fail "mends what is whole: $(cat "$WORK/o")"
node_start a
post a "$t" /v1/cases "$(case_json rounds 1 "another thing")"
want_field .outcome SEQ_CONFLICT
say "a new index knows the numbers of what was erased"
node_stop a

# Heads of pages of the newest state: a flipped page number or bound.
cp "$dir/own/data.mdb" "$WORK/whole"
pages=$(($(stat -c %s "$WORK/whole") / 4096))
named=0
for i in $(seq 2 $((pages - 1))); do
	at=$((i * 4096 + i % 2 * 12))
	old=$(od -An -tu1 -j $at -N 1 "$WORK/whole" | tr -d ' ')
	cp "$WORK/whole" "$dir/own/data.mdb"
	# shellcheck disable=SC2059
	printf "\\$(printf %03o $((old ^ 64)))" |
	    dd of="$dir/own/data.mdb" bs=1 seek=$at conv=notrunc status=none
	cli a audit --logs >"$WORK/o" 2>&1 && continue
	grep -q "page $i" "$WORK/o" && named=$((named + 1))
	"$BUILD/lianfangd" --dir "$dir" >"$WORK/log" 2>&1 && fail "starts on a damaged store"
	grep -q "page" "$WORK/log" || fail "$(cat "$WORK/log")"
	[ $named -lt 5 ] || break
done
[ $named -gt 0 ] || fail "no page was named: $(cat "$WORK/o")"
cp "$WORK/whole" "$dir/own/data.mdb"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "a damaged page is named and the node does not start on it"

# Anywhere else: a value, a key. Served is the same as ever, or an error.
node_start a
node_stop a
cp "$dir/own/data.mdb" "$WORK/whole" && cp "$dir"/own/redo.? "$WORK/"
rows=0
for i in $(seq 1 30); do
	at=$((4096 * (2 + i % (pages - 2)) + 4095 - (i * 37) % 160))
	old=$(od -An -tu1 -j $at -N 1 "$WORK/whole" | tr -d ' ')
	cp "$WORK/whole" "$dir/own/data.mdb" && cp "$WORK"/redo.? "$dir/own/"
	# shellcheck disable=SC2059
	printf "\\$(printf %03o $((old ^ 1)))" |
	    dd of="$dir/own/data.mdb" bs=1 seek=$at conv=notrunc status=none
	cli a audit --all >"$WORK/o" 2>&1 && continue
	grep -q '^FAIL  .*: ' "$WORK/o" || fail "not named: $(cat "$WORK/o")"
	rows=$((rows + 1))
	grep -q 'FAIL  \(record\|bykind\|open\|source\|event\|name\|feed\): row' "$WORK/o" || continue
	cli a reindex >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
	grep -q MENDED "$WORK/o" || fail "$(cat "$WORK/o")"
	cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
	mended=1
done
[ $rows -gt 0 ] || fail "no flip was found"
say "$rows of 30 flips were named, the others changed nothing${mended:+; tables were mended}"
