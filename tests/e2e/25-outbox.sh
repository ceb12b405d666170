#!/bin/bash
# Goal: whoever outside has to know is told, with a receipt: through receivers
# that fail, hang, refuse and die, and through a node that is killed.
. "$(dirname "$0")/../support/node.sh"

declare -A HOOK_PID

# hook NAME [OPTION...] - runs a receiver; its directory is $WORK/NAME.
hook() {
	local name=$1
	shift
	mkdir -p "$WORK/$name"
	rm -f "$WORK/$name/url"
	"$ROOT/build/hook" -dir "$WORK/$name" -secret "$WORK/secret" "$@" 2>>"$WORK/$name.log" &
	HOOK_PID[$name]=$!
	wait_for "$name listens" test -s "$WORK/$name/url"
}
unhook() {
	kill -KILL "${HOOK_PID[$1]}" && wait "${HOOK_PID[$1]}" 2>/dev/null
	unset "HOOK_PID[$1]"
}
unhook_all() {
	local rc=$? name
	for name in "${!HOOK_PID[@]}"; do unhook "$name"; done
	return "$rc" # of the script, for node_cleanup
}
trap 'unhook_all; node_cleanup' EXIT
# got NAME PATTERN [COUNT] - so many of its requests look like that?
got() {
	[ "$(grep -c -e "$2" "$WORK/$1/got" 2>/dev/null)" -ge "${3:-1}" ]
}
# due STATE COUNT
due() {
	cli a outbox list --state "$1" --json >"$WORK/due" && [ "$(jq '.items | length' "$WORK/due")" = "$2" ]
}

(umask 077 && printf 'whsec_%s\n' "$(head -c 32 /dev/urandom | base64)" >"$WORK/secret")
for h in office boss gone; do mkdir -p "$WORK/$h" && echo ok >"$WORK/$h/mode"; done
echo 500 >"$WORK/office/mode"
hook office
office=$(cat "$WORK/office/url")
hook boss -tls
hook gone
gone=$(cat "$WORK/gone/url")
unhook gone

node_init a plant
# Deadlines of seconds instead of minutes; the supervisor is named by role.  The manager is called later than the standard's: a deviation.
sed -e '1i deviation: {reason: a test, decidedBy: the script, untilAt: "2099-01-01T00:00:00Z"}' -e 's/version: .*/version: "test"/' -e 's/effectiveAt: .*/effectiveAt: "2026-02-01T00:00:00Z"/' \
    -e 's/afterSeconds: 120,/afterSeconds: 1,/' -e 's/afterSeconds: 300, role: plant/afterSeconds: 3600, role: plant/' \
    node/packs/alarm.yaml >"$WORK/alarm.yaml"
cat >>"$WORK/a/node.yaml" <<Y
outboxRefusals: 2
targets:
  - {name: office, url: "$office/notices", secretFile: $WORK/secret, timeoutSeconds: 2, notices: [incident-open, work-order]}
  - {name: supervisor, url: "$(cat "$WORK/boss/url")/", secretFile: $WORK/secret, caFile: $WORK/boss/ca.pem, notices: [named]}
  - {name: gone, url: "$gone/", secretFile: $WORK/secret, notices: [incident-open]}
Y
node_start a
cli a pack activate "$WORK/alarm.yaml" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
t=$(node_token a ingest)
reader=$(node_token a operator)
served() {
	get a "$reader" '/v1/deliveries?state=SERVED' && [ "$(jq '.items | length' "$BODY")" = 3 ]
}
wait_for "the ledger names three targets" served
alarm() {
	post a "$t" /v1/alarms "{\"source\":\"$1\",\"sourceSeq\":\"$2\",\"level\":$3,\"kind\":\"$4\",\"area\":\"${5:-tank-farm-2}\",\"title\":\"$4\",\"occurredAt\":\"$(date -u +%FT%TZ)\"}"
	want_status 201
}

# ---- the case of 17 minutes: a camera and a gas detector, and nobody looks ----
alarm camera-7 1 3 behaviour
alarm gds-01 1 1 gas
wait_for "the supervisor is told" got boss ' good first .*"kind":"escalation".*"role":"supervisor"'
grep -q '"step":2' "$WORK/boss/got" || fail "$(cat "$WORK/boss/got")"
got boss '"aboutSeq"' 2 && fail "it gets what names it, nothing else"
wait_for "the office fails" got office '^500 .* good first'
echo ok >"$WORK/office/mode"
wait_for "the office is told" got office '^200 .* good repeat .*"kind":"incident-open"'
grep '^200' "$WORK/office/got" | head -n 1 | cut -d ' ' -f 5- >"$WORK/body"
want() { [ "$(jq -r "$1" "$WORK/body")" = "$2" ] || fail "$1: $(cat "$WORK/body")"; }
want .site a.test.example
want .area tank-farm-2
want '.alarmIds | length' 2
want '[.alarms[] | select(.kind == "gas")][0].recommended[0].verb != null' true
incident=$(jq -r .aboutId "$WORK/body")
cli a incident ack "$incident" >"$WORK/o" || fail "$(cat "$WORK/o")"
delivered() {
	cli a outbox list --state delivered --json >"$WORK/o" && [ "$(jq '.items | length' "$WORK/o")" = "$1" ]
}
wait_for "two receipts" delivered 2
jq -e '[.items[].events[0].delivery | select(.status == 200 and .answer and .document and .attempts >= 1)] | length == 2' "$WORK/o" >/dev/null ||
	fail "$(cat "$WORK/o")"
get a "$reader" "/v1/incidents/$incident"
want_field .state ACKNOWLEDGED
say "the supervisor knows within seconds, the office once it answers; both have receipts, and somebody acknowledged"

due pending 1 || fail "$(cat "$WORK/due")"
[ "$(jq -r '.items[0].target' "$WORK/due")" = gone ] || fail "$(cat "$WORK/due")"
cli a outbox list | grep -q 'gone .*PENDING' || fail "not listed"
counted() { # as of the newest look
	get a "$reader" /metrics
	grep -q '^lianfang_outbox_pending 1$' "$BODY"
}
wait_for "it is counted" counted
[ "$(cli a status --json | jq -r '.outbox.failing[0]')" = gone ] || fail "status"
say "a receiver that is gone is listed, counted, and delays nobody"

for i in 1 2 3; do
	post a "$t" /v1/alarms "{\"source\":\"dcs\",\"sourceSeq\":\"$i\",\"level\":3,\"kind\":\"equipment\",\"area\":\"workshop\",\"asset\":\"P-101\",\"stdCode\":\"17\",\"occurredAt\":\"$(date -u +%FT%TZ)\"}"
	want_status 201
done
wait_for "the work order is told" got office '^200 .* good first .*"kind":"work-order".*"asset":"P-101"'
wait_for "its receipt" delivered 3
get a "$reader" '/v1/cases?kind=work-order'
want_field '.items | length' 1
want_field '.items[0].events[0].caseEvent.alarmIds | length' 3
say "the same fault three times is a work order, and the office knows"

# ---- killed between delivery and receipt ----
echo hang >"$WORK/office/mode"
alarm gds-02 1 1 gas pump-house
wait_for "it was taken" got office '^200 .* good first .*pump-house'
alarm gds-02 2 3 process pump-house
node_kill a
id=$(grep pump-house "$WORK/office/got" | head -n 1 | cut -d ' ' -f 2)
unhook office
echo ok >"$WORK/office/mode"
hook office -port "${office##*:}"
node_start a
wait_for "it comes again" got office "^200 $id good .*pump-house" 2
wait_for "its receipt" delivered 5
say "what was taken before the kill comes once more under the same key, and no other"

# ---- refused for good ----
echo 422 >"$WORK/office/mode"
alarm gds-03 1 1 gas reactor
wait_for "it is given up" due given-up 1
raised() {
	get a "$reader" '/v1/alarms?open=1&source=lianfang-outbox&kind=system' && [ "$(jq '.items | length' "$BODY")" -ge 1 ]
}
wait_for "an alarm says so" raised
cli a outbox test office >"$WORK/o" 2>&1 && fail "a test that was refused"
grep -q 422 "$WORK/o" || fail "$(cat "$WORK/o")"
echo ok >"$WORK/office/mode"
cli a outbox test office >"$WORK/o" || fail "$(cat "$WORK/o")"
cli a outbox retry --all >"$WORK/o" || fail "$(cat "$WORK/o")"
wait_for "it is delivered" got office '^200 .* good repeat .*reactor'
wait_for "nothing is given up" due given-up 0
say "a refusal ends in an entry and an alarm; retried by a person it is delivered"

# ---- the receiver that was gone ----
hook gone -port "${gone##*:}"
cli a outbox retry --all >"$WORK/o" || fail "$(cat "$WORK/o")"
wait_for "nothing is pending" due pending 0
grep -v ' good ' "$WORK"/*/got && fail "a signature that does not verify"
cut -d ' ' -f 1,2 "$WORK"/gone/got | grep '^200' | sort | uniq -d | grep . && fail "delivered twice"
grep -q -F "$(cut -c 7-30 "$WORK/secret")" "$WORK"/*.log "$WORK/o" && fail "a secret in a log"
node_stop a || fail "stop"
cli a outbox list >"$WORK/o" || fail "$(cat "$WORK/o")"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "in the end nothing is due, everything verifies, and the audit passes"
