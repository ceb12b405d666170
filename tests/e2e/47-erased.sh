#!/bin/bash
# Goal: what was erased is in no file of any member any more, and old evidence verifies.
. "$(dirname "$0")/../support/node.sh"

HUNT=$BUILD/hunt
S=$WORK/secrets
# look_for NAME TEXT - one more marker, for people's eyes NAME.
look_for() {
	echo "text-$1 $(printf %s "$2" | od -An -v -tx1 | tr -d ' \n')" >>"$S"
}
M() {
	echo "Marker-$1-7f3a"
}
for n in plant hq regulator; do
	role=$n company=acme.example
	[ "$n" != regulator ] || company=gov.example
	node_init "$n" "$role" --company "$company" --federation "tcp://127.0.0.1:$(free_port)"
	echo 'log_level: DEBUG' >>"$WORK/$n/node.yaml"
	node_start "$n"
done
ally "regulator:plant" plant hq regulator
token=$(node_token plant operator)
reader=$(node_token plant hq)
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
index_of() {
	cli plant "$1" show "$2" --json | jq -r ".events[$3].place.index"
}

# An alarm and its acknowledgement, a permit signed by a person, a certificate,
# a case from a table, an enrolled person; and others beside them that stay.
for i in 1 2 3 4 5; do
	post plant "$token" /v1/alarms "$(alarm_json gds-01 "$i" 3)"
	want_status 201
done
post plant "$token" /v1/alarms "{\"source\":\"gds-01\",\"sourceSeq\":\"6\",\"level\":3,\"kind\":\"gas\",\"area\":\"tank-farm-2\",\"title\":\"$(M title)\",\"detail\":\"$(M detail)\",\"occurredAt\":\"$now\"}"
want_status 201
alarm=$(field .recordId)
for action in ACK CLEAR; do
	post plant "$token" "/v1/alarms/$alarm/events" "{\"alarm\":{\"action\":\"$action\",\"operator\":\"$(M operator)\",\"note\":\"$(M note)\",\"occurredAt\":\"$now\"}}"
	want_status 201
done
for who in li "$(M actor)"; do
	cli plant actor add "$who" --role applicant --json >"$WORK/actor" || fail "actor"
done
actor=$(jq -r '.recordId // .items[0].recordId' "$WORK/actor")
permit=$(cli plant permit apply --level 1 --area tank-farm-2 --location "$(M location)" --content "$(M content)" --worker "$(M worker)" --worker-name "$(M name)" --guardian "$(M guardian)" --unit u --note "$(M remark)" --actor "$(M actor)") || fail "permit: $permit"
cli plant permit step cancel "$permit" --reason "$(M reason)" --actor li >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cert=$(cli plant cert issue --holder chen --holder-number "$(M idnumber)" --number "$(M certnumber)" --class welding --to 365d --review 300d) || fail "certificate"
printf 'id,when,who,what\n1,%s,%s,%s\n' "$now" "$(M person)" "$(M description)" >"$WORK/t.csv"
cat >"$WORK/t.yaml" <<'MAP'
source: table
constants: [{field: type, value: near-miss}, {field: action, value: REPORT}]
columns:
  - {field: sourceSeq, title: id}
  - {field: occurredAt, title: when}
  - {field: personName, title: who}
  - {field: description, title: what}
MAP
cli plant import cases "$WORK/t.csv" --map "$WORK/t.yaml" >/dev/null || fail "import"
case=$(cli plant case list --json | jq -r '.items[0].recordId')
for m in title detail operator note location content worker name guardian remark reason idnumber certnumber person description actor; do
	look_for "$m" "$(M "$m")"
done
whole=("$(index_of case "$case" 0)")
# A law keeps alarms and permits for a year; what was wrongly recorded in one goes at once.
alarms=("$(index_of alarm "$alarm" 0)" "$(index_of alarm "$alarm" 1)" "$(index_of alarm "$alarm" 2)")
fields=("$(index_of permit "$permit" 0)" "$(index_of permit "$permit" 1)")
certificate=$(index_of cert "$cert" 0)
person=$(cli plant actor list --json | jq -r --arg n "$(M actor)" '.items[] | select(.events[0].actor.name == $n) | .events[0].place.index')
[ -n "$person" ] || fail "no actor: $actor"

# What stays at the reader's: a bundle and proofs of each.
cli plant policy | sed 's/^quorum .*/quorum none/' >"$WORK/policy"
for kind in alarm permit certificate case; do
	cli plant bundle --kind "$kind" --from "$(date -u -d '-10 minutes' +%Y-%m-%dT%H:%M:%SZ)" --to 1m -o "$WORK/$kind.lfb" >/dev/null || fail "no bundle of $kind"
done
for i in "${whole[@]}" "${alarms[@]}" "${fields[@]}" "$certificate" "$person"; do
	get plant "$reader" "/v1/proof/evidence/$i"
	want_status 200
	cp "$BODY" "$WORK/$i.tlog-proof"
done
still_good() {
	local f
	for f in "$WORK"/*.lfb "$WORK"/*.tlog-proof; do
		"$BUILD/lianfang" verify "$f" --policy "$WORK/policy" >"$WORK/o" || fail "$f: $(cat "$WORK/o")"
	done
}
still_good

"$HUNT" secrets "$WORK/plant/own" "$WORK/plant/own-keys" plant.test.example/evidence/1 "${whole[@]}" "${alarms[@]}" "${fields[@]}" "$certificate" "$person" >>"$S" || fail "no secrets"
[ "$(grep -c ^data-key "$S")" -eq 8 ] || fail "$(grep -c ^data-key "$S") data keys"
held() {
	cli "$1" alarm show "$alarm" --json | grep -q "$(M title)" &&
		cli "$1" case list --json | grep -q "$(M description)"
}
for n in hq regulator; do
	wait_for "$n holds it" held "$n"
	cli "$n" alarm list --json >/dev/null || fail "list"
done
# What replicas keep is under data keys of its own.
for n in hq regulator; do
	"$HUNT" secrets "$WORK/$n/replica" "$WORK/$n/replica-keys" plant.test.example/evidence/1 "${whole[@]}" "${alarms[@]}" "${fields[@]}" "$certificate" "$person" |
		sed -n "s/^data-key/&-$n/p" >>"$S" || fail "no secrets of $n"
done
[ "$(grep -c ^data-key "$S")" -eq 24 ] || fail "$(grep -c ^data-key "$S") data keys"

# A hot copy of everything, as anybody may have made one.
mkdir "$WORK/before"
for n in plant hq regulator; do
	cp -a "$WORK/$n" "$WORK/before/"
done
at=0
for n in plant/own hq/replica regulator/replica; do
	"$HUNT" unwrap "$S" "$WORK/before/$n-keys" "$WORK/before/$n" >"$WORK/o" && fail "the hunt finds nothing where it must: $n"
	at=$((at + $(grep -c 'opens data-key' "$WORK/o")))
done
[ $at -ge 24 ] || fail "only $at keys found before the erasure"
printf 'x%s' "$(M title)" >"$WORK/planted"
"$HUNT" look "$S" "$WORK/planted" >"$WORK/o" && fail "the hunt does not see a planted text"
say "the hunt sees what is there: $at wrapped keys in three stores, a planted text"

for i in "${whole[@]}"; do
	cli plant erase "$i" --reason "PIPL 47" >"$WORK/o" || fail "erase $i: $(cat "$WORK/o")"
done
for i in "${alarms[@]}"; do
	cli plant erase "$i" --wrong --field 9 --field 14 --field 15 --field 16 --reason "of another alarm" >"$WORK/o" || fail "erase of $i: $(cat "$WORK/o")"
	grep -q "^erased" "$WORK/o" || fail "it waits: $(cat "$WORK/o")"
done
for i in "${fields[@]}"; do
	cli plant erase "$i" --wrong --field 6 --field 7 --field 9 --field 10 --field 11 --field 12 --field 19 --field 21 --reason "of another permit" >"$WORK/o" || fail "erase of $i: $(cat "$WORK/o")"
	grep -q "^erased" "$WORK/o" || fail "it waits: $(cat "$WORK/o")"
done
cli plant erase "$certificate" --field 5 --field 8 --reason "PIPL 47" >"$WORK/o" || fail "$(cat "$WORK/o")"
cli plant erase "$person" --field 2 --reason "PIPL 47" >"$WORK/o" || fail "$(cat "$WORK/o")"
reported() {
	[ "$(grep -c "PEER-ERASED.*peer=$1.test.example" "$WORK/plant.log")" -ge 8 ]
}
wait_for "HQ reports" reported hq
wait_for "the regulator reports" reported regulator
for n in plant hq regulator; do
	cli "$n" cert show "$cert" --json >"$BODY" || fail "certificate at $n"
	want_field '.events[0].certificate.holder' chen
	grep -q "$(M idnumber)" "$BODY" && fail "$n still shows it"
	cli "$n" alarm show "$alarm" --json | grep -q "$(M title)" && fail "$n still shows the title"
done
say "members report their erasures; fields that were not asked for stay"

# hunt WHERE NOW - every file but the keys of persons (their names are on
# them) and, of old copies, the wrapping keys, which operators must destroy.
hunt() {
	local n paths=()
	for n in "$1"/*/*; do
		case $n in
		*/actors | *.sock) ;;
		*-keys) [ "$1" = "$WORK/before" ] || paths+=("$n") ;;
		*) paths+=("$n") ;;
		esac
	done
	"$HUNT" look "$S" "${paths[@]}" >"$WORK/o" || fail "found: $(cat "$WORK/o")"
	tail -n 1 "$WORK/o"
	for n in plant/own hq/replica regulator/replica; do
		"$HUNT" unwrap "$S" "$WORK/$2/$n-keys" "$1/$n" >"$WORK/o" || fail "still opens: $(cat "$WORK/o")"
	done
}
running() {
	rm -rf "$WORK/live"
	mkdir "$WORK/live"
	for n in plant hq regulator; do
		cp -a "$WORK/$n" "$WORK/live/"
	done
	hunt "$WORK/live" live
}
running
hunt "$WORK/before" live
"$HUNT" look "$S" "$WORK"/*.log "$WORK"/*.out || fail "in what the nodes printed"
say "no text, key, salt or wrapped key: in stores, journals and free pages, wrapping keys, logs, and copies made before and after"

for n in plant hq regulator; do
	node_kill "$n"
	node_start "$n"
done
running
for n in plant hq regulator; do
	node_stop "$n" || fail "stop $n"
	cli "$n" audit >"$WORK/o" || fail "$(cat "$WORK/o")"
done
running
still_good
say "nor after a kill, a restart and a clean end; every old bundle and proof verifies"
