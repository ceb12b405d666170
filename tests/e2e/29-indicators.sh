#!/bin/bash
# Goal: a month's figures are entered once it is over, summed over sites, and computed again by others.
. "$(dirname "$0")/../support/node.sh"

# The nodes' clock: a quarter of an hour before a month ends in UTC+8, never behind the true one.
now=$(date +%s)
month_end=$(($(date -u -d "$(date -u -d "@$((now + 28800 + 1200))" +%Y-%m-01) + 1 month" +%s) - 28800))
month=$(date -u -d "@$((month_end - 43200))" +%Y-%m)
ahead=$((month_end - 900 - now))
turned() {
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 LD_PRELOAD=$BUILD/fault/wallclock.so \
	    TURN_FILE=$WORK/clock "$@"
}
turn() {
	printf '%-63s\n' "+ $1 yes" 1<>"$WORK/clock"
}
then_is() { # SECONDS from the nodes' now
	date -u -d "@$(($(date +%s) + ahead + $1))" +%FT%TZ
}
turn "$ahead"
for n in plant hq; do
	turned node_init "$n" "$n" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	turned node_start "$n"
done
turned ally "" plant hq
begun=$(then_is -3600)
t=$(turned node_token plant ingest)
reader=$(turned node_token hq hq)
own=$(turned node_token plant operator)
# Alarms are dated in whole seconds: the first of them is later than the log's beginning.
began=$(then_is 0)
later() { [ "$(then_is 0)" != "$began" ]; }
wait_for "the next second" later

n=0
alarm() { # LEVEL EXERCISE
	n=$((n + 1))
	post plant "$t" /v1/alarms "{\"source\":\"gds-01\",\"sourceSeq\":\"$n\",\"level\":$1,\"exercise\":$2,\"kind\":\"gas\",\"area\":\"area-$1\",\"title\":\"LEL\",\"occurredAt\":\"$(then_is 0)\"}"
	want_status 201
}
for _ in 1 2 3; do alarm 1 false; done
first=$(field .recordId)
alarm 3 false
alarm 1 true
n=$((n + 1)) # a number that never comes
alarm 2 false
cli plant alarm step judge "$first" --verdict true >/dev/null || fail "no verdict"
get plant "$own" "/v1/indicators/feed-integrity?period=$month&part=numerator"
want_status 200
want_field '.items[0].numerator' 6
want_field '.items[0].denominator' 7
want_field '.items[0].met | tostring' false
get plant "$own" "/v1/indicators/alarm-rate?period=$month&part=excluded"
want_field '.facts | length' 1
get plant "$own" "/v1/indicators/alarm-rate?period=$month&limit=2"
want_field '.facts | length' 2
cursor=$(field .nextCursor)
get plant "$own" "/v1/indicators/alarm-rate?period=$month&limit=1000&cursor=$cursor"
want_field '.facts | length' 3
get plant "$own" "/v1/indicators/hazard-closure?period=$month"
want_field '.items[0].lack' NONE_DUE
want_field '.items[0].value // "none"' none
get plant "$own" "/v1/indicators/exposure?period=$month"
want_field '.items[0].lack' NONE_DUE
field '.items[0].lackText' | grep -q 'stated and signed' || fail "$(cat "$BODY")"
cli plant indicator list >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q safety-health-index "$WORK/o" || fail "$(cat "$WORK/o")"
turned cli plant indicator list --period "$month" >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'no data' "$WORK/o" || fail "$(cat "$WORK/o")"
say "figures have numerator, denominator, what was left out, and the entries behind them; without facts, none"

# What no record here tells is stated, by whom, whence and by what; what is planned is checked.
cat >"$WORK/figure.yaml" <<-END
	type: figure
	source: "laboratory report 2026-117"
	stated: {figure: exposure, part: 9, whole: 10, fromAt: "$(then_is -3600)", toAt: "$(then_is 0)"}
	evidence: [{digest: "$({ printf '\001' && printf report | openssl dgst -sha256 -binary; } | base64 -w0)", mime: application/pdf}]
END
turned cli plant actor add chen --role safety-officer >/dev/null || fail "actor"
turned cli plant actor add wu --role guardian >/dev/null || fail "actor"
turned cli plant case report --form "$WORK/figure.yaml" >"$WORK/o" 2>&1 && fail "a figure that nobody signed"
turned cli plant case report --form "$WORK/figure.yaml" --actor wu >"$WORK/o" 2>&1 && fail "by whom it is not for"
sed '/^evidence/d' "$WORK/figure.yaml" >"$WORK/bare.yaml"
turned cli plant case report --form "$WORK/bare.yaml" --actor chen >"$WORK/o" 2>&1 && fail "without evidence"
grep -q evidence "$WORK/o" || fail "$(cat "$WORK/o")"
turned cli plant case report --form "$WORK/figure.yaml" --actor chen >"$WORK/o" || fail "$(cat "$WORK/o")"
get plant "$own" "/v1/indicators/exposure?period=$month"
want_field '.items[0] | "\(.numerator)/\(.denominator)"' 9/10
want_field '.facts | length' 1
stated=$(field '.facts[0].recordId')
get plant "$own" "/v1/cases/$stated"
want_field '.state' CLOSED
want_field '.events[0].caseEvent.stated.whole' 10
post plant "$t" /v1/checklists "[{\"action\":\"DEFINE\",\"tier\":\"TASK\",\"id\":\"P-1\",\"name\":\"promise\",\"post\":\"director\",\"code\":\"safety-promise\",\"cycle\":5,\"cycleUnit\":\"minute\",\"startAt\":\"$(then_is -60)\"}]"
want_status 201
post plant "$t" /v1/checklists '[{"action":"SUBMIT","tier":"TASK","id":"P-1","status":"NORMAL"}]'
want_status 201
say "a figure is stated and signed with its evidence, or it is none"

turned cli plant indicator snapshot >"$WORK/o" || fail "$(cat "$WORK/o")"
get plant "$own" /v1/snapshots
want_field '(.items // []) | length' 0
node_kill plant
node_kill hq
ahead=$((ahead + 2400))
turn "$ahead"
turned node_start plant
turned node_start hq
made() {
	cli plant indicator snapshot >"$WORK/o" 2>&1
}
wait_for "the log may be signed" made
made || fail "$(cat "$WORK/o")"
get plant "$own" /v1/snapshots
want_field '.items | length' 1
want_field '.items[0].snapshot.period' "$month"
want_field '[.items[0].snapshot.values[] | select(.id == "response-in-time" and .set == "articles") | .numerator, .denominator, .excluded] | join(" ")' "0 4 1"
want_field '[.items[0].snapshot.values[] | select(.id == "exposure") | .numerator, .denominator] | join("/")' 9/10
# One period of five minutes was kept; it was down for the others.
want_field '[.items[0].snapshot.values[] | select(.id == "safety-promise") | .numerator, (.denominator | tonumber >= 2)] | join(" ")' "1 true"
say "a node that was down at midnight makes the month's snapshot once"

held() {
	cli hq indicator rollup --period "$month" --check --json >"$WORK/rollup" 2>&1 || return 1
	jq -e '.sites[0].state == "COUNTED"' <"$WORK/rollup" >/dev/null
}
wait_for "HQ has the snapshot" held
jq -e '.sites[0].checked and ((.sites[0].differs // []) | length == 0)' <"$WORK/rollup" >/dev/null || fail "$(cat "$WORK/rollup")"
jq -e '[.items[] | select(.figure.id == "feed-integrity" and .figure.set == "articles") | .figure.numerator, .figure.denominator, .ranks[0].site] == ["6", "7", "plant.test.example"]' <"$WORK/rollup" >/dev/null || fail "$(jq '.items[] | select(.figure.id == "feed-integrity")' <"$WORK/rollup")"
get hq "$reader" "/v1/rollup?period=$month"
want_status 200
say "HQ adds up what its sites entered, and finds the same when it computes it from the entries"

cli plant policy >"$WORK/policy"
for kind in snapshot alarm incident case checklist; do
	turned cli plant bundle --kind "$kind" --from "$begun" --to "$(then_is 60)" -o "$WORK/$kind.lfb" >/dev/null || fail "no bundle of $kind"
done
verify() {
	turned "$BUILD/lianfang" indicator verify "$@" --policy "$WORK/policy" >"$WORK/o" 2>&1
}
verify "$WORK"/{snapshot,alarm,incident,case,checklist}.lfb || fail "$(cat "$WORK/o")"
grep -q ' 0 differ' "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'SAME  articles/response-in-time  0/4' "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'SAME  safety-health-index/exposure  9/10' "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'SAME  safety-health-index/safety-promise  1/' "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'OPEN  articles/permit-conformity' "$WORK/o" || fail "$(cat "$WORK/o")"
say "anybody computes the figures again, offline, from complete bundles"

# Once more, with none of our code: raised, grave, no exercise.
mkdir "$WORK/x"
unzip -q -d "$WORK/x" "$WORK/alarm.lfb" || [ $? -le 1 ] || fail "unzip"
[ "$(cat "$WORK"/x/records/*.json | jq -s '[.[].shown.alarm | select(. != null and (.action // "RAISE") == "RAISE" and .level <= 2 and (.exercise // false | not))] | length')" = 4 ] || fail "not 4"
rm -r "$WORK/x"
say "a script of three lines counts the same"

verify "$WORK"/{snapshot,incident,case}.lfb || fail "$(cat "$WORK/o")"
grep -q 'OPEN  articles/response-in-time' "$WORK/o" || fail "$(cat "$WORK/o")"
verify "$WORK"/{alarm,incident,case}.lfb && fail "passes without a snapshot"
refused=0
for i in 3 4 5; do
	cp "$WORK/snapshot.lfb" "$WORK/bad.lfb"
	at=$(($(stat -c %s "$WORK/bad.lfb") * i / 8))
	old=$(od -An -tu1 -j $at -N 1 "$WORK/bad.lfb" | tr -d ' ')
	# shellcheck disable=SC2059
	printf "\\$(printf %03o $((old ^ 1)))" | dd of="$WORK/bad.lfb" bs=1 seek=$at conv=notrunc status=none
	# Of the container no bit counts that changes nothing in it (06-evidence).
	verify "$WORK"/{bad,alarm,incident,case}.lfb || { refused=$((refused + 1)) && continue; }
	cmp -s <(unzip -p "$WORK/snapshot.lfb") <(unzip -p "$WORK/bad.lfb") || fail "a changed snapshot passes"
done
[ $refused -gt 0 ] || fail "no change was refused"
say "without its entries, or changed, no snapshot passes"

gone=$(turned cli plant case show "$stated" --json | jq -r '.events[0].place.index')
turned cli plant erase "$gone" --reason "PIPL 47" >"$WORK/o" || fail "$(cat "$WORK/o")"
turned cli plant bundle --kind case --from "$begun" --to "$(then_is 60)" -o "$WORK/case.lfb" >/dev/null || fail "no bundle"
verify "$WORK"/{snapshot,alarm,incident,case}.lfb || fail "$(cat "$WORK/o")"
grep -q 'OPEN  safety-health-index/exposure.*lawfully erased' "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q ' 0 differ' "$WORK/o" || fail "$(cat "$WORK/o")"
say "what was erased since makes a figure open, not wrong"

node_stop plant || fail "stop"
turned cli plant audit >"$WORK/o" || fail "$(cat "$WORK/o")"
