#!/bin/bash
# Goal: an item comes out at another member, and nobody reads whose it is.
. "$(dirname "$0")/../support/node.sh"

members=(a b c d e f)
for n in "${members[@]}"; do
	node_init "$n" plant --company "company $n" --federation "tcp://127.0.0.1:$(free_port)"
done
ally "" "${members[@]}"
{
	printf 'profiles:\n  version: "1"\n  effectiveAt: "2026-01-01T00:00:00Z"\n  members:\n'
	for n in "${members[@]}"; do
		echo "    - {member: $n.test.example, industries: [C26], substances: [\"7782-50-5\"], equipment: [static]}"
	done
} >"$WORK/profiles.yaml"
sed -e 's/^  k: 5$/  k: 5\n  veil: {slotMs: 100, holdMinutes: 0}/' -e 's/version: "2026.2"/version: "veil-1"/' \
	"$ROOT/node/packs/release-2026.2.yaml" >"$WORK/release.yaml"
for n in "${members[@]}"; do
	cli "$n" pack activate "$WORK/profiles.yaml" >/dev/null || fail "no profiles"
	cli "$n" pack activate "$WORK/release.yaml" >/dev/null || fail "no policy"
	node_start "$n"
done
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
equipment: valve
title: Gas at a sampling valve
narrative: The valve was left open after sampling.
actions:
  - {verb: close, object: the sampling valve, verify: by a second person, priority: 1}
appliesIf: you take samples by hand
EOF
draft=$(cli a intel draft --file "$WORK/item.yaml" --actor liu) || fail "draft: $draft"
cli a intel approve "$draft" --actor sun >/dev/null || fail "approve"
cli a intel claim "$id" >/dev/null 2>&1 && fail "an alarm was claimed"
out() {
	cli a intel show "$draft" --json >"$BODY" && [ "$(field '.veil.publishedBy | length')" -ge 1 ]
}
wait_for "the item is out" out
item=$(field .veil.publishedAs)
at=$(field '.veil.publishedBy[0]')
[ "$at" != a.test.example ] || fail "published by its source"
arrived() {
	cli b intel show "$item" --json >"$BODY"
}
wait_for "b has the item" arrived
want_field .site "$at"
want_field .veil.vouched true
want_field .veil.companies 6
grep -q -e a.test -e "company a" -e liu -e sun -e "$draft" -e "$id" "$BODY" && fail "$(cat "$BODY")"
cli b intel show "$item" | grep -q 'one of companies' || fail "not shown to people"
say "an item comes out on another's log; a member of the ring vouches, nothing says which"

cli c intel feedback "$item" applied >/dev/null || fail "feedback"
said() {
	cli a intel use "$draft" --json >"$BODY" && [ "$(field .applied)" = 1 ]
}
wait_for "a hears what it was good for" said
cli b intel claim "$item" >/dev/null 2>&1 && fail "claimed by somebody else"
say "what it was good for reaches its source, whose name nobody knows"

cli a intel withdraw "$draft" --reason error --actor sun >/dev/null || fail "withdraw"
withdrawn() {
	[ "$(cli b intel show "$item" --json | jq -r .state)" = WITHDRAWN ]
}
wait_for "b sees the withdrawal" withdrawn
[ "$(jq -r .site "$BODY")" != a.test.example ] || fail "withdrawn by its source"
cli a intel claim "$draft" >/dev/null || fail "claim"
claimed() {
	[ "$(cli b intel show "$item" --json | jq -r .veil.claimedBy)" = a.test.example ]
}
wait_for "b sees whose it was" claimed
say "its source alone takes it back, unseen, and may say later that it was its own"
