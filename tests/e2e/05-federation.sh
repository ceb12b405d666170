#!/bin/bash
# Goal: what one member records, those entitled hold, verified; nobody else.
. "$(dirname "$0")/../support/node.sh"

for n in plant hq partner regulator; do
	role=$n company=acme.example
	[ "$n" != partner ] || company=weldco.example
	[ "$n" != regulator ] || company=gov.example
	node_init "$n" "$role" --company "$company" --federation "tcp://127.0.0.1:$(free_port)"
	[ "$n" != plant ] || echo 'peer_silent_seconds: 2' >>"$WORK/plant/node.yaml"
	node_start "$n"
done
ally "" plant hq partner regulator
connected() {
	[ "$(cli hq alliance show --json | jq '[.members[] | select(.state == "connected")] | length')" -ge 3 ]
}
wait_for "everybody is connected" connected
say "four members of three companies are connected"

t=$(node_token plant ingest)
{
	echo '['
	for i in $(seq 1 300); do
		[ "$i" = 1 ] || echo ,
		alarm_json gds-01 "$i" 3
	done
	echo ']'
} >"$WORK/array"
post plant "$t" /v1/alarms @"$WORK/array"
want_status 201
id=$(field '.items[0].recordId')
hq_has() {
	[ "$(cli hq source list --json | jq -r '.items[] | select(.site == "plant.test.example") | .received')" = 300 ]
}
wait_for "HQ holds the plant's alarms" hq_has
cli hq alarm show "$id" --json >"$BODY" || fail "HQ cannot open an alarm"
want_field '.events[0].alarm.title' 'LEL high'
want_field '.events[0].place.origin' plant.test.example/evidence/1
cli partner alarm show "$id" >/dev/null 2>&1 && fail "the partner sees the plant's alarms"
cli regulator alarm show "$id" >/dev/null 2>&1 && fail "the regulator sees them without a grant"
say "HQ replicates its company's evidence with bodies; others get none"

cosigned() {
	[ "$(cli plant status --json | jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .cosignatures // 0')" -ge 2 ]
}
wait_for "the witnesses have cosigned" cosigned
say "peers cosign the plant's checkpoints"

cert=$(cli partner cert issue --holder Chen --holder-number 110101199001011237 --class welding --to 365d --review 300d) || fail "no certificate"
cli partner cert publish "$cert" >"$WORK/o" || fail "$(cat "$WORK/o")"
cli partner cert present "$cert" --to plant.test.example -o "$WORK/chen.json" || fail "no presentation"
accepted() {
	cli plant cert accept "$WORK/chen.json"
}
wait_for "the credential has arrived" accepted
holder=$(cli plant cert accept "$WORK/chen.json")
allowed() {
	cli plant decide --holder "$holder" --level 1 --area tank-farm-2
}
post plant "$t" /v1/alarms "$(alarm_json gds-01 301 3)"
wait_for "the decision is ALLOW" allowed
cli partner cert present "$cert" --to hq.test.example -o "$WORK/hq.json" || fail "no presentation for hq"
cli hq cert accept "$WORK/chen.json" >/dev/null 2>&1 && fail "a presentation to another verifier was accepted"
[ "$(jq -r .holderRef "$WORK/chen.json")" != "$(jq -r .holderRef "$WORK/hq.json")" ] || fail "two verifiers see the same reference"
say "a partner's credential decides at the plant, under a pairwise reference"

cli partner cert step suspend "$cert" --reason "violation" >"$WORK/o" || fail "$(cat "$WORK/o")"
denied() {
	! cli plant decide --holder "$holder" --level 1 --area tank-farm-2
}
wait_for "the suspension has arrived" denied
say "a suspension at the issuer is a DENY at the plant"

for n in hq partner plant; do
	grep -qa 110101199001011237 "$WORK/$n"/own/data.mdb "$WORK/$n"/replica/data.mdb && fail "an identity number lies in clear at $n"
done
say "no personal data in clear in any store"

cli plant actor add wu --role operator >/dev/null || fail "author"
cli plant actor add he --role releaser >/dev/null || fail "releaser"
item() {
	cli plant intel draft --basis "$id" --type lesson --tlp GREEN --title "Gas near a pump seal" --narrative "A seal leaked." --recommend "check seals" --actor wu "$@"
}
item >"$WORK/o" 2>&1 && fail "three companies hid one"
grep -q -e INTEL_PROFILE -e INTEL_FEW "$WORK/o" || fail "$(cat "$WORK/o")"
item --named >"$WORK/intel" || fail "draft: $(cat "$WORK/intel")"
cli partner intel list --json | grep -q "pump seal" && fail "a draft got out"
cli plant intel approve "$(cat "$WORK/intel")" --actor he >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
released() {
	cli partner intel list --json | grep -q "pump seal"
}
wait_for "the partner sees the item" released
cli partner intel list --json >"$BODY"
grep -q source-named "$BODY" || fail "not labelled: $(cat "$BODY")"
grep -q -e tank-farm -e gds-01 -e '"wu"' "$BODY" && fail "an identity came out: $(cat "$BODY")"
say "an item is held where few companies hide its source; named by it, it reaches the partner without persons or places"

node_kill regulator
# of_regulator JQ-EXPRESSION VALUE - how the regulator stands at the plant.
of_regulator() {
	[ "$(cli plant peers --json | jq -r ".members[] | select(.name == \"regulator.test.example\") | $1")" = "$2" ]
}
peer_alarms() {
	[ "$(cli plant alarm list --state RAISED --subject lianfang-peers --json | jq '[.items[]? | select(.events[0].alarm.asset == "regulator.test.example")] | length')" = "$1" ]
}
wait_for "a dead member is an alarm" of_regulator .alarm true
peer_alarms 1 || fail "no open alarm about it"
of_regulator '.trouble | length > 0' true || fail "no reason is shown"
get plant "$(node_token plant operator)" /metrics
grep -qF 'lianfang_peer_alarm{peer="regulator.test.example"} 1' "$BODY" || fail "no metric: $(grep peer_ "$BODY")"
cli plant peers | grep -q "^regulator.test.example" || fail "peers: $(cli plant peers)"
node_start regulator
wait_for "the alarm returned by itself" peer_alarms 0
wait_for "it lacks nothing of ours" of_regulator .owed 0
say "a member that is silent is an alarm, with its reason, until it is back"

node_kill hq
post plant "$t" /v1/alarms "$(alarm_json gds-01 302 3)"
node_start hq
hq_caught_up() {
	[ "$(cli hq source list --json | jq -r '.items[] | select(.site == "plant.test.example") | .received')" = 302 ]
}
wait_for "HQ caught up after a crash" hq_caught_up
for n in plant hq partner regulator; do
	cli "$n" audit >"$WORK/o" || fail "audit of $n: $(cat "$WORK/o")"
done
say "a member that crashed catches up; every log and replica passes the audit"
