#!/bin/bash
# Goal: live events arrive, and a client that was away misses none.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
t=$(node_token a ingest)
reader=$(node_token a operator)

curl -sSN -H "Authorization: Bearer $reader" "${NODE_URL[a]}/v1/events" >"$WORK/sse" 2>/dev/null &
sse=$!
streams=()
seen() {
	[ "$(grep -c '^data:' "$WORK/sse")" -ge "$1" ]
}
post a "$t" /v1/alarms "$(alarm_json s 1)"
again() {
	seen 1 || { post a "$t" /v1/alarms "$(alarm_json s 1)"; false; }
}
wait_for "an event" again
kill "$sse"
wait "$sse" 2>/dev/null
last=$(sed -n 's/^id: *//p' "$WORK/sse" | tail -n 1)
[ -n "$last" ] || fail "events carry no id"
for i in 2 3 4 5; do
	post a "$t" /v1/alarms "$(alarm_json s $i)"
	want_status 201
done
: >"$WORK/sse"
curl -sSN -H "Authorization: Bearer $reader" -H "Last-Event-ID: $last" "${NODE_URL[a]}/v1/events" >"$WORK/sse" 2>/dev/null &
sse=$!
wait_for "the four events that were missed" seen 4
kill "$sse"
wait "$sse" 2>/dev/null

watcher=$(node_token a regulator)
watch() { # TOKEN FILE
	curl -sSN -H "Authorization: Bearer $1" "${NODE_URL[a]}/v1/events?kind=ALARM" >"$WORK/$2" 2>/dev/null &
	streams+=($!)
}
watch "$reader" sse.reader
watch "$watcher" sse.watcher
opened() {
	grep -q '^retry:' "$WORK/sse.reader" && grep -q '^retry:' "$WORK/sse.watcher"
}
wait_for "both streams" opened
post a "$t" /v1/alarms "$(alarm_json s 6 | jq '.exercise = true')"
post a "$t" /v1/alarms "$(alarm_json s 7)"
want_status 201
both() {
	[ "$(grep -c '^data:' "$WORK/sse.reader")" -ge 2 ] && grep -q '^data:' "$WORK/sse.watcher"
}
wait_for "the alarm on both streams" both
[ "$(grep -c '^data:' "$WORK/sse.watcher")" = 1 ] || fail "an exercise is in a regulator's feed"
say "an exercise is in the site's feed and not in a regulator's (trap 18)"
kill "${streams[@]}"
wait "${streams[@]}" 2>/dev/null
node_stop a || fail "an open stream must not hold up the end"
say "events resume behind Last-Event-ID"
