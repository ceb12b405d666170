#!/bin/bash
# Goal: an alarm signed by a machine's key is verified when it comes and offline.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
cli a source add gds-01 >"$WORK/source" || fail "not enrolled"
cli a source add gds-02 >/dev/null || fail "not enrolled"
cli a alarm raise --actor gds-01 --level 1 --type gas --area tank-farm-2 \
    --title "LEL high" --seq 1 --json >"$WORK/o" || fail "$(cat "$WORK/o")"
id=$(jq -r .recordId "$WORK/o")
cli a alarm show "$id" --json | jq -e '.events[0].signer' >/dev/null || fail "no signer"
say "an alarm raised with a source's key names the signer"

cp "$WORK/a/actors/gds-02.key" "$WORK/a/actors/gds-03.key"
cli a alarm raise --actor gds-03 --level 1 --type gas --area tank-farm-2 --seq 1 --json >"$WORK/o" 2>&1 &&
	fail "another source's key was taken"
grep -q -e SOURCE_KEY -e 'not enrolled for this source' "$WORK/o" || fail "$(cat "$WORK/o")"
say "a key that is another source's is refused"

t=$(node_token a ingest)
post a "$t" /v1/alarms/signed '{"alarm":{"source":"gds-01","level":1,"kind":"gas","area":"a"}}'
want_field .code SIGNATURE_MISSING
post a "$t" /v1/alarms/signed '{"recordId":"01a20628-fe76-7958-881e-c5dcd70c89f7","eventId":"01a20628-fe76-730a-8e4d-ac86f2bc577d","signed":{"message":"AAAA"}}'
want_status 400
post a "$t" /v1/alarms "$(alarm_json gds-01 2)"
want_status 201
say "unsigned alarms of the source are taken as before, at their own path"

from=$(date -u -d '-10 minutes' +%Y-%m-%dT%H:%M:%SZ)
cli a bundle --kind alarm --from "$from" --to 1m -o "$WORK/e.lfb" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cli a policy >"$WORK/policy"
"$BUILD/lianfang" verify "$WORK/e.lfb" --policy "$WORK/policy" >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -i signature "$WORK/o" | grep -q PASS || fail "no signature in: $(cat "$WORK/o")"
say "the signature verifies offline, with the enrolment that gave the right"

{
	echo seq,when,level
	for i in $(seq 601); do echo "$((100 + i)),2026-01-02T03:04:05Z,2"; done
} >"$WORK/t.csv"
cat >"$WORK/t.yaml" <<'MAP'
source: gds-01
constants: [{field: kind, value: gas}, {field: area, value: tank-farm-2}]
columns:
  - {field: sourceSeq, title: seq}
  - {field: occurredAt, title: when}
  - {field: level, title: level}
MAP
cli a import alarms "$WORK/t.csv" --map "$WORK/t.yaml" --actor gds-01 --json >"$BODY" || fail "$(cat "$BODY")"
want_field .added 601
cli a import alarms "$WORK/t.csv" --map "$WORK/t.yaml" --actor gds-01 --again --json >"$BODY" || fail "$(cat "$BODY")"
want_field .known 601
sed 's/gds-01/gds-02/' "$WORK/t.yaml" >"$WORK/u.yaml"
cli a import alarms "$WORK/t.csv" --map "$WORK/u.yaml" --actor gds-01 >"$WORK/o" 2>&1 && fail "taken under another source's name"
cli a import cases "$WORK/t.csv" --map "$WORK/t.yaml" --actor gds-01 >"$WORK/o" 2>&1 && fail "cases have no source's signature"
cli a bundle --kind alarm --from "$from" --to 1m -o "$WORK/many.lfb" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cli a policy >"$WORK/policy"
"$BUILD/lianfang" verify "$WORK/many.lfb" --policy "$WORK/policy" >"$WORK/o" || fail "$(grep -v PASS "$WORK/o")"
n=$(jq -r '.sealed.auth.signature // empty' <(unzip -p "$WORK/many.lfb" 'records/*.json') | grep -c '^gQAA')
[ "$n" -eq 601 ] || fail "$n of 601 signed at once"
"$BUILD/lianfang" --dir "$WORK/a" audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "a table is signed by its source, 500 rows at once, and each row verifies offline"

cli a source revoke "$(cat "$WORK/source")" >/dev/null || fail "not revoked"
cp "$WORK/a/actors/gds-02.key" "$WORK/a/actors/gds-01.key"
cli a alarm raise --actor gds-01 --level 1 --type gas --area tank-farm-2 --seq 9 >"$WORK/o" 2>&1 && fail "taken after the end of the key"
say "after a revocation the key signs nothing more"
