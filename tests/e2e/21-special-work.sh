#!/bin/bash
# Goal: special work beyond hot work: every step signed, what is missing shown, linked work follows.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
mkdir -p "$WORK/a/packs"
cat >"$WORK/a/packs/places.yaml" <<'EOF'
places:
  version: "1"
  effectiveAt: "2026-01-01T00:00:00Z"
  places:
    - area: reactor-3
      longitude: 121.5
      latitude: 31.2
      radiusM: 60
EOF
node_start a
for who in li:applicant sun:gas-analyst qin:safety-officer pan:process-engineer lei:work-lead wang:unit-manager \
    zhao:guardian qian:acceptor dian:power-supply yong:power-user wu:guardian; do
	cli a actor add "${who%%:*}" --role "${who##*:}" >"$WORK/o" || fail "$(cat "$WORK/o")"
done
crew a chen zhao site-training electrician

refused() { # PATTERN COMMAND...
	local pattern=$1
	shift
	"$@" >"$WORK/o" 2>&1 && fail "not refused: $*"
	grep -q -- "$pattern" "$WORK/o" || fail "no $pattern in: $(cat "$WORK/o")"
}
step() { # ID STEP ACTOR [OPTION...]
	local id=$1 name=$2 who=$3
	shift 3
	cli a permit step "$name" "$id" --actor "$who" "$@" >"$WORK/o" 2>&1 || fail "$name: $(cat "$WORK/o")"
}
measures() { # COUNT
	echo 'measures:'
	for n in $(seq "$1"); do echo "  - {no: $n, applies: true, done: true}"; done
}

cat >"$WORK/form.yaml" <<'EOF'
content: inspect the lining
location: manhole 2
unit: maintenance
workUnit: builders
contractor: true
explosiveArea: false
outdoor: false
hazardousMedia: true
confined: {space: R-301, medium: toluene}
EOF
apply() { cli a permit apply --work "$1" --area reactor-3 --worker chen --guardian zhao --actor li "${@:2}"; }
refused 'confined.space' apply confined-space --form <(grep -v confined "$WORK/form.yaml")
p=$(apply confined-space --form "$WORK/form.yaml") || fail "no permit: $p"
say "an application without a field of its form is refused by the field's name"

cli a permit show "$p" >"$WORK/o" || fail "show"
grep -q 'missing before APPROVE:' "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'STEP_MISSING, GB 30871-2022 4.1' "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q '(safety-officer, process-engineer)' "$WORK/o" || fail "$(cat "$WORK/o")"
say "the permit says what is missing, by which clause, and who can mend it"

refused 'hydrogen\|no gas test\|GAS' cli a permit step approve "$p" --actor wang
cli a permit gas-test "$p" --gas methane=0.1:5 --actor sun >"$WORK/o" || fail "$(cat "$WORK/o")"
cli a permit show "$p" | grep -q GAS_MISSING || fail "half a gas test was taken for a whole one"
gas=(--gas methane=0.1:5 --gas oxygen=20.9 --gas hydrogen-sulfide=1mg/m3 --gas carbon-monoxide=2mg/m3)
cli a permit gas-test "$p" "${gas[@]}" --actor sun >"$WORK/o" || fail "$(cat "$WORK/o")"
refused 'STEP_MISSING.*risk' cli a permit step brief "$p" --actor qin --form <(echo '{briefer: qin, briefed: [chen]}')
refused 'FORM_INCOMPLETE.*hazards' cli a permit step risk "$p" --actor qin
step "$p" risk qin --form <(echo '{hazards: toluene vapour}')
step "$p" brief qin --form <(echo '{briefer: qin, briefed: [chen]}')
refused 'MEASURES_OPEN' cli a permit step measures "$p" --actor pan --form <(measures 14)
step "$p" measures pan --form <(measures 15)
step "$p" lead lei
step "$p" unit wang
refused 'POSITION_MISSING, GB 30871-2022 4.11a' cli a permit step approve "$p" --actor wang
refused 'POSITION_AWAY' cli a permit step approve "$p" --actor wang --position 121.51,31.2,5
refused 'POSITION_MISSING' cli a permit step approve "$p" --actor wang --position 121.5,31.2,80
step "$p" approve wang --position 121.5,31.2,5
say "steps in their order, measures all of them, approval signed on site only"

counts='{confined: {peopleIn: 1, toolsIn: 4, peopleOut: 1, toolsOut: 4}, siteRestored: true}'
refused 'NOT_NAMED' cli a permit step start "$p" --actor wu --form <(echo "$counts")
refused 'people_in' cli a permit step start "$p" --actor zhao
step "$p" start zhao --form <(echo "$counts")
cli a permit show "$p" | grep -q IN_PROGRESS || fail "not going"
say "only the guardian whom the permit names starts it, counting people and tools in"

cli a position report zhao --area reactor-3 --json >"$WORK/o" || fail "$(cat "$WORK/o")"
jq -e '.taken == 1 and .recorded == 0' "$WORK/o" >/dev/null || fail "$(cat "$WORK/o")"
cli a position report zhao --area gate >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'a guardian has left' "$WORK/o" || fail "$(cat "$WORK/o")"
cli a position report zhao --position 121.5,31.2,5 --json | jq -e '.recorded == 1' >/dev/null || fail "not back"
refused 'give --area AREA or --position' cli a position report zhao
refused 'LONGITUDE,LATITUDE,METRES' cli a position report zhao --position 121.5,31.2
say "a guardian who is seen outside and comes back is recorded, and only that"

cat >"$WORK/power.yaml" <<'EOF'
content: lamps
location: manhole 2
unit: maintenance
workUnit: builders
contractor: false
explosiveArea: false
outdoor: false
hazardousMedia: false
certificates: [c-1]
workLead: lei
power: {source: box 7, powerKw: 1, voltageV: 24, equipment: lamps}
EOF
refused 'LINK_UNKNOWN' apply temporary-electricity --form "$WORK/power.yaml" --link 01a2059c-8db4-72ed-9b6f-c429f6a32998
refused 'WINDOW_PAST_PARENT' apply temporary-electricity --form "$WORK/power.yaml" --link "$p" --to 9h
e=$(apply temporary-electricity --form "$WORK/power.yaml" --link "$p" --to 6h) || fail "no permit: $e"
step "$e" risk qin --form <(echo '{hazards: shock}')
step "$e" brief qin --form <(echo '{briefer: qin, briefed: [chen]}')
step "$e" measures pan --form <(measures 14)
step "$e" lead lei
step "$e" power-user yong
step "$e" approve dian --position 121.5,31.2,5
refused 'PART_DENIED, GB 30871-2022 4.9.*work-lead' cli a permit step start "$e" --actor zhao
certify a lei electrician
step "$e" start zhao
say "electricity is laid under a lead who is an electrician, too"
step "$p" suspend zhao --reason 'smell of solvent'
cli a permit show "$e" >"$WORK/o" || fail show
grep -q 'SUSPENDED' "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q 'PARENT_STOPPED, GB 30871-2022 10.8' "$WORK/o" || fail "$(cat "$WORK/o")"
refused 'PARENT_STOPPED' cli a permit step resume "$e" --actor zhao
refused 'RESUME_NEEDS_TEST, AQ 3064.2-2025 5.8.4' cli a permit step resume "$p" --actor zhao
cli a permit gas-test "$p" "${gas[@]}" --actor sun >"$WORK/o" || fail "$(cat "$WORK/o")"
step "$p" resume zhao
step "$e" resume zhao
say "work in a confined space resumes by a sample taken after the stop, however short"
say "electricity for the work stops with it, and does not go on before it"

refused 'GUARDIAN_DENIED, GB 30871-2022 4.10.*guardian' cli a permit step change-guardian "$p" --actor lei --form <(echo '{guardian: wu, handedOver: true}')
certify a wu guardian
step "$p" change-guardian lei --form <(echo '{guardian: wu, handedOver: true}')
step "$p" suspend wu
cli a permit gas-test "$p" "${gas[@]}" --actor sun >"$WORK/o" || fail "$(cat "$WORK/o")"
refused 'NOT_NAMED' cli a permit step resume "$p" --actor zhao
step "$p" resume wu
refused 'people_out' cli a permit step finish "$p" --actor lei --form <(echo '{siteRestored: true}')
step "$p" finish lei --form <(echo "$counts")
step "$p" accept qian
cli a permit show "$e" | grep -q 'LINK_NOT_ISSUED' || fail "electricity may outlive its work"
step "$e" finish lei --form <(echo '{siteRestored: true}')
refused 'STATE_FINAL' cli a permit step void "$p" --actor zhao --reason x
say "a guardian is changed with hand-over, for one who holds the certificate; a finished permit does not move"

n=$(cli a permit show "$p" --json | jq -r .number)
m=$(cli a permit show "$e" --json | jq -r .number)
[[ $n == a.test.example/20* || $n == */20* ]] && [ "$n" != "$m" ] || fail "numbers: $n $m"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "numbers carry the site's name; the log holds"
