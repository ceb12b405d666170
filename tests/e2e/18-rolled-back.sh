#!/bin/bash
# Goal: a whole directory put back to an older copy does not know it by itself:
# members tell it before it signs; without them it signs, and is found out.
. "$(dirname "$0")/../support/node.sh"

for n in plant hq partner; do
	node_init "$n" "$n" --company "$([ $n = partner ] && echo other || echo acme).example" \
	    --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" plant hq partner
t=$(node_token plant ingest)
h=$(node_token hq ingest)
by() { # NODE - is HQ's newest checkpoint cosigned by it?
	local name
	name=$(cli "$1" vkey witness) || fail "$1 has no verifier key"
	get hq "" /evidence/1/checkpoint && grep -q "^— ${name%%+*} " "$BODY"
}
both() { by partner && by plant; }
# HQ asks all for a cosignature of each new checkpoint.
uncosigned() { # SOURCE
	[ ! -e "$WORK/plant/keys/witness.key" ] || fail "the witness key is still there"
	[ "$(cli plant status --json | jq -r .witnessRetired)" = true ] || fail "status does not say so"
	for i in 1 2; do
		fill hq "$h" "$1-$i" 2
		want_status 201
		wait_for "the partner to cosign" by partner
		by plant && fail "cosigned by a directory that was put back"
	done
	return 0
}
ask() { # SECONDS
	sed -i '/^ask_seconds/d' "$WORK/plant/node.yaml"
	echo "ask_seconds: $1" >>"$WORK/plant/node.yaml"
}
fill plant "$t" first 10
want_status 201
wait_for "HQ holds ten alarms" holds hq first 10
fill hq "$h" own 2
wait_for "all to cosign HQ" both
node_stop plant || fail "stop"
cp -r "$WORK/plant" "$WORK/snapshot"
node_start plant
fill plant "$t" second 5
want_status 201
wait_for "HQ holds five more" holds hq second 5
put_back() {
	rm -rf "$WORK/plant"
	cp -r "$WORK/snapshot" "$WORK/plant"
}
root() { cli plant status --json | jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .root'; }

node_kill plant
put_back
ask 20
node_start plant
wait_for "what HQ holds to come back" holds plant second 5
fill plant "$t" third 4
want_status 202
cli plant log list | grep -q "the directory was put back" || fail "not told: $(cli plant log list)"
[ "$(root)" = "$(cli hq status --json | jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .root')" ] ||
	fail "it signed something"
[ "$(cli hq alliance show --json | jq '.forks | length')" = 0 ] || fail "HQ sees a fork"
say "with a member there: noticed before anything is signed"
uncosigned live
say "and its witness key is gone at once"

node_stop hq || fail "stop"
node_stop partner || fail "stop"
node_kill plant
ask 1
node_start plant
fill plant "$t" third 4
want_status 202
want_field .duplicates 4
say "remembered when nobody can be asked"
node_start hq
node_start partner
cli plant admit-loss --log evidence --reason snapshot --yes >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
wait_for "the four alarms in generation 2 at HQ" holds hq third 4
cli hq status --json | jq -er '.logs[] | select(.origin == "plant.test.example/evidence/2")' >/dev/null || fail "no generation 2"
[ "$(cli hq alliance show --json | jq '.forks | length')" = 0 ] || fail "HQ sees a fork"
uncosigned later
say "after admit-loss HQ follows; the witness key stays retired"

node_stop hq || fail "stop"
node_stop partner || fail "stop"
node_kill plant
cp -r "$WORK/plant" "$WORK/original"
rm -rf "$WORK/snapshot"
cp -r "$WORK/plant" "$WORK/snapshot"
node_start plant
fill plant "$t" fourth 3
want_status 201
node_start hq
wait_for "HQ holds three more" holds hq fourth 3
node_stop hq || fail "stop"
node_kill plant
put_back
node_start plant
fill plant "$t" fifth 1
want_status 201
say "a copy of the whole that can ask nobody signs"
node_start hq
noticed() {
	[ "$(cli hq alliance show --json | jq -r '.forked[0]')" = plant.test.example/evidence/2 ]
}
wait_for "HQ to notice the second history" noticed
cli hq alliance show --json | jq -er '.forks[0] | .first, .second' >"$WORK/notes" || fail "no evidence"
[ "$(grep -c '^plant.test.example/evidence/2$' "$WORK/notes")" = 2 ] || fail "not two signed notes: $(cat "$WORK/notes")"
cli hq alliance show | grep -q plant.test.example/evidence/2 || fail "people do not see it"
holds hq fourth 3 || fail "HQ lost what it had"
holds hq fifth 1 && fail "HQ took entries of a second history"
cli hq audit >"$WORK/o" || fail "$(cat "$WORK/o")"
fill plant "$t" sixth 20
want_status 201
told() { [ -e "$(node_dir plant)/keys/evidence-2.ahead" ]; }
wait_for "the copy to learn what HQ holds" told
for how in "log roll" admit-loss; do
	# shellcheck disable=SC2086
	cli plant $how --log evidence --reason test --yes >"$WORK/o" 2>&1 &&
		fail "$how closes a log that signed two histories: $(cat "$WORK/o")"
	grep -q "two trees" "$WORK/o" || fail "$(cat "$WORK/o")"
done
[ ! -e "$(node_dir plant)/keys/evidence-3.key" ] || fail "another generation was opened"
say "HQ keeps what it has verified and the evidence; the copy cannot close its log over it"

node_stop hq || fail "stop"
node_kill plant
node_start plant
fill plant "$t" seventh 2
want_status 202
cli plant log list | grep -q "another history" || fail "not told: $(cli plant log list)"
say "what it learned it does not forget: nothing more is signed after a restart"
