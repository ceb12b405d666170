#!/bin/bash
# Goal: alarms outlive a node that knows neither its log nor a member; a tail
# that nobody holds is admitted; a lost replica/ ends the witness key.
. "$(dirname "$0")/../support/node.sh"

for n in plant hq partner; do
	node_init "$n" "$n" --company "$([ $n = partner ] && echo other || echo acme).example" \
	    --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" plant hq partner
t=$(node_token plant ingest)
put_back() { # COPY
	for part in own own-keys; do
		rm -rf "${WORK:?}/plant/$part"
		cp -r "$WORK/$1/$part" "$WORK/plant/$part"
	done
}
fill plant "$t" first 10
want_status 201
wait_for "HQ holds ten alarms" holds hq first 10
node_stop plant || fail "stop"
mkdir "$WORK/monday"
cp -r "$WORK/plant/own" "$WORK/plant/own-keys" "$WORK/monday"
node_start plant
fill plant "$t" second 5
want_status 201
wait_for "HQ holds five more" holds hq second 5
node_stop plant || fail "stop"
node_stop hq || fail "stop"
node_stop partner || fail "stop"

echo "ask_seconds: 1" >>"$WORK/plant/node.yaml" # nobody is there
put_back monday
node_start plant
fill plant "$t" third 4
want_status 202
node_kill plant
node_start plant
fill plant "$t" third 4
want_status 202
want_field .duplicates 4
cli plant log list --json | jq -er '.unheard | length == 2' >/dev/null || fail "who was not heard: $(cli plant log list --json)"
printf 'id,when,what\n1,2026-01-02T03:04:05Z,one\n2,2026-01-02T03:04:05Z,two\n' >"$WORK/t.csv"
printf 'source: table\nconstants: [{field: type, value: near-miss}]\ncolumns: [{field: sourceSeq, title: id}, {field: occurredAt, title: when}, {field: description, title: what}]\n' >"$WORK/t.yaml"
cli plant import cases "$WORK/t.csv" --map "$WORK/t.yaml" --json >"$WORK/imported" 2>"$WORK/waiting" &
import=$!
waits() { grep -q "waiting for the node.*HEADS_UNKNOWN" "$WORK/waiting"; }
wait_for "the import to wait" waits
node_start hq
entered() { [ "$(cli plant status --json | jq -r '.spooled // 0')" = 0 ] && holds plant third 4; }
wait_for "the log to be fetched and the alarms entered" entered
holds plant second 5 || fail "not fetched"
fill plant "$t" third 4
want_status 201
want_field .duplicates 4
want_field '.items[0].origin' plant.test.example/evidence/1
wait_for "HQ to hold them" holds hq third 4
[ "$(cli hq alliance show --json | jq '.forks | length')" = 0 ] || fail "HQ sees a fork"
wait $import || fail "import: $(cat "$WORK/waiting" "$WORK/imported")"
[ "$(jq .added "$WORK/imported")" = 2 ] || fail "import: $(cat "$WORK/imported")"
say "an import waits for the node and goes on"
say "nobody there: kept through a kill -9, entered once HQ is back"

node_stop plant || fail "stop"
rm -rf "$WORK/monday"
mkdir "$WORK/monday"
cp -r "$WORK/plant/own" "$WORK/plant/own-keys" "$WORK/monday"
node_stop hq || fail "stop"
node_start partner
node_start plant
fill plant "$t" fourth 6
want_status 201
size=$(cli plant status --json | jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .size')
cosigned() { [ "$(cli plant status --json | jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .cosignatures // 0')" -ge 1 ]; }
wait_for "the partner to cosign" cosigned
node_kill plant
put_back monday
node_start plant
fill plant "$t" fifth 2
want_status 202
node_start hq
heard() { cli plant log list --json | jq -e '.unheard | length == 0' >/dev/null; }
wait_for "all to be heard" heard
cli plant log list --json | jq -er --arg n "$size" '.items[] | select(.current and .known == $n)' >/dev/null ||
	fail "what the partner knows is not shown: $(cli plant log list --json)"
cli plant log list | grep -q "nobody who can be asked now has the rest" || fail "$(cli plant log list)"
cli plant admit-loss --log evidence --reason "disk died" --yes >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
wait_for "HQ to hold the next generation" holds hq fifth 2
cli hq status --json | jq -er --arg n "$size" \
    '.logs[] | select(.origin == "plant.test.example/evidence/2" and .lostTo == $n)' >/dev/null ||
	fail "HQ does not see what is lost: $(cli hq status --json)"
for n in hq partner; do
	[ "$(cli $n alliance show --json | jq '.forks | length')" = 0 ] || fail "$n sees a fork"
done
say "a tail that only a witness knows of is admitted, and said to be lost"

retired() { # NODE
	[ ! -e "$WORK/$1/keys/witness.key" ] || fail "the witness key of $1 is still there"
	[ "$(cli "$1" status --json | jq -r .witnessRetired)" = true ] || fail "status of $1 does not say so"
}
retired plant
say "members proved more than a directory left by a kill can explain: its witness key is gone"

[ -e "$WORK/partner/keys/witness.key" ] || fail "the partner has no witness key"
node_stop partner || fail "stop"
rm -rf "$WORK/partner/replica" "$WORK/partner/replica-keys"
node_start partner
retired partner
cli partner status | grep -q "witness retired" || fail "people are not told"
fill plant "$t" own 3
want_status 201
vkey=$(cli partner vkey witness) || fail "its verifier key is gone"
name=${vkey%%+*}
by_hq() { get plant "" /evidence/2/checkpoint && grep -q "^— hq" "$BODY"; }
wait_for "HQ to cosign" by_hq
grep -q "^— $name " "$BODY" && fail "it cosigned without knowing what it had cosigned"
node_stop partner || fail "stop"
node_start partner
retired partner
say "a lost replica/ ends the witness key"
