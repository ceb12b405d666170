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
# What was worked there, what was to be done, what the air was like: then, not now.
for who in li:applicant sun:gas-analyst wang:approver zhao:guardian chen:safety-officer; do
	cli a actor add "${who%:*}" --role "${who#*:}" >/dev/null || fail "actor $who"
done
certify a chen-w-0017 welding
certify a zhao guardian
permit=$(cli a permit apply --level 2 --area tank-farm-2 --worker chen-w-0017 --guardian zhao --actor li) || fail "apply"
cli a permit gas-test "$permit" --gas methane=0.1:5 --actor sun >/dev/null || fail "gas test"
cli a permit step approve "$permit" --actor wang >/dev/null || fail "approve"
order=$(cli a case report --type work-order --area tank-farm-2 --description "gds-01 drifts") || fail "work order"
alarm_in_air() { # with what the air is like
	post a "$t" /v1/alarms "{\"source\":\"met\",\"sourceSeq\":\"$1\",\"level\":3,\"kind\":\"system\",\"area\":\"tank-farm-2\",\"title\":\"wind\",\"environment\":{\"windGrade\":$2,\"temperature\":31.5},\"occurredAt\":\"$(date -u +%FT%TZ)\"}"
	want_status 201
}
alarm_in_air 1 6
wind=$(field .recordId)
cli a alarm step clear "$wind" >/dev/null || fail "clear"
moment=$(date -u +%FT%T.%6NZ)
cli a permit step cancel "$permit" --reason rain --actor wang >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cli a case step reject "$order" --reason "done already" --actor chen >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
get a "$reader" "/v1/at?area=tank-farm-2&time=$moment&window=2"
want_field "[.permits[] | select(.record.recordId == \"$permit\")][0] | .stateAt + \" \" + .record.state" "ISSUED CANCELLED"
want_field "[.cases[] | select(.record.recordId == \"$order\")][0] | .stateAt + \" \" + .record.state" "REPORTED REJECTED"
want_field "[.environment[] | select(.recordId == \"$wind\")][0].environment.windGrade" 6
want_field "[.environment[] | select(.recordId == \"$permit\")][0].environment.gas[0].gas" methane
want_field '[.environment[] | .ageMs, .clockErrorMs] | all(. != null) | tostring' true
cli a at tank-farm-2 "$moment" >"$WORK/o" || fail "$(cat "$WORK/o")"
for word in "$permit" "$order" 'wind 6' 'methane 0.1' 31.5; do
	grep -q "$word" "$WORK/o" || fail "no $word: $(cat "$WORK/o")"
done
say "so are permits, work orders, gas and wind of then, each with its age"

get a "$reader" '/v1/at?area=tank-farm-2&time=2020-01-01T00:00:00Z'
want_field '(.alarms // []) | length' 0
get a "$reader" '/v1/at?time=2020-01-01T00:00:00Z'
want_status 400
say "what was going on at a time is one question, also of what has ended since"

node_stop a || fail "stop"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "the audit passes"
