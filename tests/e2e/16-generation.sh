#!/bin/bash
# Goal: a log goes on in its next generation: records, proofs, members, never the old key.
. "$(dirname "$0")/../support/node.sh"

for n in plant hq witness; do
	role=$n
	[ "$n" != witness ] || role=regulator
	node_init "$n" "$role" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" plant hq witness
one=plant.test.example/evidence/1
two=plant.test.example/evidence/2
t=$(node_token plant ingest)
reader=$(node_token plant operator)
for who in li:applicant sun:gas-analyst wang:approver zhao:guardian qian:acceptor; do
	cli plant actor add "${who%%:*}" --role "${who##*:}" >"$WORK/o" || fail "$(cat "$WORK/o")"
done
crew plant chen zhao welding
p=$(cli plant permit apply --level 1 --area yard --worker chen --guardian zhao --location here --content welding --unit u --actor li) || fail "no permit: $p"
cli plant permit gas-test "$p" --gas methane=0.1:5 --actor sun >/dev/null || fail "gas test"
cli plant permit step approve "$p" --actor wang >/dev/null || fail "approve"
post plant "$t" /v1/alarms "$(alarm_json gds-01 1 3)"
want_status 201
first=$(field .leafIndex)
alarm=$(field .recordId)
post plant "$t" /v1/cases "$(case_json rounds 1)"
want_status 201
near_miss=$(field .recordId)
asked=$(field .leafIndex)
cli plant bundle --kind permit --id "$p" -o "$WORK/one.lfb" >/dev/null || fail "no bundle of generation 1"
cp "$WORK/plant/keys/evidence-1.key" "$WORK/stolen.key"
cli plant vkey evidence >"$WORK/vkey-1"

cli plant log roll --log evidence --reason "planned" </dev/null >"$WORK/o" 2>&1 && fail "rolled without a word of consent"
grep -q "$one" "$WORK/o" || fail "does not name the log: $(cat "$WORK/o")"
cli plant log roll --log evidence --reason "planned" --yes >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
[ "$(cli plant vkey evidence)" != "$(cat "$WORK/vkey-1")" ] || fail "the key is the same"
cli plant vkey evidence | grep -q "^$two+" || fail "$(cli plant vkey evidence)"
[ ! -e "$WORK/plant/keys/evidence-1.key" ] || fail "the old key is still there"
say "a roll-over opens generation 2 under a new key; the old one is destroyed"

cli plant permit step start "$p" --actor zhao >"$WORK/o" 2>&1 || fail "start: $(cat "$WORK/o")"
cli plant permit step finish "$p" --actor zhao >/dev/null || fail "finish"
cli plant permit step accept "$p" --actor qian >/dev/null || fail "accept"
get plant "$reader" "/v1/permits/$p?proof=1"
want_field .state ACCEPTED
want_field '[.events[].place.origin] | unique | join(" ")' "$one $two"
want_field '[.events[].eventSeq] | map(tostring) | join(" ")' "1 2 3 4 5 6"
say "a permit begun in generation 1 is finished in generation 2"

post plant "$t" /v1/alarms "$(alarm_json gds-01 2 3)"
want_status 201
want_field .origin "$two"
cli plant policy >"$WORK/policy"
grep -q "^log $one+" "$WORK/policy" || fail "generation 1 is not in the policy"
grep -q "^log $two+" "$WORK/policy" || fail "generation 2 is not in the policy"
get plant "$reader" "/v1/proof/evidence/$first?generation=1"
want_status 200
cp "$BODY" "$WORK/old.tlog-proof"
get plant "$reader" "/v1/proof/evidence/1"
want_status 200
cp "$BODY" "$WORK/new.tlog-proof"
sed 's/^quorum .*/quorum none/' "$WORK/policy" >"$WORK/lone"
verify() {
	"$BUILD/lianfang" verify "$@" >"$WORK/o" 2>&1 || fail "$* : $(cat "$WORK/o")"
}
verify "$WORK/old.tlog-proof" --policy "$WORK/lone"
verify "$WORK/new.tlog-proof" --policy "$WORK/lone"
verify "$WORK/one.lfb" --policy "$WORK/policy"
cli plant bundle --kind permit --id "$p" -o "$WORK/two.lfb" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
verify "$WORK/two.lfb" --policy "$WORK/policy"
say "proofs and bundles of both generations verify offline, signatures included"

cli plant bundle --kind permit --from "$(date -u -d '-10 minutes' +%Y-%m-%dT%H:%M:%SZ)" --to 1m --purpose test -o "$WORK/cross.lfb" >"$WORK/o" 2>&1 && fail "a window across both looks complete"
grep -q "generation 2 of the log begins" "$WORK/o" || fail "$(cat "$WORK/o")"
say "a window that begins before the generation is refused, and says why"

if [ -x "$ROOT/build/foreign" ]; then
	foreign plant "$reader" evidence || fail "generation 2, Go's verifier"
	"$ROOT/build/foreign" -url "${NODE_URL[plant]}" -vkey "$(cat "$WORK/vkey-1")" -token "$reader" || fail "generation 1, Go's verifier"
	say "tiles of both generations agree with Go's own ledger library"
fi

whole() {
	[ "$(cli hq permit show "$p" --json 2>/dev/null | jq -r '.state + " " + (.events | length | tostring)')" = "ACCEPTED 6" ]
}
wait_for "HQ sees the permit whole" whole
cli hq permit show "$p" --json | jq -e --arg a "$one" --arg b "$two" '[.events[].place.origin] | unique == [$a, $b]' >/dev/null || fail "HQ shows other coordinates"
cosigned() {
	[ "$(cli plant status --json | jq -r ".logs[] | select(.origin == \"$two\") | .cosignatures // 0")" -ge 2 ]
}
wait_for "the members cosign generation 2" cosigned
say "HQ holds both generations, the members cosign the new one"

node_stop plant || fail "stop"
node_start plant
post plant "$t" /v1/alarms "$(alarm_json gds-01 3 3)"
want_status 201
want_field .origin "$two"
for n in plant hq; do
	cli "$n" audit >"$WORK/o" || fail "audit of $n: $(cat "$WORK/o")"
	grep -q "$two" "$WORK/o" || fail "$n does not audit generation 2"
done
say "a restart finds the generation; the audit walks both"

post plant "$reader" "/v1/alarms/$alarm/events" "{\"alarm\":{\"action\":\"CLEAR\",\"occurredAt\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}}"
want_status 201
want_field .origin "$two"
cli plant erase "$asked" --origin "$one" --reason "test" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
erased() {
	[ "$(cli hq case show "$near_miss" --json | jq -r '.events[0].withheld')" = ERASED ]
}
wait_for "HQ erases its copy" erased
cli plant log roll --log alliance --reason "new key" --yes >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cli plant log list --json >"$WORK/logs"
[ "$(jq -r '[.items[] | select(.current) | .origin] | join(" ")' "$WORK/logs")" = "$two plant.test.example/alliance/2" ] || fail "$(cat "$WORK/logs")"
node_stop plant || fail "stop"
cli plant admit-loss --log evidence --reason "disk died" --yes >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cli plant decide --holder chen --level 1 --area yard >"$WORK/o" 2>&1 && fail "ALLOW although a revocation may be lost"
grep -q INDETERMINATE "$WORK/o" || fail "$(cat "$WORK/o")"
say "erasing reaches into generation 1; after an admitted loss no certificate decides by itself"
node_start plant
post plant "$t" /v1/alarms "$(alarm_json gds-01 4 3)"
want_status 201
gap() {
	cli hq status --json | jq -e '.logs[] | select(.origin == "plant.test.example/evidence/3") | .lostFrom' >/dev/null
}
wait_for "HQ shows the gap" gap
say "HQ follows over the loss and shows the gap"
