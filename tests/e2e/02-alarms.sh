#!/bin/bash
# Goal: an acknowledged alarm is durable, counted once, and provable offline.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
t=$(node_token a ingest)
reader=$(node_token a operator)
node_start a
quiet_alarms a

curl -sS -o "$BODY" -w '%{http_code}' -H "Authorization: Bearer $t" -d '{"source":"gds-01","sourceSeq":"17","level":2,"kind":"gas","area":"tank-farm-2","title":"LEL high","value":12.5,"unit":"%LEL","occurredAt":"2026-11-22T02:50:00Z"}' "${NODE_URL[a]}/v1/alarms" >"$WORK/status"
[ "$(cat "$WORK/status")" = 201 ] || fail "$(cat "$WORK/status" "$BODY")"
want_field .outcome APPLIED
id=$(field .recordId) index=$(field .leafIndex) leaf=$(field .leafHash)
field .checkpoint | head -n 1 | grep -qx a.test.example/evidence/1 || fail "no checkpoint"
say "one alarm per POST, as the manual's curl line has it"

post a "$t" /v1/alarms '{"source":"gds-01","sourceSeq":"17","level":2,"kind":"gas","area":"tank-farm-2","title":"LEL high","value":12.5,"unit":"%LEL","occurredAt":"2026-11-22T02:50:00Z"}'
want_field .duplicate true
want_field .leafIndex "$index"
post a "$t" /v1/alarms '{"source":"gds-01","sourceSeq":"17","level":1,"kind":"gas","area":"tank-farm-2","title":"LEL high","value":55,"unit":"%LEL","occurredAt":"2026-11-22T02:50:00Z"}'
want_status 201
want_field .outcome SEQ_CONFLICT
say "the same number: the first receipt again; with other content: kept and flagged"

{
	echo '['
	for i in $(seq 20 119); do
		[ "$i" = 20 ] || echo ,
		alarm_json gds-01 "$i"
	done
	echo ']'
} >"$WORK/array"
post a "$t" /v1/alarms @"$WORK/array"
want_status 201
want_field '.items | length' 100
want_field .accepted 100
get a "$reader" /v1/sources
want_field '.items[] | select(.source == "gds-01") | .missing' 2
want_field '.items[] | select(.source == "gds-01") | .duplicates' 1
want_field '.items[] | select(.source == "gds-01") | .conflicts' 1
say "an array answers per item; gaps, duplicates and conflicts are counted"

flood_said() {
	get a "$reader" '/v1/alarms?source=lianfang-flood&area=tank-farm-2'
	[ "$(field '(.items // []) | length')" = 1 ]
}
wait_for "a hundred alarms at once are said to be a flood" flood_said
# All that came from outside: the node's own watch goes on meanwhile.
taken() {
	cli a source list --json | jq -cS '[.items[] | select(.source | test("^lianfang-") | not)
	    | {source, received, duplicates, conflicts}]'
	get a "$reader" '/v1/alarms?limit=1000'
	jq -c '[.items[] | select(any(.events[].alarm.source; . != null and test("^lianfang-")) | not)
	    | .recordId] | sort' "$BODY" || fail "no alarms: $(head -c 600 "$BODY")"
}
before=$(taken)
bad() { # STATUS PATTERN JSON
	post a "$t" /v1/alarms "$3"
	want_status "$1"
	grep -q -- "$2" "$BODY" || fail "no $2 in $(cat "$BODY")"
	jq -e .code "$BODY" >/dev/null || fail "no stable code"
}
bad 400 level '{"source":"x","sourceSeq":"1","level":"two","kind":"gas","area":"a","title":"t","occurredAt":"2026-11-22T02:50:00Z"}'
bad 400 nosuch '{"source":"x","nosuch":1}'
bad 400 occurredAt '{"source":"x","sourceSeq":"1","level":2,"kind":"gas","area":"a","title":"t","occurredAt":"yesterday"}'
bad 400 . '{"source":"x","source":"y"}'
bad 400 . '{"source":'
after=$(taken)
[ "$before" = "$after" ] || fail "refused input changed the log: $before -> $after"
say "bad input answers with code, path and reason, and changes nothing"

curl -sS -H "Authorization: Bearer $reader" "${NODE_URL[a]}/v1/proof/evidence/$index" >"$WORK/p.tlog-proof"
cli a policy >"$WORK/policy"
"$BUILD/lianfang" verify "$WORK/p.tlog-proof" --policy "$WORK/policy" >"$WORK/o" || fail "$(cat "$WORK/o")"
"$BUILD/lianfang" verify "$WORK/p.tlog-proof" >"$WORK/o" 2>&1 && fail "trusted without a policy"
grep -q UNTRUSTED "$WORK/o" || fail "$(cat "$WORK/o")"
say "its proof file verifies offline under the reader's own policy only"

get a "$reader" '/v1/alarms?limit=7'
want_field '.items | length' 7
cursor=$(field .nextCursor)
get a "$reader" "/v1/alarms?limit=1000&cursor=$cursor"
[ "$(field '.items | length')" -ge 94 ] || fail "paging lost alarms"
get a "$reader" "/v1/alarms/$id?proof=1"
want_field '.events[0].place.index' "$index"
want_field '.events[0].place.leafHash' "$leaf"
field '.events[0].proof' | head -n 1 | grep -qx 'c2sp.org/tlog-proof@v1' || fail "no proof"
get a "$reader" '/v1/alarms?area=nowhere'
want_field '.items | length' 0
say "lists page by cursor and filter; one alarm shows its place and proof"

cli a actor add wu --role shift-leader >"$WORK/o" || fail "$(cat "$WORK/o")"
cli a alarm step shelve "$id" --until 30m --reason "probe washed" 2>"$WORK/o" && fail "shelved by nobody"
grep -q 'must sign' "$WORK/o" || fail "$(cat "$WORK/o")"
cli a alarm step shelve "$id" --until 2h --reason "probe washed" --actor wu 2>"$WORK/o" && fail "shelved for too long"
cli a alarm step shelve "$id" --until 30m --reason "probe washed" --actor wu >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q 'still stops work' "$WORK/o" || fail "$(cat "$WORK/o")"
get a "$reader" "/v1/alarms/$id"
want_field .state SHELVED
want_field .alarmState.letter G
cli a alarm step judge "$id" --verdict nuisance >"$WORK/o" || fail "$(cat "$WORK/o")"
cli a alarm list --state SHELVED >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q "$id" "$WORK/o" || fail "not in the list: $(cat "$WORK/o")"
say "an alarm is shelved by a named role, for a while, and goes on stopping work"

node_kill a
node_start a
get a "$reader" "/v1/alarms/$id"
want_status 200
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "all is there after a kill -9, and the audit passes"
