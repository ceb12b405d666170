#!/bin/bash
# Goal: a foreign log is cosigned; who signs twice is convicted, told and frozen.
. "$(dirname "$0")/../support/node.sh"

for n in plant hq partner; do
	role=$n company=acme.example
	[ "$n" != partner ] || company=weldco.example
	node_init "$n" "$role" --company "$company" --federation "tcp://127.0.0.1:$(free_port)"
done
# A log of another implementation: the key of a node that is nobody's member.
node_init other plant
cp "$(node_dir other)/keys/evidence.key" "$WORK/other.key" 2>/dev/null ||
	cp "$(node_dir other)"/keys/evidence-1.key "$WORK/other.key" || fail "no key: $(ls "$(node_dir other)/keys")"
printf 'foreign_logs:\n  - vkey: %s\n' "$(cli other vkey evidence)" >>"$(node_dir hq)/node.yaml"
for n in plant hq partner; do node_start "$n"; done

# ask KEY OLD SIZE SALT - what HQ answers to add-checkpoint.
ask() {
	foreign hq '' witness -skey "$1" -old "$2" -size "$3" -salt "$4" 2>&1
}
want() {
	[ "$1" = "$2" ] || fail "'$1' instead of '$2'"
}
want "$(ask "$WORK/other.key" 0 5 x)" 200
want "$(ask "$WORK/other.key" 5 300 x)" 200
want "$(ask "$WORK/other.key" 0 310 x)" "409 300"
want "$(ask "$WORK/other.key" 300 299 x)" 400
get hq '' "/witness/$(printf %s "$(cli other vkey evidence | cut -d+ -f1)" | sha256sum | cut -d' ' -f1)/checkpoint"
want_status 200
want "$(sed -n 2p "$BODY")" 300
grep -q hq.test.example/witness "$BODY" || fail "not cosigned: $(cat "$BODY")"
say "Go's own ledger library has its log cosigned, by the source's codes"

ally "" plant hq partner
t=$(node_token plant ingest)
fill plant "$t" gds-01 5
cosigned() {
	[ "$(cli plant status --json | jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .cosignatures // 0')" -ge 2 ]
}
wait_for "HQ holds the plant's alarms" holds hq gds-01 5
wait_for "both have cosigned" cosigned
r=$(node_token plant operator)
get plant "$r" "/v1/proof/evidence/1?quorum=2"
want_status 200
cp "$BODY" "$WORK/one.tlog-proof"
cli plant policy >"$WORK/policy"
"$BUILD/lianfang" verify "$WORK/one.tlog-proof" --policy "$WORK/policy" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q "quorum met as of" "$WORK/o" || fail "$(cat "$WORK/o")"
{
	cat "$WORK/policy"
	echo '#lianfang max-age 1'
} >"$WORK/strict"
stale() {
	! "$BUILD/lianfang" verify "$WORK/one.tlog-proof" --policy "$WORK/strict" >"$WORK/o" 2>&1 &&
		grep -q "stale: the quorum is of" "$WORK/o"
}
wait_for "the proof to be too old for a reader who wants it fresh" stale
say "a reader's bound on age fails a proof, and says which quorum it is of"

key=$(ls "$(node_dir plant)"/keys/evidence*.key)
size=$(get hq '' "/witness/$(printf %s plant.test.example/evidence/1 | sha256sum | cut -d' ' -f1)/checkpoint" && sed -n 2p "$BODY")
[ "$size" -ge 6 ] || fail "HQ acknowledged $size"
want "$(ask "$key" "$size" "$size" forged)" 422
knows() {
	cli partner evidence list --json | jq -e '.items[0].origin == "plant.test.example/evidence/1"' >/dev/null
}
wait_for "the partner to have the evidence" knows
alarmed() {
	cli "$1" alarm list --json | jq -e '.items[] | .events[0].alarm | select(.source == "lianfang-fork") | .detail | contains("plant.test.example/evidence/1")' >/dev/null
}
for n in hq partner; do
	wait_for "an alarm at $n" alarmed "$n"
	grep -q PEER-FORK "$WORK/$n.log" || fail "$n names nobody"
done
say "a second history, signed with the plant's key, is known and alarmed everywhere"

cli partner evidence list --json | jq -j '.items[0].file' >"$WORK/fork.txt"
cli hq evidence submit "$WORK/fork.txt" >"$WORK/o" || fail "$(cat "$WORK/o")"
sed 's/^first .*/first 3/' "$WORK/fork.txt" >"$WORK/bad.txt"
cli hq evidence submit "$WORK/bad.txt" >"$WORK/o" 2>&1 && fail "an altered file was believed"
fill plant "$t" gds-02 3
refused() { grep -q "has forked" "$WORK/hq.log"; }
wait_for "HQ to take nothing more" refused
holds hq gds-02 3 && fail "HQ took entries of a log that forked"
holds hq gds-01 5 || fail "HQ lost what it had"
want "$(ask "$WORK/other.key" 300 310 x)" 200
say "the log stays where it was agreed; the others are served"
for n in plant hq partner; do
	cli "$n" audit >"$WORK/o" || fail "audit of $n: $(cat "$WORK/o")"
done
