#!/bin/bash
# Goal: what people report is led to an accepted end in time, and nobody who
# reports without a name can be found.
. "$(dirname "$0")/../support/node.sh"

marker=MARK-9f31c7
node_init a plant
# A smaller bucket than the standard's: a deviation.
sed -e '1i deviation: {reason: a test, decidedBy: the script, untilAt: "2099-01-01T00:00:00Z"}' -e 's/version: "2026.2"/version: "test"/' -e 's/effectiveAt: .*/effectiveAt: "2026-02-01T00:00:00Z"/' \
    -e 's/anonymousBurst: .*/anonymousBurst: 3/' -e 's/anonymousPerHour: .*/anonymousPerHour: 1/' \
    "$ROOT/node/packs/cases.yaml" >"$WORK/cases.yaml"
node_start a
cli a pack activate "$WORK/cases.yaml" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
reader=$(node_token a operator)
for who in "wang safety-officer" "li operator" "zhao acceptor" "chen confidential-reader"; do
	cli a actor add "${who% *}" --role "${who#* }" >/dev/null || fail "$who"
done

id=$(cli a case report --type hazard --area tank-farm-2 --description "flange weeps") || fail "no report"
cli a case show "$id" >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q "missing before ACCEPT" "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q "safety-officer" "$WORK/o" || fail "$(cat "$WORK/o")"
cli a case step accept "$id" --level general >"$WORK/o" 2>&1 && fail "accepted unsigned"
cli a case step accept "$id" --level general --actor wang >/dev/null || fail accept
cli a case step assign "$id" --liable li --due 1h --actor wang >/dev/null || fail assign
cli a case step start "$id" --actor li >/dev/null || fail start
cli a case step "done" "$id" --measures "gasket changed" --actor li >/dev/null || fail "not done"
cli a case step close "$id" --actor li >"$WORK/o" 2>&1 && fail "li accepted his own work"
cli a case step close "$id" --actor zhao >/dev/null || fail close
get a "$reader" "/v1/cases/$id"
want_field .state CLOSED
want_field '.caseState.overdue | tostring' false
say "a hidden danger is accepted by another person than who rectified it"

id=$(cli a case report --type suggestion --description "a second gate") || fail "no suggestion"
cli a case step reject "$id" --reason costly --actor wang >"$WORK/o" 2>&1 && fail "no feedback"
grep -q "told what became of it" "$WORK/o" || fail "$(cat "$WORK/o")"
cli a case step accept "$id" --actor wang >/dev/null || fail accept
cli a points award P-17 --rule suggestion-adopted --case "$id" >/dev/null || fail award
cli a points award P-17 --rule suggestion-adopted --case "$id" >/dev/null || fail "award again"
cli a points redeem P-17 --amount 21 --reason lunch >"$WORK/o" 2>&1 && fail "more than there is"
for i in 1 2; do
	cli a points redeem P-17 --amount 15 --reason lunch --ref "r$i" >"$WORK/r$i" 2>&1 &
	pay[i]=$!
done
spent=0
for i in 1 2; do wait "${pay[i]}" && spent=$((spent + 1)); done
[ $spent = 1 ] || fail "spent $spent times: $(cat "$WORK"/r?)"
get a "$reader" '/v1/points?subject=P-17'
want_field '.items | length' 1
want_field '.items[0].pointsState.balance' 5
say "no suggestion ends without feedback; points are credited once and spent once"

cat >"$WORK/u.csv" <<X
id,riskUnitName,hazardCode,hazardLiablePerson
U1,tank farm,H1,Qian
X
printf 'id,riskUnitId,riskEventName\nE1,U1,leak\n' >"$WORK/e.csv"
printf 'id,riskEventId,riskMeasureDesc,troubleshootContent,classify1,dataSrc\nM1,E1,walk round,look,A,2\n' >"$WORK/m.csv"
printf 'id,riskMeasureId,troubleshootContent,checkCycle,checkCycleUnit,taskStartTime\nT1,M1,look at flanges,1,天,2026-01-01 08:00:00\nT2,NONE,x,1,天,2026-01-01 08:00:00\n' >"$WORK/t.csv"
printf 'checkTaskId,checkTime,checkStatus,dangerName\nT1,2026-11-22 09:00:00,0,\nT1,2026-11-23 09:00:00,1,%s\n' "flange weeps again" >"$WORK/r.csv"
for t in u:risk-unit e:risk-events m:control-measures t:check-mission r:check-record; do
	cli a import checklists "$WORK/${t%%:*}.csv" --map "deploy/maps/${t#*:}.yaml" --rejects "$WORK/rejects" >"$WORK/o" 2>&1
	[ "${t%%:*}" = t ] || grep -q " 0 refused" "$WORK/o" || fail "$t: $(cat "$WORK/o" "$WORK/rejects")"
done
get a "$reader" '/v1/cases?kind=hidden-danger'
want_field '.items | length' 1
want_field '.items[0].events[0].caseEvent.description' "flange weeps again"
task=$(field '.items[0].caseState.foundBy')
cli a import checklists "$WORK/r.csv" --map deploy/maps/check-record.yaml --again >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q "2 known already" "$WORK/o" || fail "$(cat "$WORK/o")"
get a "$reader" "/v1/checklists/$task"
want_field .events[0].checklist.id T1
parent=$(field .checkState.parent)
get a "$reader" "/v1/checklists/$parent"
want_field .events[0].checklist.id M1
cli a checklist submit T1 --status danger --danger "a crack" --level mjaor >"$WORK/o" 2>&1 && fail "a level that is none"
grep -q "expected major or general" "$WORK/o" || fail "$(cat "$WORK/o")"
post a "$(node_token a ingest)" /v1/checklists '{"id":"T1","nosuch":1}'
want_status 400
[ "$(field '.quarantineId | length')" = 36 ] || fail "not kept: $(cat "$BODY")"
say "unit, event, measure, task and check are imported, and a danger found is a case of its own"

post a "" /v1/reports '{"description":" "}'
want_status 400
post a "" /v1/reports '{"description":"the guard is tied up","area":"nowhere"}'
[ "$STATUS" -ge 400 ] || fail "an area that nobody knows"
post a "$marker" "/v1/reports" '{"description":"the guard is tied up","area":"tank-farm-2"}' \
    -H "X-Marker: $marker" -H "User-Agent: $marker" -H "X-Forwarded-For: 203.0.113.77" --interface 127.0.0.77
want_status 201
code=$(field .code)
[ "$(field '[.receivedAt, .replyDueAt] | map(sub("\\.[0-9]+Z$"; "Z") | fromdateiso8601) | .[1] - .[0]')" = 259200 ] || fail "no 72 hours: $(cat "$BODY")"
post a "" /v1/reports '{"description":"one too many"}'
want_status 429
get a "$reader" '/v1/cases?kind=report'
want_field '.items | length' 1
want_field '.items[0].caseState.anonymous | tostring' true
id=$(field '.items[0].recordId')
cp "$BODY" "$WORK/seen"
cli a case step close "$id" --actor wang >"$WORK/o" 2>&1 && fail "closed without a reply"
cli a case step reply "$id" --feedback "it was freed today" --actor wang >/dev/null || fail reply
printf '%s' "$code" | tr A-Z a-z >"$WORK/code"
cli a report read - <"$WORK/code" >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q "it was freed today" "$WORK/o" || fail "$(cat "$WORK/o")"
post a "" /v1/reports/status "{\"code\":\"$code\"}"
want_status 200
want_field '.answers[0].inTime' true
jq -ej '.answers[0].proof' "$BODY" >"$WORK/reply.tlog-proof"
field '.answers[0].disclosure' >"$WORK/disclosure"
grep -q "it was freed today" "$WORK/disclosure" || fail "$(cat "$WORK/disclosure")"
grep -q wang "$BODY" && fail "the answer names who gave it"
cat "$BODY" >>"$WORK/seen"
cli a policy >"$WORK/policy"
sed '/^witness/d; s/^quorum .*/quorum none/' "$WORK/policy" >"$WORK/mine"
"$BUILD/lianfang" verify "$WORK/reply.tlog-proof" --policy "$WORK/mine" >"$WORK/o" || fail "$(cat "$WORK/o")"
post a "" /v1/reports/status '{"code":"2222-2222-2222-2222-2222-2222-2222-2222"}'
want_status 404
get a "$reader" /metrics
cat "$BODY" >>"$WORK/seen"
get a "$(node_token a admin)" /v1/accesses
cat "$BODY" >>"$WORK/seen"
node_stop a || fail "no clean stop"
grep -raqF -e "$marker" -e 203.0.113.77 -e 127.0.0.77 -e "$code" "$WORK/a" "$WORK/a.log" "$WORK/seen" && fail "a trace is left"
say "an anonymous report leaves no trace of who sent it; its code proves that the reply came in time"

node_start a
id=$(cli a report make --description "bribes" --name "Sun Qi $marker" --json | jq -r .code) || fail "no report"
get a "$reader" '/v1/cases?kind=report'
want_field '.items[0].caseState.confidential' true
grep -q "$marker" "$BODY" && fail "the name is shown"
id=$(field '.items[0].recordId')
cli a case reporter "$id" --actor wang >"$WORK/o" 2>&1 && fail "wang read the name"
[ "$(cli a case reporter "$id" --actor chen)" = "Sun Qi $marker" ] || fail "chen cannot read the name"
node_stop a || fail "no clean stop"
grep -raqF "$marker" "$WORK/a" "$WORK/a.log" && fail "the name is in a file"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "a name in confidence is for its readers' keys alone; the audit passes"
