#!/bin/bash
# Goal: a permit that is booked, numbered, superseded, voided and closed; what does not fit is refused.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
for who in li:applicant sun:gas-analyst wang:approver zhao:guardian; do
	cli a actor add "${who%%:*}" --role "${who##*:}" >"$WORK/o" || fail "$(cat "$WORK/o")"
done
refused() { # PATTERN COMMAND...
	local pattern=$1
	shift
	"$@" >"$WORK/o" 2>&1 && fail "not refused: $*"
	grep -q -- "$pattern" "$WORK/o" || fail "no $pattern in: $(cat "$WORK/o")"
}
apply() { cli a permit apply --level 1 --area "${AREA:-yard}" --worker chen --guardian zhao --actor li "$@"; }

sed -e 's/version: "2022.1"/version: "2026.1"/' -e 's/^  rights:.*/  permitNo: "HW-####"\n  booking: {aheadMinutes: 1440, clause: "AQ 3064.2-2025 5.3.1"}\n  rights:\n    - {action: BOOK, roles: [applicant], signed: true}\n    - {action: VOID, roles: [approver], signed: true, requires: [reason]}\n    - {action: CLOSE, roles: [approver], signed: true, requires: [evidence]}/' \
	node/packs/hot-work.yaml >"$WORK/booked.yaml"
cli a pack activate "$WORK/booked.yaml" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
refused 'BOOKING_MISSING, AQ 3064.2-2025 5.3.1' apply
refused 'BOOKING_LATE' apply --book --from 1h --to 9h
b=$(apply --book --from 25h --to 33h) || fail "no booking: $b"
cli a permit show "$b" >"$WORK/o" || fail show
grep -q BOOKED "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'STATE_FORBIDS' <(cli a permit step approve "$b" --actor wang 2>&1) || fail "a booking was approved as a permit"
AREA=elsewhere refused BOOKING_DIFFERS apply --booking "$b"
refused 'PERMIT_NO_FORM' apply --booking "$b" --number 7
say "booked a day before, then applied for as it was booked"

u=$(apply --book --urgent --reason 'leaking flange' --to 8h) || fail "no urgent booking: $u"
p=$(apply --booking "$u" --number HW-0007) || fail "no permit: $p"
[ "$p" = "$u" ] || fail "another record: $p, not $u"
[ "$(cli a permit show "$p" --json | jq -r .number)" = a.test.example/HW-0007 ] || fail "number: $(cli a permit show "$p" --json)"
v=$(apply --book --urgent --reason 'wrong place' --to 8h) || fail "no second booking"
refused 'PERMIT_NO_TAKEN' apply --booking "$v" --number HW-0007
apply --booking "$v" --number HW-0008 --supersedes "$p" >"$WORK/o" || fail "$(cat "$WORK/o")"
refused 'SUCCESSOR_MISSING' cli a permit step void "$p" --actor wang --reason 'moved'
refused 'SUCCESSOR_WRONG' cli a permit step void "$p" --actor wang --reason 'moved' --successor "$b"
cli a permit step void "$p" --actor wang --reason 'moved' --successor "$v" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cli a permit show "$p" | grep -q VOIDED || fail "not voided"
refused 'STATE_FINAL' cli a permit step approve "$p" --actor wang
say "a number of its own, refused twice; voided for the permit that takes over"

cli a permit list --state BOOKED --json | jq -e '.items | length == 1' >/dev/null || fail "no list of bookings"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "the log and its tables hold"
