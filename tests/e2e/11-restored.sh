#!/bin/bash
# Goal: own/ put back to an older copy gets back what it lost, or waits; and it
# never signs a second history.
. "$(dirname "$0")/../support/node.sh"

for n in plant hq; do
	node_init "$n" "$n" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
echo "ask_seconds: 20" >>"$WORK/plant/node.yaml" # HQ is there: no haste
ally "" plant hq
t=$(node_token plant ingest)
keep() { # COPY - of own/ and its wrapping keys, of the stopped plant
	mkdir "$WORK/$1"
	cp -r "$WORK/plant/own" "$WORK/plant/own-keys" "$WORK/$1"
}
put_back() { # COPY
	for part in own own-keys; do
		rm -rf "${WORK:?}/plant/$part"
		cp -r "$WORK/$1/$part" "$WORK/plant/$part"
	done
}
nobody_forked() {
	[ "$(cli hq alliance show --json | jq '.forks | length')" = 0 ] || fail "HQ sees a fork"
}
current() { # LOG
	cli plant log list --json | jq -r ".items[] | select(.current and (.origin | contains(\"/$1/\"))) | .origin"
}

fill plant "$t" first 10
want_status 201
wait_for "HQ holds ten alarms" holds hq first 10
node_stop plant || fail "stop"
keep monday
node_start plant
fill plant "$t" second 5
want_status 201
wait_for "HQ holds five more" holds hq second 5
node_stop plant || fail "stop"

put_back monday
node_start plant
fill plant "$t" third 20
want_status 201
holds plant second 5 || fail "what HQ held did not come back"
wait_for "HQ to hold what came after" holds hq third 20
fill plant "$t" second 5
want_field .duplicates 5
[ "$(current evidence)" = plant.test.example/evidence/1 ] || fail "another log: $(current evidence)"
nobody_forked
[ -e "$WORK/plant/keys/witness.key" ] || fail "the witness key is gone, and replica/ is as it was left"
for n in plant hq; do
	cli "$n" audit >"$WORK/o" || fail "$n: $(cat "$WORK/o")"
done
say "put back after a clean stop: fetched from HQ, the same log goes on"

node_kill plant
put_back monday
node_start plant
wait_for "what HQ holds to come back" holds plant third 20
a=$(alarm_json fourth 1 1)
post plant "$t" /v1/alarms "$a"
want_status 202
want_field .provisional true
record=$(field .recordId)
post plant "$t" /v1/alarms "$a"
want_status 202
want_field .recordId "$record"
want_field .duplicate true
fill plant "$t" fifth 3
want_status 202
o=$(node_token plant operator)
get plant "" /readyz
want_status 503
get plant "$o" "/v1/decisions?work=hot-work&area=tank-farm-2"
want_status 503
want_field .code HEADS_UNKNOWN
get plant "$o" /v1/alarms
want_status 200
[ "$(cli plant alarm kept --json | jq '.items | length')" = 4 ] || fail "not four kept: $(cli plant alarm kept --json)"
[ "$(cli plant status --json | jq -r .spooled)" = 4 ] || fail "status does not say four"
cli plant log list | grep -q "admit-loss --log evidence" || fail "not told what to do: $(cli plant log list)"
cli plant log roll --log evidence --reason x --yes >"$WORK/o" 2>&1 && fail "rolled over in doubt"
say "put back after a kill: all is fetched, alarms wait, nothing is signed"

# A stream shows them, also one that comes later; not to who may not see the area.
stream() { # FILE TOKEN [QUERY]
	curl -sSN -H "Authorization: Bearer $2" "${NODE_URL[plant]}/v1/events${3:-}" >"$WORK/$1" 2>/dev/null &
	streams+=($!)
}
streams=()
stream late "$o"
stream elsewhere "$(node_token plant operator --area boiler-house)"
stream grave "$o" "?level=1"
shown() { grep '^data:' "$WORK/$1" | sed 's/^data: //' | jq -s "$2" | grep -qx "$3"; }
wait_for "the four in a stream" shown late "map(select(.provisional and .area == \"tank-farm-2\")) | length" 4
wait_for "the one of level 1" shown grave "map(.recordId)[0] == \"$record\"" true
fill plant "$t" sixth 1
want_status 202
wait_for "another one, as it comes" shown late length 5
shown grave length 1 || fail "the level is not looked at: $(cat "$WORK/grave")"
grep -q '^data:' "$WORK/elsewhere" && fail "shown to who may not see it: $(cat "$WORK/elsewhere")"
grep -q '^id:' "$WORK/late" && fail "an id of what is in no log"
kill "${streams[@]}"
wait "${streams[@]}" 2>/dev/null
say "kept alarms are shown by live streams, as provisional"

node_kill plant
put_back monday
node_start plant
[ "$(cli plant status --json | jq -r .spooled)" = 5 ] || fail "another own/ took what was kept with it"
o=$(node_token plant operator) # tokens went with the other own/
t=$(node_token plant ingest)
stream entered "$o"
wait_for "what HQ holds to come back once more" holds plant third 20
cli plant admit-loss --log evidence --reason "own/ put back" --yes >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
received() { [ "$(cli plant status --json | jq -r '.spooled // 0')" = 0 ]; }
wait_for "what was kept to be entered" received
holds plant fourth 1 && holds plant fifth 3 || fail "not entered once: $(cli plant source list)"
wait_for "it to be shown as an entry" shown entered "map(select(.recordId == \"$record\" and .origin != null)) | length" 1
kill "${streams[-1]}"
wait "${streams[-1]}" 2>/dev/null
post plant "$t" /v1/alarms "$a"
want_field .recordId "$record"
want_field .origin plant.test.example/evidence/2
get plant "$o" "/v1/alarms/$record"
want_field '.events[0].annex.code' SPOOLED
wait_for "HQ to hold them" holds hq fifth 3
nobody_forked
[ ! -e "$WORK/plant/keys/spool.key" ] || fail "the spool's key is still there"
for n in plant hq; do
	cli "$n" audit >"$WORK/o" || fail "$n: $(cat "$WORK/o")"
done
say "after admit-loss generation 2 holds each of them once"
