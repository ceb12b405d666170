#!/bin/bash
# Goal: a site without any line is brought level by two trips with a stick.
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/../support/node.sh"

# Nobody listens where the cards say: these members never meet.
for n in plant hq partner; do
	role=$n company=acme.example
	[ "$n" != partner ] || company=weldco.example
	node_init "$n" "$role" --company "$company" --federation "tcp://127.0.0.1:$(free_port)"
done
sed -i '/^federation:/d' "$WORK"/*/node.yaml
for n in plant hq partner; do
	echo 'federation: "tcp://127.0.0.1:0"' >>"$WORK/$n/node.yaml"
done
endpoint=tcp://127.0.0.1:9
for n in plant hq partner; do
	node_start "$n"
	cli "$n" alliance card --endpoint "$endpoint" -o "$WORK/$n.card.json" || fail "no card of $n"
done
"$BUILD/lianfang" alliance create --name island -o "$WORK/genesis.json" "$WORK"/{hq,partner,plant}.card.json >"$WORK/o" || fail "no genesis"
for n in plant hq partner; do
	cli "$n" alliance join "$WORK/genesis.json" >>"$WORK/o" || fail "$n did not join"
done

# bulk SOURCE COUNT - so many alarms of the plant, quickly.
t=$(node_token plant ingest)
bulk() {
	awk -v s="$1" -v n="$2" 'BEGIN { print "["; for (i = 1; i <= n; i++)
		printf "%s{\"source\":\"%s\",\"sourceSeq\":\"%d\",\"level\":3,\"kind\":\"gas\",\"area\":\"tank-farm-2\"," \
		    "\"title\":\"LEL high\",\"occurredAt\":\"2026-11-22T02:50:00Z\"}\n", (i > 1 ? "," : ""), s, i
		print "]" }' >"$WORK/array"
	post plant "$t" /v1/alarms @"$WORK/array"
	want_status 201
}
bulk gds-01 900

export_to() {
	cli "$1" courier export --to "$2.test.example" "$WORK/$3" >"$WORK/o" 2>&1 || fail "export: $(cat "$WORK/o")"
}
import_at() {
	cli "$1" courier import "$WORK/$2" --json >"$BODY" 2>"$WORK/o" || fail "import: $(cat "$WORK/o")"
}
export_to plant hq out
import_at hq out
want_field .sender plant.test.example
holds hq gds-01 900 || fail "HQ does not hold the plant's alarms"
level=$(jq -r '.level // [] | length' "$BODY")
[ "$level" = 0 ] || fail "level after one trip: $(cat "$BODY")"
export_to hq plant back
import_at plant back
[ "$(jq -r '.level[0]' "$BODY")" = hq.test.example ] || fail "the plant is not level: $(cat "$BODY")"
cosigned() {
	[ "$(cli plant status --json | jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .cosignatures // 0')" -ge 1 ]
}
wait_for "the cosignature came with the stick" cosigned
say "two trips bring both sides level, with what HQ cosigned"

post plant "$t" /v1/alarms "$(alarm_json gds-01 901 3)"
want_status 201
node_stop plant
node_start plant
export_to plant hq again
[ "$(stat -c %s "$WORK/again")" -lt 20000 ] || fail "it did not go on from where HQ stands, after a restart"
import_at hq again
holds hq gds-01 901 || fail "HQ lacks the newest"
import_at hq out
import_at hq again
want_field '.stored // "0"' 0
say "an export goes on from what the other said, also after a restart; a file again changes nothing"

for i in 1 2 3; do
	bulk "gds-1$i" 900
done
export_to plant hq whole
size=$(stat -c %s "$WORK/whole")
head -c $((size - 40)) "$WORK/whole" >"$WORK/half"
cli hq courier import "$WORK/half" >"$WORK/o" 2>&1 && fail "half a file was all of it"
grep -q "byte $((size - 40))" "$WORK/o" || fail "not said where it ends: $(cat "$WORK/o")"
cp "$WORK/whole" "$WORK/bad"
printf '\377' | dd of="$WORK/bad" bs=1 seek=$((size / 2)) conv=notrunc status=none
cli hq courier import "$WORK/bad" >"$WORK/o" 2>&1 && fail "an altered file was taken"
grep -q 'byte [0-9]' "$WORK/o" || fail "not said where: $(cat "$WORK/o")"
import_at hq whole
holds hq gds-13 900 || fail "HQ lacks what the whole file brings"
say "half a file, an altered one, then the whole: the same as the whole alone"

refused() {
	cli "$1" courier import "$WORK/$2" >"$WORK/o" 2>&1 && fail "$1 took $2"
	grep -q -- "$3" "$WORK/o" || fail "$2 at $1: $(cat "$WORK/o")"
}
refused partner whole "for hq.test.example"
echo "a letter" >"$WORK/letter"
head -c 300 /dev/zero >>"$WORK/letter"
refused hq letter "no file of lianfang courier export"
sed 's|courier/v1|courier/v0|' "$WORK/whole" >"$WORK/old"
refused hq old "another format"
node_init stranger plant --company elsewhere.example
node_start stranger
refused stranger whole "no alliance"
cli plant courier export --to nobody.example "$WORK/none" >"$WORK/o" 2>&1 && fail "a file for nobody"
grep -q "no other member" "$WORK/o" || fail "$(cat "$WORK/o")"
[ ! -e "$WORK/none" ] && [ ! -e "$WORK/none.part" ] || fail "something was left"
for w in gds-1 tank-farm-2 example "LEL high"; do
	grep -qa -- "$w" "$WORK/whole" && fail "the stick says $w to anybody"
done
say "wrong recipient, format, alliance and member are refused by name; the file tells a stranger nothing"

export_to plant partner for-partner
import_at partner for-partner
[ "$(cli partner alarm list --json | jq '.items // [] | length')" = 0 ] || fail "the partner got alarms"
for n in plant hq partner; do
	cli "$n" audit >"$WORK/o" 2>&1 || fail "audit of $n: $(cat "$WORK/o")"
done
say "nobody gets what it may not have; every log and replica passes the audit"
