#!/bin/bash
# Goal: hot work by GB 30871-2022: signed steps, limits, suspension by a gas alarm.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
t=$(node_token a ingest)
reader=$(node_token a operator)
for who in li:applicant sun:gas-analyst wang:approver zhao:guardian qian:acceptor; do
	cli a actor add "${who%%:*}" --role "${who##*:}" >"$WORK/o" || fail "$(cat "$WORK/o")"
done
crew a chen wu welding

cli a decide --holder nobody --level 1 --area tank-farm-2 >"$WORK/o" 2>&1 && fail "ALLOW for nobody"
grep -q DENY "$WORK/o" || fail "$(cat "$WORK/o")"
cli a decide --holder chen --level 1 --area tank-farm-2 >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q ALLOW "$WORK/o" || fail "$(cat "$WORK/o")"
say "a decision is ALLOW only for who holds a valid certificate"

printf '# the night shift\nchen\n\nnobody\n' >"$WORK/crew"
cli a decide --roster "$WORK/crew" --level 1 --area tank-farm-2 --json >"$WORK/o" 2>&1 && fail "ALLOW for a roster with nobody"
grep -q '"allowed": *1' "$WORK/o" && grep -q '"denied": *1' "$WORK/o" || fail "$(cat "$WORK/o")"
decided=$(sed -n 's/.*"recordId": *"\([^"]*\)".*/\1/p' "$WORK/o" | head -1)
cli a decision replay "$decided" >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q SAME "$WORK/o" || fail "$(cat "$WORK/o")"
say "a roster is decided in one call, and each decision can be taken again"

apply() { # LEVEL AREA WORKER [OPTION...]
	local level=$1 area=$2 worker=$3
	shift 3
	cli a permit apply --level "$level" --area "$area" --worker "$worker" \
	    --guardian zhao --location here --content welding --unit maintenance \
	    --actor li "$@"
}
refused() { # PATTERN COMMAND...
	local pattern=$1
	shift
	"$@" >"$WORK/o" 2>&1 && fail "not refused: $*"
	grep -q -- "$pattern" "$WORK/o" || fail "no $pattern in: $(cat "$WORK/o")"
}

refused . apply 1 tank-farm-2 chen --to 9h
say "a level-1 permit over 8 hours is refused"
p=$(apply 1 tank-farm-2 chen) || fail "no permit: $p"
refused . cli a permit step approve "$p" --actor wang
say "no approval without a gas test"
refused . cli a permit gas-test "$p" --gas methane=0.1:5 --actor li
say "who is no analyst cannot sign a gas test"
cli a permit gas-test "$p" --gas methane=0.1:5 --actor sun >/dev/null || fail "gas test"
refused . cli a permit step start "$p" --actor zhao
cli a permit step approve "$p" --actor wang >/dev/null || fail "approve"
refused 'GUARDIAN_DENIED, GB 30871-2022 4.10.*guardian' cli a permit step start "$p" --actor zhao
grep -q NO_CREDENTIAL "$WORK/o" || fail "$(cat "$WORK/o")"
say "no start under a guardian without the certificate of guardians' training"
certify a zhao guardian
cli a permit step start "$p" --actor zhao >/dev/null || fail "start"
say "apply, gas test, approve, start; each signed, none skipped"

post a "$t" /v1/alarms "$(alarm_json gds-02 1 1 45 tank-farm-2)"
want_status 201
alarm=$(field .recordId)
get a "$reader" "/v1/permits/$p?proof=1"
want_field .state SUSPENDED
want_field '.events[-1].permit.action' SUSPEND
want_field '.events[-1].annex.alarmId' "$alarm"
a_index=$(cli a alarm show "$alarm" --json | jq -r '.events[0].place.index')
s_index=$(field '.events[-1].place.index')
[ "$s_index" -eq $((a_index + 1)) ] || fail "alarm at $a_index, suspension at $s_index"
say "a gas alarm suspends the permit in the same transaction, and says which alarm"

refused . cli a permit step resume "$p" --actor zhao
say "no resumption while the alarm stands"
cli a alarm step ack "$alarm" >/dev/null || fail "acknowledge"
post a "$reader" "/v1/alarms/$alarm/events" "{\"alarm\":{\"action\":\"CLEAR\",\"occurredAt\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}}"
want_status 201
cli a permit gas-test "$p" --gas methane=0.1:5 --actor sun >/dev/null || fail "second gas test"
cli a permit step resume "$p" --actor zhao >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cli a permit step finish "$p" --actor zhao >/dev/null || fail "finish"
cli a permit step accept "$p" --actor qian >/dev/null || fail "accept"
get a "$reader" "/v1/permits/$p"
want_field .state ACCEPTED
refused . cli a permit step start "$p" --actor zhao
say "re-test, resume, finish, accept; nothing moves a closed permit"

p=$(apply 2 yard chen --to 72h) || fail "level 2"
cli a permit gas-test "$p" --gas methane=0.6:5 --actor sun >"$WORK/o" 2>&1
refused . cli a permit step approve "$p" --actor wang
say "0.6 %vol with a LEL of 5 % is over the limit of 5.3.2: no approval"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
