#!/bin/bash
# Goal: a plant whose disk died comes back from its backup and its HQ, with what
# was erased still erased, and admits what nobody holds.
. "$(dirname "$0")/../support/node.sh"

to=$WORK/backup
keys=$WORK/safe
for n in plant hq; do
	node_init "$n" "$n" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" plant hq
t=$(node_token plant ingest)

# marked SOURCE - a case, which can be erased; sets record, index.
marked() {
	post plant "$t" /v1/cases "$(case_json "$1" 1)"
	want_status 201
	record=$(field .recordId)
	index=$(field .leafIndex)
}
gone() { # NODE RECORD
	cli "$1" case show "$2" --json | jq -er '.events[0].withheld == "ERASED"'
}
fill plant "$t" first 10
marked before
before=$record before_index=$index
cli plant backup "$to" --keys "$keys" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
fill plant "$t" second 5
marked after
after=$record
for i in "$before_index" "$index"; do
	cli plant erase "$i" --reason test >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
done
fill plant "$t" third 4
want_status 201
wait_for "HQ to hold all that" holds hq third 4
wait_for "HQ to carry out the erasures" gone hq "$after"
node_stop hq || fail "stop"
fill plant "$t" lost 3
want_status 201
node_kill plant
mv "$WORK/plant" "$WORK/dead" # for the eye of the test alone
size=$(jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .size' "$to/manifest.json")
say "the disk is gone; the backup has $size entries, HQ more, nobody the last three"

"$BUILD/lianfang" restore "$to" --keys "$keys" --dir "$WORK/plant" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
[ ! -e "$WORK/plant/keys/witness.key" ] || fail "a witness key came back"
gone plant "$before" >/dev/null 2>&1 && fail "erased in the backup already: nothing to test"
node_start hq
node_start plant
wait_for "what HQ holds to come back" holds plant third 4
holds plant second 5 || fail "not all that HQ holds"
for r in "$before" "$after"; do
	gone plant "$r" >/dev/null || fail "$r is not erased: $(cli plant case show "$r" --json)"
done
cli plant audit >"$WORK/o" || fail "$(cat "$WORK/o")"
fill plant "$t" lost 3
want_status 202
cli plant log list | grep -q "admit-loss --log evidence" || fail "not told what to do: $(cli plant log list)"
say "the tail is back from HQ, erasures in it carried out; nothing is signed"

cli plant admit-loss --log evidence --reason "disk died" --yes >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
wait_for "HQ to hold what was sent again" holds hq lost 3
fill plant "$t" lost 3
want_status 201
want_field '.items[0].origin' plant.test.example/evidence/2
for n in plant hq; do
	[ "$(cli $n alliance show --json | jq '.forks | length')" = 0 ] || fail "$n sees a fork"
	cli "$n" audit >"$WORK/o" || fail "$n: $(cat "$WORK/o")"
done
say "what nobody holds is admitted, its alarms are in generation 2 once"

cli plant backup "$to" --keys "$keys" --json >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
[ "$(jq -r '.full, .parts' "$WORK/o" | tr '\n' ' ')" = "true 1 " ] || fail "it went on from the parts of the dead disk: $(cat "$WORK/o")"
"$BUILD/lianfang" backup verify "$to" --keys "$keys" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
node_stop plant || fail "stop"
"$BUILD/lianfang" restore "$to" --keys "$keys" --dir "$WORK/again" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
for r in "$before" "$after"; do
	gone again "$r" >/dev/null || fail "$r came back with the backup"
done
say "the next backup is begun anew and holds none of what was erased"
