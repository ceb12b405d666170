#!/bin/bash
# Goal: every key of a member changes by votes; alarms and old proofs stay good.
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/../support/node.sh"

for n in plant hq partner reg; do
	role=$n company=$n.example
	[ "$n" != hq ] || company=acme.example
	[ "$n" != plant ] || company=acme.example
	[ "$n" != reg ] || role=regulator
	node_init "$n" "$role" --company "$company" --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" plant hq partner reg
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
connected() {
	[ "$(cli "$1" alliance show --json | jq '[.members[] | select(.state == "connected")] | length')" = 3 ]
}
propose() {
	local n=$1
	shift
	cli "$n" alliance propose "$@" --json >"$WORK/o" 2>&1 || fail "propose $*: $(cat "$WORK/o")"
	jq -er .id "$WORK/o"
}
verify() {
	"$BUILD/lianfang" verify "$@" >"$WORK/o" 2>&1 || fail "$*: $(cat "$WORK/o")"
}
bundle() {
	cli plant policy >"$WORK/$1.policy"
	cli plant bundle --kind alarm --id "$2" -o "$WORK/$1.lfb" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
}
# keys NODE - as its card in force has them.
keys() {
	cli "$1" alliance epoch -o "$WORK/$1.epoch" || fail "no epoch"
	jq -r '.state.members[] | select(.name == "plant.test.example") | .identityKey, .evidenceKey, .allianceKey, .witnessKey, .sessionKey' "$WORK/$1.epoch"
}
t=$(node_token plant ingest)
post plant "$t" /v1/alarms "$(alarm_json gds-01 1 3)"
want_status 201
wait_for "HQ holds the alarm" holds hq gds-01 1
bundle old "$(field .recordId)"
keys plant >"$WORK/before"
cp "$WORK/plant/keys/evidence-1.key" "$WORK/stolen.key"

# load - one alarm after the other until it is told to stop.
load() {
	local i=1
	while [ ! -e "$WORK/stop" ]; do
		i=$((i + 1))
		post plant "$t" /v1/alarms "$(alarm_json gds-01 "$i" 3)"
		echo "$STATUS" >>"$WORK/statuses"
	done
	echo "$i" >"$WORK/sent"
}
BODY=$WORK/load.body load &
loader=$!
propose plant keys session evidence alliance >/dev/null || fail "no proposal"
all_at 1 plant hq partner reg
for n in plant hq partner reg; do
	wait_for "$n is connected to all" connected "$n"
done
touch "$WORK/stop"
wait "$loader" || fail "the load ended badly"
[ "$(sort -u "$WORK/statuses")" = 201 ] || fail "not every alarm was taken: $(sort "$WORK/statuses" | uniq -c)"
sent=$(cat "$WORK/sent")
wait_for "HQ holds all $sent alarms" holds hq gds-01 "$sent"
[ ! -e "$WORK/plant/keys/evidence-1.key" ] || fail "the old log key is still there"
say "session and log keys change while $sent alarms are taken, each with 201; HQ has all"

propose plant keys identity witness >/dev/null || fail "no proposal"
node_kill plant
node_start plant
all_at 2 plant hq partner reg
for n in plant hq partner reg; do
	wait_for "$n is connected to all" connected "$n"
done
keys plant >"$WORK/after"
for i in 1 2 3 4 5; do
	[ "$(sed -n "${i}p" "$WORK/before")" != "$(sed -n "${i}p" "$WORK/after")" ] || fail "key $i is the same"
done
in_force() {
	[ -z "$(ls "$WORK/plant/keys/next")" ]
}
wait_for "the new keys to be in force" in_force
v=$(cli plant vkey identity)
v=${v#*+}
[ "${v#*+}" = "$(sed -n 1p "$WORK/after")" ] || fail "the node has another identity than its card: $v"
say "identity and witness key too, though it was killed in between"

i=$((sent + 1))
post plant "$t" /v1/alarms "$(alarm_json gds-01 "$i" 3)"
want_status 201
bundle new "$(field .recordId)"
verify "$WORK/old.lfb" --policy "$WORK/old.policy"
verify "$WORK/new.lfb" --policy "$WORK/new.policy"
"$BUILD/lianfang" verify "$WORK/new.lfb" --policy "$WORK/old.policy" >"$WORK/o" 2>&1 &&
	fail "the old policy knows the new key"
wait_for "HQ holds the next alarm" holds hq gds-01 "$i"
cosigned() {
	[ "$(cli hq status --json | jq -r '.logs[] | select(.origin == "hq.test.example/alliance/1") | .cosignatures // 0')" -ge 3 ]
}
propose hq endpoint "$(council hq '.members[] | select(.name == "hq.test.example") | .endpoint')" >/dev/null || fail "no proposal"
all_at 3 plant hq partner reg
wait_for "the plant to cosign with its new key" cosigned
say "a stranger verifies a bundle of before and one of after; the members cosign"

"$ROOT/build/foreign" -url "${NODE_URL[hq]}" -vkey "$(cli hq vkey witness)" -skey "$WORK/stolen.key" \
    -old 0 -size 5000 -salt forged >"$WORK/o" 2>&1
alarmed() {
	cli "$1" alarm list --json | jq -e '.items[] | .events[0].alarm | select(.source == "lianfang-fork") | .detail | contains("plant.test.example/evidence/1")' >/dev/null
}
for n in hq partner; do
	wait_for "an alarm at $n ($(cat "$WORK/o"))" alarmed "$n"
done
post plant "$t" /v1/alarms "$(alarm_json gds-01 $((i + 1)) 3)"
want_status 201
wait_for "HQ still follows the new log" holds hq gds-01 $((i + 1))
say "what the old key signs beyond its end is evidence, and harms nothing"

node_stop partner || fail "stop"
rm "$WORK/partner/keys/identity.key" "$WORK/partner/keys/next-identity.key"
cli partner alliance card --new-keys -o "$WORK/partner.json" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
node_start partner
id=$(propose hq keys --file "$WORK/partner.json") || fail "no proposal"
sees() {
	council "$1" ".motions[] | select(.id == \"$id\") | .routine | not"
}
for n in plant reg; do
	wait_for "$n sees the proposal" sees "$n"
	cli "$n" alliance vote "${id:0:12}" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
done
all_at 4 plant hq partner reg
for n in plant hq partner reg; do
	wait_for "$n is connected to all" connected "$n"
done
say "a lost identity is replaced by the votes of others"

for n in plant hq partner reg; do
	node_stop "$n" || fail "$n did not stop"
done
for n in plant hq partner reg; do
	node_start "$n"
done
for n in plant hq partner reg; do
	wait_for "$n is connected to all after a restart" connected "$n"
	cli "$n" audit >"$WORK/o" || fail "audit of $n: $(cat "$WORK/o")"
done
say "after a restart the same; every log and replica passes the audit"
