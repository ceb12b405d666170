#!/bin/bash
# make.sh - a golden store of the format that a build writes.
# SPDX-License-Identifier: Apache-2.0
#
#   BUILD=OLD-BUILD tests/golden/make.sh OUT.tar.xz
#
# BUILD is that of the released version; README.md here says which commits were
# taken and what is inside.  A golden store is made once and never again.
out=$(realpath "$1")
. "$(dirname "$0")/../support/node.sh"

for n in plant hq; do
	node_init "$n" "$n" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" plant hq
token=$(node_token plant operator)
reader=$(node_token plant hq)
for who in li:applicant sun:gas-analyst wang:approver gone:applicant; do
	cli plant actor add "${who%%:*}" --role "${who##*:}" >/dev/null || fail "actor"
done
at=2026-01-02T03:04:05Z
alarm() {
	printf '{"source":"gds-%02d","sourceSeq":"%s","level":3,"kind":"gas","area":"tank-farm-%d","title":"LEL high %s","value":%s,"unit":"%%LEL","occurredAt":"%s"}' \
	    "$(($1 % 3))" "$1" "$(($1 % 5))" "$1" "$1" "$at"
}
{
	echo '['
	for i in $(seq 1 150); do
		[ "$i" = 1 ] || echo ,
		alarm "$i"
	done
	echo ']'
} >"$WORK/array"
post plant "$token" /v1/alarms @"$WORK/array"
want_status 201
cp "$BODY" "$WORK/receipts.json"
foreign plant "$reader" evidence -state "$WORK/seen" >"$WORK/o" || fail "$(cat "$WORK/o")"
alarm 151 >"$WORK/one.json"
post plant "$token" /v1/alarms @"$WORK/one.json"
want_status 201
cp "$BODY" "$WORK/one.receipt.json"
id=$(field .recordId)
for action in ACK CLEAR; do
	post plant "$token" "/v1/alarms/$id/events" "{\"alarm\":{\"action\":\"$action\",\"note\":\"seen\",\"occurredAt\":\"$at\"}}"
	want_status 201
done
cert=$(cli plant cert issue --holder chen --holder-number 110101199001011237 --class welding --to 3650d --review 3000d) || fail "certificate"
other=$(cli plant cert issue --holder zhou --class height --to 3650d --review 3000d) || fail "certificate"
cli plant cert step revoke "$other" --reason "left" >/dev/null || fail "revoke"
cli plant cert publish "$cert" >/dev/null || fail "publish"
permit=$(cli plant permit apply --level 1 --area tank-farm-2 --worker chen --guardian zhao --location here --content welding --unit u --actor li) || fail "permit"
cli plant permit gas-test "$permit" --gas methane=0.1:5 --actor sun >/dev/null || fail "gas test"
cli plant permit step approve "$permit" --actor wang >"$WORK/o" 2>&1 || fail "approve: $(cat "$WORK/o")"
gone=$(cli plant permit apply --level 1 --area tank-farm-1 --worker zhou --guardian zhao --location there --content "to be erased" --unit u --actor gone) || fail "permit"
cli plant permit step cancel "$gone" --actor gone >"$WORK/o" 2>&1 || fail "cancel: $(cat "$WORK/o")"
index=$(cli plant permit show "$gone" --json | jq -r '.events[0].place.index')
cli plant erase "$index" --reason "PIPL 47" >/dev/null || fail "erase"
printf 'id,when,what\n1,%s,"a hose lay across the way"\n' "$at" >"$WORK/t.csv"
cat >"$WORK/t.yaml" <<'MAP'
source: table
constants: [{field: type, value: near-miss}, {field: action, value: REPORT}]
columns:
  - {field: sourceSeq, title: id}
  - {field: occurredAt, title: when}
  - {field: description, title: what}
MAP
cli plant import cases "$WORK/t.csv" --map "$WORK/t.yaml" >/dev/null || fail "import"

cli plant policy | sed 's/^quorum .*/quorum none/' >"$WORK/policy"
cli plant bundle --kind permit --from "$(date -u -d '-10 minutes' +%Y-%m-%dT%H:%M:%SZ)" --to 1m -o "$WORK/permits.lfb" >/dev/null || fail "bundle"
for i in 3 77 "$index"; do
	get plant "$reader" "/v1/proof/evidence/$i"
	want_status 200
	cp "$BODY" "$WORK/$i.tlog-proof"
done
foreign plant "$reader" evidence -state "$WORK/seen" >"$WORK/o" || fail "$(cat "$WORK/o")"
caught_up() {
	cli hq case list --json | grep -q hose
}
wait_for "HQ holds it" caught_up
for n in plant hq; do
	for what in alarm permit cert case; do
		cli "$n" "$what" list --limit 1000 --json >"$WORK/$n.$what.json" || fail "$what at $n"
	done
	cli "$n" source list --json >"$WORK/$n.source.json" || fail "sources at $n"
	node_stop "$n" || fail "stop $n"
	rm -f "$WORK/$n"/{lock,run.json,node.sock}
done
cli plant actor list --json >"$WORK/plant.actor.json" || fail "actors"
printf '%s\n' "$token" >"$WORK/token"
printf '%s\n' "$reader" >"$WORK/reader"
rm -f "$WORK"/*/own/lock.mdb "$WORK"/*/replica/lock.mdb
cd "$WORK" && tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - plant hq ./*.json policy permits.lfb ./*.tlog-proof seen token reader |
	xz -9e >"$out"
ls -l "$out"
