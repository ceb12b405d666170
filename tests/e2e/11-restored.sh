#!/bin/bash
# Goal: a node put back to an older copy cannot rewrite what its peers have verified.
. "$(dirname "$0")/../support/node.sh"

for n in plant hq; do
	node_init "$n" "$n" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" plant hq
t=$(node_token plant ingest)
fill() { # SOURCE COUNT
	{
		echo '['
		for i in $(seq 1 "$2"); do
			[ "$i" = 1 ] || echo ,
			alarm_json "$1" "$i" 3
		done
		echo ']'
	} >"$WORK/array"
	post plant "$t" /v1/alarms @"$WORK/array"
}
hq_holds() {
	[ "$(cli hq source list --json | jq -r ".items[] | select(.source == \"$1\") | .received")" = "$2" ]
}
fill first 10
want_status 201
wait_for "HQ holds ten alarms" hq_holds first 10
node_stop plant || fail "stop"
cp -r "$WORK/plant" "$WORK/older"
node_start plant
fill second 5
want_status 201
wait_for "HQ holds five more" hq_holds second 5
node_stop plant || fail "stop"
for part in own own-keys; do
	rm -rf "${WORK:?}/plant/$part"
	cp -r "$WORK/older/$part" "$WORK/plant/$part"
done
node_start plant
noticed() {
	[ "$(cli hq alliance show --json | jq -r '.forked[0]')" = plant.test.example/evidence/1 ]
}
wait_for "HQ to notice the second history" noticed
fill third 20
want_status 201
cli hq alliance show --json | jq -er '.forks[0] | .first, .second' >"$WORK/notes" || fail "no evidence"
[ "$(grep -c '^plant.test.example/evidence/1$' "$WORK/notes")" = 2 ] || fail "not two signed notes: $(cat "$WORK/notes")"
cli hq alliance show | grep -q plant.test.example/evidence/1 || fail "people do not see it"
say "HQ keeps two signed checkpoints that exclude each other, and shows them"
hq_holds second 5 || fail "HQ lost what it had"
hq_holds third 20 && fail "HQ took entries of a second history"
[ "$(cli plant status --json | jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .cosignatures // 0')" = 0 ] || fail "a second history was cosigned"
cli hq audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "HQ keeps the history it has verified; nobody cosigns another"

told() { [ -e "$(node_dir plant)/keys/evidence-1.ahead" ]; }
wait_for "the copy to learn what HQ holds" told
for how in "log roll" admit-loss; do
	# shellcheck disable=SC2086
	cli plant $how --log evidence --reason test --yes >"$WORK/o" 2>&1 &&
		fail "$how closes a log that signed two histories: $(cat "$WORK/o")"
	grep -q "two trees" "$WORK/o" || fail "$(cat "$WORK/o")"
done
[ ! -e "$(node_dir plant)/keys/evidence-2.key" ] || fail "another generation was opened"
say "a restored copy learns that it is one, and cannot close its log over it"
