#!/bin/bash
# Goal: alarms of one place reach somebody as one incident, and what was going
# on there is one question.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
t=$(node_token a ingest)
reader=$(node_token a operator)
alarm() {
	post a "$t" /v1/alarms "{\"source\":\"$1\",\"sourceSeq\":\"$2\",\"level\":$3,\"kind\":\"$4\",\"area\":\"tank-farm-2\",\"title\":\"$5\",\"peopleCount\":3,\"occurredAt\":\"$(date -u +%FT%TZ)\"}"
	want_status 201
}
alarm camera-7 1 3 behaviour "no mask"
alarm gds-01 1 1 gas "LEL high"
gas=$(field .recordId)
told() {
	get a "$reader" '/v1/incidents?open=1'
	[ "$(field '.items[0].incidentState.step // 0')" -ge 1 ]
}
wait_for "somebody is told" told
incident=$(field '.items[0].recordId')
want_field '.items | length' 1
want_field '.items[0].incidentState.alarms' 2
want_field '.items[0].state' OPEN
get a "$reader" "/v1/incidents/$incident"
[ "$(field '[.events[] | select(.incident.action == "ESCALATE")][0].incident.role')" = shift-leader ] || fail "$(cat "$BODY")"
grep -q "ALARM-ESCALATED incident=$incident level=1 step=1" "$WORK/a.log" || fail "not in the journal"
say "two alarms of one place are one incident, and its shift leader is told at once"

node_kill a
node_start a
get a "$reader" '/v1/incidents?open=1'
want_field '.items | length' 1
cli a incident ack "$incident" --note "on site" >"$WORK/o" || fail "$(cat "$WORK/o")"
cli a incident list --state ACKNOWLEDGED >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q "$incident" "$WORK/o" || fail "$(cat "$WORK/o")"
cli a incident ack "$incident" >"$WORK/o" 2>&1 && fail "acknowledged twice"
post a "$reader" "/v1/incidents/$incident/events" '{"incident":{"action":"CLOSE"}}'
want_status 403
say "it outlives a kill; people acknowledge it, only the node closes it"

now=$(date -u +%FT%T.%6NZ)
cli a at tank-farm-2 0s >"$WORK/o" || fail "$(cat "$WORK/o")"
for word in "no mask" "LEL high" "$incident" ACKNOWLEDGED 'people *3'; do
	grep -q "$word" "$WORK/o" || fail "no $word: $(cat "$WORK/o")"
done
cli a alarm step clear "$gas" >"$WORK/o" || fail "$(cat "$WORK/o")"
get a "$reader" "/v1/at?area=tank-farm-2&time=$now&window=2"
want_field '.alarms | length' 2
want_field "[.alarms[] | select(.record.recordId == \"$gas\")][0].stateAt" RAISED
want_field "[.alarms[] | select(.record.recordId == \"$gas\")][0].record.state" CLEARED
get a "$reader" '/v1/at?area=tank-farm-2&time=2020-01-01T00:00:00Z'
want_field '(.alarms // []) | length' 0
get a "$reader" '/v1/at?time=2020-01-01T00:00:00Z'
want_status 400
say "what was going on at a time is one question, also of what has ended since"

node_stop a || fail "stop"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "the audit passes"
