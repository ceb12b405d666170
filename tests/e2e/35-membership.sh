#!/bin/bash
# Goal: members change who they are by votes, and all come to the same roster.
. "$(dirname "$0")/../support/node.sh"

for n in a b c d; do
	node_init "$n" plant --company "$n.example" --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" a b c d
# council NODE JQ - of what the node knows of the members' decisions.
council() {
	cli "$1" alliance status --json | jq -er "$2"
}
epoch_is() {
	[ "$(council "$1" .epoch)" = "$2" ]
}
# all_at EPOCH NODE... - all are there, with the same id.
all_at() {
	local epoch=$1 n ids
	shift
	for n; do
		wait_for "$n in epoch $epoch" epoch_is "$n" "$epoch"
	done
	ids=$(for n; do council "$n" .id; done | sort -u | wc -l)
	[ "$ids" = 1 ] || fail "epoch $epoch is not the same everywhere"
}
# propose NODE WHAT... - prints the id.
propose() {
	local n=$1
	shift
	cli "$n" alliance propose "$@" --json | jq -er .id
}
sees() {
	council "$1" ".motions[] | select(.id == \"$2\")"
}
# vote NODE ID - as soon as it sees the proposal.
vote() {
	wait_for "$1 sees the proposal" sees "$1" "$2"
	cli "$1" alliance vote "${2:0:12}" >"$WORK/o" 2>&1 || fail "vote of $1: $(cat "$WORK/o")"
}

node_init e partner --company e.example --federation "tcp://127.0.0.1:$(free_port)"
node_start e
cli e alliance card -o "$WORK/e.json" || fail "no card"
cli a alliance epoch -o "$WORK/epoch.json" || fail "no epoch"
id=$(propose a join "$WORK/e.json") || fail "no proposal"
cli e alliance join "$WORK/epoch.json" >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'waits for their votes' "$WORK/o" || fail "$(cat "$WORK/o")"
vote b "$id"
vote c "$id"
all_at 1 a b c d e
[ "$(council e .size)" = 5 ] || fail "not five members"
connected() {
	[ "$(cli e alliance show --json | jq '[.members[] | select(.state == "connected")] | length')" = 4 ]
}
wait_for "the fifth is connected to all" connected
say "a fifth node joins by votes of three, and is connected to all four"

cert=$(cli e cert issue --holder Chen --holder-number 110101199001011237 --class welding --to 365d --review 300d) || fail "no certificate"
cli e cert publish "$cert" >"$WORK/o" || fail "$(cat "$WORK/o")"
cli e cert present "$cert" --to a.test.example -o "$WORK/chen.json" || fail "no presentation"
accepted() {
	cli a cert accept "$WORK/chen.json"
}
wait_for "a holds what the fifth published" accepted
say "its credentials count at once"

t=$(node_token d ingest)
fed=$(free_port)
id=$(propose d endpoint "tcp://127.0.0.1:$fed") || fail "no proposal"
all_at 2 a b c d e
node_stop d || fail "d did not stop"
sed -i "s|^federation: .*|federation: \"tcp://127.0.0.1:$fed\"|" "$WORK/d/node.yaml"
node_start d
there() {
	[ "$(cli d status --json | jq .ready)" = true ] &&
		[ "$(cli d alliance show --json | jq '[.members[] | select(.state == "connected")] | length')" = 4 ]
}
wait_for "d is reached where it is now" there
say "an endpoint changes without anybody's judgement"

p=$(propose a pack hot-work --file "$ROOT/node/packs/alarm.yaml") || fail "no proposal"
q=$(propose b agreement joint-defence --file "$ROOT/README.md") || fail "no proposal"
vote c "$p"
wait_for "d sees the other proposal" sees d "$q"
cli d alliance vote --against >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
# Two for one, one for the other, one for none: neither gets four any more.
again() {
	local n
	for n in b a c e; do
		cli "$n" alliance vote "${p:0:12}"
	done
	epoch_is a 3
}
wait_for "it passes in a later round" again
all_at 3 a b c d e
for n in a b c d e; do
	[ "$(council "$n" '[.papers[].name] | join(" ")')" = hot-work ] || fail "both, or the other, at $n"
	[ "$(council "$n" '.motions | length')" = 0 ] || fail "the other one still stands at $n"
done
say "of two changes of one epoch exactly one passes, everywhere the same"

id=$(propose b expel e.test.example) || fail "no proposal"
alarmed() {
	cli e alarm list --json | grep -q "is about this node"
}
wait_for "the one that is to go hears of it" alarmed
vote a "$id"
vote c "$id"
all_at 3 e
vote d "$id"
all_at 4 a b c d
gone() {
	[ "$(cli a alliance show --json | jq '[.members[] | select(.name == "e.test.example")] | length')" = 0 ]
}
wait_for "it is no member at a" gone
post d "$t" /v1/alarms "$(alarm_json gds-01 1 3)"
want_status 201
cli e cert step suspend "$cert" --reason x >/dev/null || fail "it records no more"
# What the others say meanwhile goes round; what it says does not.
id=$(propose c endpoint "$(council c '.members[] | select(.name == "c.test.example") | .endpoint')") || fail "no proposal"
all_at 5 a b c d
size() {
	cli "$1" status --json | jq -er '.logs[] | select(.origin == "e.test.example/alliance/1") | .size'
}
[ "$(size a)" -lt "$(size e)" ] || fail "what it says is still taken"
say "who is expelled is heard no more, and goes on recording"

before=$(council a .id)
for n in a b c d; do
	node_stop "$n" || fail "$n did not stop"
done
for n in a b c d; do
	node_start "$n"
done
all_at 5 a b c d
[ "$(council d .id)" = "$before" ] || fail "another epoch after the restart"
for n in a b c d e; do
	cli "$n" audit >"$WORK/o" || fail "audit of $n: $(cat "$WORK/o")"
done
say "after a restart the same; every log and replica passes the audit"
