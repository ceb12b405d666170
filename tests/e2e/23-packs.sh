#!/bin/bash
# Goal: a rule pack is checked, activated by an entry of the ledger, used at once; permits end as they began.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
for who in li:applicant sun:gas-analyst wang:approver zhao:guardian; do
	cli a actor add "${who%%:*}" --role "${who##*:}" >"$WORK/o" || fail "$(cat "$WORK/o")"
done
crew a chen zhao welding
refused() { # PATTERN COMMAND...
	local pattern=$1
	shift
	"$@" >"$WORK/o" 2>&1 && fail "not refused: $*"
	grep -q -- "$pattern" "$WORK/o" || fail "no $pattern in: $(cat "$WORK/o")"
}
apply() { cli a permit apply --level 1 --area yard --worker chen --guardian zhao --location here --content welding --actor li; }
in_force() { cli a pack list --json | jq -r '.items[] | select(.inForce) | .name' | grep -qx "$1"; }

edit() { # VERSION SED-OPTION... - of the whole of hot work
	local version=$1
	shift
	sed -e "s/version: \"2022.3\"/version: \"$version\"/" -e 's/"2022-10-01/"2026-01-01/' -e '/standby:/d' "$@" node/packs/hot-work-2022.3.yaml
}
edit 2026.9 -e 's/sampleMinutes: 30/sampleMinutes: 20/' >"$WORK/tight.yaml"
edit 2026.9 -e 's/breakMinutes: 30/breakMinutes: 45/' >"$WORK/loose.yaml"
edit 2026.9 -e 's/sampleMinutes: 30/sampleMinutes: soon/' >"$WORK/bad.yaml"
sed -e 's/"2022.1"/"2026.8"/' node/packs/hot-work.yaml >"$WORK/thin.yaml"
cli a pack check "$WORK/tight.yaml" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
refused 'bad.yaml.*line [0-9]*.*sampleMinutes' cli a pack check "$WORK/bad.yaml"
refused 'levels.breakMinutes: looser than the standard' cli a pack check "$WORK/loose.yaml"
refused 'levels.breakMinutes: looser than the standard' cli a pack activate "$WORK/loose.yaml"
find "$WORK/a/packs" -name '*2026.9*' 2>/dev/null | grep . && fail "a refused pack was kept"
say "what is malformed or looser than the standard is refused, by line and field"

warns() { cli a status --json | jq -r '.warnings[]?' | grep -- "$1"; }
p=$(apply) || fail "no permit: $p"
in_force hot-work@2022.1 || fail "hot-work@2022.1 is not in force"
warns '^hot-work@2022.1 is in force and asks for less than hot-work@2022.3' >/dev/null || fail "it does not say that it goes by less: $(cli a status)"
cli a pack list --json | jq -e '.items[] | select(.name == "hot-work@2022.1") | .thinnerThan == "hot-work@2022.3"' >/dev/null || fail "nor does the list"
curl -fsS "${NODE_URL[a]}/readyz" | jq -e '.warnings | length == 9' >/dev/null || fail "nor does /readyz"
warns '^credentials@2026.1 is in force and asks for less than credentials@2026.2' >/dev/null || fail "it does not say which records it keeps none of"
cli a pack activate hot-work@2022.3 >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
in_force hot-work@2022.3 || fail "not in force after activation"
in_force hot-work@2022.1 && fail "two versions in force"
warns hot-work && fail "it still warns"
refused 'FORM_INCOMPLETE' apply
refused 'windBelow: looser than the standard' cli a pack activate "$WORK/thin.yaml"
cli a permit gas-test "$p" --gas methane=0.1:5 --actor sun >"$WORK/o" || fail "$(cat "$WORK/o")"
cli a permit step approve "$p" --actor wang >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cli a permit step start "$p" --actor zhao >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
say "a new version holds for new permits at once; one that runs ends on its own"

node_stop a
node_start a
in_force hot-work@2022.3 || { cli a pack list; cli a log list; fail "the activation did not outlive a restart"; }
cli a pack activate "$WORK/tight.yaml" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
[ -e "$WORK/a/packs/hot-work@2026.9.yaml" ] || fail "the text was not kept"
in_force hot-work@2026.9 || fail "the older version stays in force after a newer activation"
node_stop a
mv "$WORK/a/packs/hot-work@2026.9.yaml" "$WORK/a/packs/hot-work@2026.9.01234567-89ab-7def-8123-456789abcdef.new" || fail "no pack"
node_start a
in_force hot-work@2026.9 || fail "the text that was still to get its name is lost"
[ -e "$WORK/a/packs/hot-work@2026.9.yaml" ] || fail "the text did not get its name"
say "an activation outlives a restart, and an end between the entry and its file"

node_stop a
kept="$WORK/a/packs/hot-work@2026.9.yaml"
sed -i 's/sampleMinutes: 20/sampleMinutes: 25/' "$kept"
sed -e 's/sampleMinutes: 30/sampleMinutes: 60/' node/packs/hot-work.yaml >"$WORK/a/packs/mine.yaml"
sed -e 's/"2022.1"/"2031.1"/' node/packs/hot-work.yaml >"$WORK/a/packs/newer.yaml"
node_start a
minutes() { cli a pack show "$1" | jq -r '.. | .sampleMinutes? // empty'; }
[ "$(minutes hot-work@2026.9)" = 20 ] || fail "an edited file is used"
[ "$(minutes hot-work@2022.1)" = 30 ] || fail "a file took the place of a built-in version"
in_force hot-work@2026.9 || fail "a file that nobody activated is in force: $(cli a pack list)"
for name in hot-work@2026.9 mine.yaml newer.yaml; do
	warns "^not used: .*$name" >/dev/null || fail "no warning of $name: $(cli a status)"
	grep -q "PACK-REFUSED.*$name" "$WORK/a.log" || fail "the journal says nothing of $name"
done
node_stop a
rm "$kept" "$WORK/a/packs/mine.yaml" "$WORK/a/packs/newer.yaml"
node_start a
[ "$(minutes hot-work@2026.9)" = 20 ] || fail "the text in the ledger is not used"
warns hot-work && fail "it still warns"
say "a file with another text under a version is not used, and people are told; the ledger has the text"

edit 2026.10 -e 's/breakMinutes: 30/breakMinutes: 45/' \
	-e 's/^work:/work:\n  deviation:\n    reason: trial of a new detector\n    decidedBy: plant manager\n    untilAt: "2099-01-01T00:00:00Z"/' >"$WORK/deviates.yaml"
cli a pack activate "$WORK/deviates.yaml" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
in_force hot-work@2026.10 || fail "the deviation is not in force"
cli a pack list --json | jq -e '.items[] | select(.name == "hot-work@2026.10") | .looser == "levels.breakMinutes"' >/dev/null || fail "it does not say where it is looser"
cli a pack show hot-work@2026.10 | grep -q 'trial of a new detector' || fail "it does not say why"
node_stop a
node_start a
in_force hot-work@2026.10 || fail "the deviation did not outlive a restart"
say "looser only with a reason, a name and an end, and it shows"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"

# Files of other kinds, as a node had them: what is in force is entered, what is looser is not used.
node_stop a
printf 'calendar:\n  version: own\n  effectiveAt: "2026-01-01T00:00:00Z"\n  dayOffsetMinutes: 480\n  from: "2026-01-01"\n  to: "2027-12-31"\n  nightFrom: "22:00"\n  nightTo: "06:00"\n' >"$WORK/a/packs/days.yaml"
sed -e 's/version: "2026.*"/version: "slow"/' -e 's/"2026-01-01T/"2026-02-01T/' -e 's/respondMinutes: 4320/respondMinutes: 10080/' node/packs/cases.yaml >"$WORK/a/packs/slow.yaml"
node_start a
activated() { cli a pack list --json | jq -e --arg n "$1" '.items[] | select(.name == $n) | .inForce and .activatedAt != null' >/dev/null; }
wait_for "an entry for the file" activated calendar@own || fail "the file was not entered: $(cli a pack list)"
grep -q 'PACK-ENTERED.*calendar@own' "$WORK/a.log" || fail "the journal says nothing of it"
warns '^calendar@own was entered from its file' >/dev/null || fail "no warning: $(cli a status)"
warns '^not used: slow.yaml: line [0-9]*: $.cases.types\[3\].respondMinutes' >/dev/null || fail "it does not say what is looser: $(cli a status)"
in_force cases@2026.2 || fail "a looser policy is in force"
refused 'respondMinutes: looser' cli a pack activate "$WORK/a/packs/slow.yaml"
node_stop a
rm "$WORK/a/packs/days.yaml" "$WORK/a/packs/slow.yaml"
node_start a
in_force calendar@own || fail "the ledger has no text"
cli a pack activate calendar@own >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
warns calendar && fail "it still warns"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "files of other kinds are entered when they are in force, and not used when they are looser"

WHOLE=1 node_init b plant
node_start b
cli b pack list --json | jq -e '.items[] | select(.name == "hot-work@2022.3") | .inForce and .activatedAt != null' >/dev/null || fail "a new site begins with less: $(cli b pack list)"
cli b pack list --json | jq -e '.items[] | select(.name == "credentials@2026.2") | .inForce' >/dev/null || fail "a new site keeps no records"
cli b status --json | jq -e '.warnings | length == 0' >/dev/null || fail "a new site warns: $(cli b status)"
cli b audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "a new site begins with the whole of the standard, by an entry of its ledger"
