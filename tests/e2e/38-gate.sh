#!/bin/bash
# Goal: intelligence leaves as fine as six companies allow, or is held.
. "$(dirname "$0")/../support/node.sh"

for n in a b c d e f; do
	node_init "$n" plant --company "company $n" --federation "tcp://127.0.0.1:$(free_port)"
done
ally "" a b c d e f
node_start a
node_start b
t=$(node_token a ingest)
post a "$t" /v1/alarms "$(alarm_json gds-01 1 2)"
want_status 201
id=$(field .recordId)
cli a actor add liu --role operator >/dev/null || fail "author"
cli a actor add sun --role releaser >/dev/null || fail "releaser"

cat >"$WORK/item.yaml" <<EOF
basis: $id
type: lesson
tlp: GREEN
industry: C2614
substance: phosgene
equipment: valve
eventClass: WSA10023
title: Gas at a sampling valve
narrative: The valve was left open after sampling.
actions:
  - {verb: close, object: the sampling valve, verify: by a second person, priority: 1}
appliesIf: you take samples by hand
EOF
cli a intel check "$WORK/item.yaml" --json >"$BODY" && fail "nothing is known of any member"
want_field '.reasons[0].code' INTEL_PROFILE
say "without profiles of the members nothing leaves"

{
	printf 'profiles:\n  version: "1"\n  effectiveAt: "2026-01-01T00:00:00Z"\n  members:\n'
	for n in a b c d e f; do
		case $n in
		a | b) s=75-44-5 ;;
		*) s=7782-50-5 ;;
		esac
		echo "    - {member: $n.test.example, industries: [C26], substances: [\"$s\"], equipment: [static]}"
	done
} >"$WORK/profiles.yaml"
cli a pack activate "$WORK/profiles.yaml" >/dev/null || fail "no profiles"
cli a intel check "$WORK/item.yaml" --json >"$BODY" || fail "held: $(cat "$BODY")"
want_field .passes true
want_field .k 5
want_field '[.levels[] | "\(.field)=\(.value)"] | join(" ")' "industry=C26 substance=toxic-gas equipment=valve period=$(date -u +%Y-%m)"
cli a intel check "$WORK/item.yaml" | grep -q 'toxic-gas' || fail "not shown to people"
say "the substance that two have leaves as the class that six have, the industry as a division"

sed 's/by hand/by hand, ask 138 1234 5678/' "$WORK/item.yaml" >"$WORK/dirty.yaml"
cli a intel check "$WORK/dirty.yaml" >"$WORK/o" && fail "a number passed"
grep -q 'appliesIf, character 31: a mobile number' "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q -e 138 -e 5678 "$WORK/o" && fail "the number is said again"
cli a intel draft --file "$WORK/dirty.yaml" --actor liu >"$WORK/o" 2>&1 && fail "drafted"
say "a text that identifies is held, by field, place and kind, never by its words"

item=$(cli a intel draft --file "$WORK/item.yaml" --actor liu) || fail "draft: $item"
cli a intel approve "$item" --actor liu >/dev/null 2>&1 && fail "approved by its drafter"
cli a intel approve "$item" --actor sun >/dev/null || fail "approve"
released() {
	cli b intel list --json >"$BODY" && grep -q "$item" "$BODY"
}
wait_for "b has the item" released
grep -q -e phosgene -e 75-44-5 -e C2614 -e liu -e gds-01 -e companies "$BODY" && fail "$(cat "$BODY")"
cli b intel feedback "$item" applied >/dev/null || fail "feedback"
cli a intel feedback "$item" useful >/dev/null 2>&1 && fail "of its own item"
said() {
	cli a intel use "$item" --json >"$BODY" && [ "$(field .applied)" = 1 ]
}
wait_for "a hears what it was good for" said
received() {
	cli a intel use "$item" --json >"$BODY" && [ "$(field '[.readers[] | select(.received) | .member] | join(" ")')" = b.test.example ]
}
wait_for "a knows that b has it, and nobody else" received
want_field .useful 0
cli b intel list --json >"$WORK/o" || fail "no list"
[ "$(jq '.items | length' "$WORK/o")" -ge 1 ] || fail "the item is not listed: $(cat "$WORK/o")"
grep -q -i -e feedback -e letter "$WORK/o" && fail "feedback is listed"
say "the second person's yes releases it; who has it is known, what it was good for is told to its source alone"

cli a intel withdraw "$item" --reason "Liu was wrong" --actor sun >/dev/null 2>&1 && fail "words as a reason"
cli a intel withdraw "$item" --reason error --actor sun >/dev/null || fail "withdraw"
withdrawn() {
	[ "$(cli b intel show "$item" --json | jq -r .state)" = WITHDRAWN ]
}
wait_for "b sees the withdrawal" withdrawn
node_stop a || fail "a did not stop"
cli a intel check "$WORK/item.yaml" --json >"$BODY" || fail "held: $(cat "$BODY")"
want_field .spent 2
say "a withdrawal reaches who has the item, and spends, by the log alone: also of a node that was stopped"
