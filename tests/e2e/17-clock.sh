#!/bin/bash
# Goal: a clock that is set back, ahead or stands still: recorded time, members, decisions, one alarm.
. "$(dirname "$0")/../support/node.sh"

# turn NODE HOW SECONDS SYNCHRONISED - its wall clock from now on (tests/fault/wallclock.c).
turn() {
	printf '%-63s\n' "$2 $3 $4" 1<>"$WORK/$1.clock"
}
start() {
	[ -s "$WORK/$1.clock" ] || turn "$1" + 0 no
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 LD_PRELOAD=$BUILD/fault/wallclock.so \
	    TURN_FILE=$WORK/$1.clock node_start "$1"
}
clock() {
	cli "$1" clock --json | jq -er "$2"
}
# is NODE JQ-EXPRESSION - what `lianfang clock` says fulfils it.
is() {
	[ "$(clock "$1" "$2")" = true ]
}
# record NODE - a new alarm's recorded time, in seconds since the epoch.
record() {
	local id
	post "$1" "${TOKEN[$1]}" /v1/alarms "$(alarm_json gds-01 "$(date +%s%N)" 3)"
	want_status 201
	id=$(field .recordId) || exit 1
	cli "$1" alarm show "$id" --json | jq -r '.events[0].place.recordedAt' | sed 's/\..*//' | { read -r t; date -u -d "${t%Z}Z" +%s; }
}
# alarms NODE - states of the alarms about plant's clock, as NODE sees them.
alarms() {
	cli "$1" alarm list --subject lianfang-clock --site plant.test.example --json | jq -r '[.items[]?.state] | join(" ")'
}
alarms_are() {
	[ "$(alarms "$1")" = "$2" ]
}
declare -A TOKEN

for n in plant hq witness; do
	role=$n
	[ "$n" != witness ] || role=regulator
	node_init "$n" "$role" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	start "$n"
done
ally "" plant hq witness
TOKEN[plant]=$(node_token plant ingest)
cli plant cert issue --holder chen --class welding --to 365d --review 300d >/dev/null || fail "no certificate"
decide() {
	cli plant decide --holder chen --level 1 --area yard --json
}
decide >"$WORK/o" || fail "no ALLOW with a good clock: $(cat "$WORK/o")"
# All three: with one other measured, a node rightly doubts itself when that one is turned.
for n in plant hq witness; do
	wait_for "$n has measured the other two clocks" is "$n" '.state == "good" and .counted == 2 and (.skewMs | tonumber | fabs) < 1000'
done
first=$(record plant)
say "members that agree: the clock is good, though no kernel vouches for it"

turn plant + -3600 no
wait_for "plant doubts its clock" is plant '.state == "uncertain" and (.skewMs | tonumber) > 3590000'
cli plant status | grep -q 'clock.*uncertain' || fail "$(cli plant status)"
# What is said to members carries the clock.
hq_sees() {
	record plant >/dev/null
	cli hq alliance show --json | jq -e '.members[] | select(.name == "plant.test.example") | .skewMs | tonumber < -3590000'
}
wait_for "HQ sees that plant is an hour behind" hq_sees
is hq '.state == "good"' || fail "HQ doubts its own: $(cli hq clock)"
second=$(record plant)
[ "$second" -ge "$first" ] || fail "recorded time went back from $first to $second"
[ "$second" -lt $((first + 60)) ] || fail "recorded time ran away from $first to $second"
say "set back an hour: noticed, shown at the plant and at HQ; recorded time does not go back"

decide >"$WORK/o" && fail "ALLOW by a clock that is wrong: $(cat "$WORK/o")"
[ "$(jq -r .result "$WORK/o")" = INDETERMINATE ] || fail "$(cat "$WORK/o")"
jq -r '.reasons[].code' "$WORK/o" | grep -qx CLOCK_UNCERTAIN || fail "$(cat "$WORK/o")"
cli plant alarm list --json | jq -r '.items[0].recordId' >"$WORK/id"
cli plant alarm show "$(cat "$WORK/id")" --json | jq -e '.events[0].annex.timeUncertain' >/dev/null || fail "the entry does not say that its time is uncertain"
wait_for "HQ has the alarm" alarms_are hq RAISED
alarms_are plant RAISED || fail "alarms: $(alarms plant)"
get plant "$(node_token plant operator)" /metrics
grep -q '^lianfang_clock_uncertain 1$' "$BODY" || fail "metrics: $(grep clock "$BODY")"
say "decisions are INDETERMINATE, entries say so, one alarm is raised"

turn plant + 0 no
wait_for "the alarm is cleared" alarms_are plant CLEARED
is plant '.state == "good"' || fail "$(cli plant clock)"
decide >"$WORK/o" || fail "no ALLOW after the clock was set right: $(cat "$WORK/o")"
third=$(record plant)
[ "$third" -ge "$second" ] || fail "recorded time went back"
say "set right: good by itself, the alarm is cleared, work may go on"

turn plant + 86400 no
wait_for "plant doubts its clock" is plant '.state == "uncertain" and (.heldMs | tonumber) > 86000000'
fourth=$(record plant)
[ "$fourth" -lt $((third + 60)) ] || fail "one wrong reading took the log from $third to $fourth"
turn hq + 86400 no
turn witness + 86400 no
confirmed() {
	record plant >/dev/null
	grep -q 'CLOCK-JUMP.*86400 s ahead; confirmed by hq.test.example, witness.test.example' "$WORK/plant.log"
}
wait_for "a quorum confirms the jump" confirmed
wait_for "the clock is good again" is plant '.state == "good"'
[ "$(record plant)" -gt $((fourth + 86000)) ] || fail "recorded time did not follow"
say "a day ahead is held until a quorum of members agrees, and then followed with their names"

turn plant = "$(($(date +%s) + 86400))" no
wait_for "plant sees that its clock stands still" is plant '.faults | index("standing still") != null'
turn plant + 86400 no
wait_for "good again" is plant '.state == "good"'
say "a clock that stands still is noticed"

for n in plant hq witness; do
	turn "$n" + 0 no
done
ahead() {
	is plant '(.evidenceAt | sub("\\..*"; "Z") | fromdate) > (.wallAt | sub("\\..*"; "Z") | fromdate) + 80000'
}
wait_for "plant's log is ahead of its clock" ahead
[ "$(record plant)" -gt $((fourth + 86000)) ] || fail "recorded time went back"
cli plant clock | grep -q "clock reset" || fail "it does not say what to do: $(cli plant clock)"
cli plant clock reset --reason "led ahead by a test" >"$WORK/o" 2>&1 && fail "reset without a word of consent"
for n in plant hq witness; do
	cli "$n" clock reset --reason "led ahead by a test" --yes >"$WORK/o" 2>&1 || fail "$n: $(cat "$WORK/o")"
done
back=$(record plant)
[ "$back" -lt $((fourth + 600)) ] || fail "recorded time is still $back"
since=$(date -u -d "@$back" +%Y-%m-%dT%H:%M:%SZ)
wait_for "recorded time goes on" eval '[ "$(record plant)" -gt "$back" ]'
cli plant policy | sed 's/^quorum .*/quorum none/' >"$WORK/policy"
# bundle FILE FROM TO OPTION... - must be a complete answer.
bundle() {
	local file=$1 from=$2 to=$3
	shift 3
	cli plant bundle --kind alarm --from "$from" --to "$to" --purpose test -o "$WORK/$file" "$@" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
	"$BUILD/lianfang" verify "$WORK/$file" --policy "$WORK/policy" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
	grep -q COMPLETE "$WORK/o" || fail "not complete: $(cat "$WORK/o")"
}
bundle after.lfb "$(date -u -d "$since + 1 second" +%Y-%m-%dT%H:%M:%SZ)" 1m
bundle before.lfb "$(date -u -d "@$((first - 60))" +%Y-%m-%dT%H:%M:%SZ)" "$(date -u -d "@$first" +%Y-%m-%dT%H:%M:%SZ)" --epoch 1
caught_up() {
	cli hq alarm show "$(cat "$WORK/id")" --json && [ "$(cli hq alliance show --json | jq -r '[.members[].lag // "0" | tonumber] | add')" = 0 ]
}
post plant "${TOKEN[plant]}" /v1/alarms "$(alarm_json gds-01 "$(date +%s%N)" 3)"
want_status 201
field .recordId >"$WORK/id"
wait_for "HQ follows over the reset" caught_up
for n in plant hq witness; do
	cli "$n" audit >"$WORK/o" 2>&1 || fail "audit of $n: $(cat "$WORK/o")"
	node_stop "$n" || fail "stop $n"
done
say "a log led into the future goes back by a reset alone; windows of both epochs are complete, HQ follows"

node_init lone plant
start lone
TOKEN[lone]=$(node_token lone ingest)
fifth=$(record lone)
node_stop lone || fail "stop"
turn lone + $((40 * 86400)) no
start lone
grep -q 'CLOCK-START.*recorded time is held' "$WORK/lone.log" || fail "$(cat "$WORK/lone.log")"
for _ in 1 2 3 4 5 6; do
	sixth=$(record lone)
done
[ "$sixth" -lt $((fifth + 60)) ] || fail "a start under a wrong clock took the log from $fifth to $sixth"
is lone '(.heldMs | tonumber) > 3400000000' || fail "$(cli lone clock)"
cli lone clock | grep -q "clock admit" || fail "it does not say what to do: $(cli lone clock)"
cli lone clock admit >"$WORK/o" 2>&1 && fail "admitted without a reason"
cli lone clock admit --reason "forty days without power" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
[ "$(record lone)" -gt $((sixth + 39 * 86400)) ] || fail "recorded time did not follow"
node_stop lone || fail "stop"
turn lone + $((80 * 86400)) yes
start lone
[ "$(record lone)" -gt $((sixth + 79 * 86400)) ] || fail "a synchronised clock was not followed"
cli lone audit >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
say "after forty days off alone: everything is recorded, time is held until an operator or the kernel vouches"
