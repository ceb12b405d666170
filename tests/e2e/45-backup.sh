#!/bin/bash
# Goal: a hot backup with increments, killed at any instant, comes back as the node that it is of.
. "$(dirname "$0")/../support/node.sh"

to=$WORK/backup
keys=$WORK/safe
bin=$BUILD/lianfang
node_init a plant
node_start a
t=$(node_token a ingest)
reader=$(node_token a operator)
mark=PLANTED-$RANDOM-$RANDOM

# load - alarms one after another, until its file is taken away.
load() {
	local n=1000
	touch "$WORK/loading"
	while [ -e "$WORK/loading" ]; do
		n=$((n + 1))
		curl -sS --max-time "$WAIT_S" -o "$WORK/load.$((n % 2))" -H "Authorization: Bearer $t" \
		    -H 'Content-Type: application/json' --data-binary "$(alarm_json gds-09 $n)" \
		    "${NODE_URL[a]}/v1/alarms" || break
	done
	echo "$n" >"$WORK/loaded"
}
backup() {
	cli a backup "$to" --keys "$keys" "$@" >"$WORK/o" 2>&1
}
good() {
	"$bin" backup verify "$to" --keys "$keys" --json >"$WORK/verified" 2>&1 || fail "$1: $(cat "$WORK/verified")"
}

post a "$t" /v1/cases "$(case_json rounds 1 "$mark")"
want_status 201
erased=$(field .leafIndex)
planted=$(field .recordId)
load &
loader=$!
backup || fail "base: $(cat "$WORK/o")"
good "base"
"$bin" backup verify "$to" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q "Signed by a.test.example/identity+.*taken at its word: with --keys" "$WORK/o" || fail "does not say whom it trusted: $(cat "$WORK/o")"
grep -q "taken at its word" "$WORK/verified" && fail "pinned, and says that it is not"
[ ! -e "$keys/keys/witness.key" ] || fail "a witness key was copied"
backup --json || fail "increment: $(cat "$WORK/o")"
[ "$(jq -r '.full, .parts' "$WORK/o" | tr '\n' ' ')" = "false 2 " ] || fail "$(cat "$WORK/o")"
good "increment"
say "a base and an increment are made beside a node at work, and verify"

for i in 1 2 3 4 5 6 7 8; do
	"$bin" --dir "$WORK/a" backup "$to" --keys "$keys" --quick >/dev/null 2>&1 &
	victim=$!
	sleep "0.0$((i * 7 / 4))$((RANDOM % 10))"
	kill -KILL $victim 2>/dev/null
	wait $victim 2>/dev/null
	good "after kill $i"
done
backup || fail "after the kills: $(cat "$WORK/o")"
good "after the kills"
[ "$(find "$to" -name 'part-*' | wc -l)" = "$(jq -r .parts "$WORK/verified")" ] || fail "parts that nothing names are left"
rm "$WORK/loading"
wait $loader
[ "$(cat "$WORK/loaded")" -gt 1010 ] || fail "the load came to nothing"
say "killed at any instant, the backup is the one before or the one after"

grep -rqF "$mark" "$to" "$keys" && fail "a body lies in the backup in the clear"
cp -r "$keys" "$WORK/safe.before"
cli a erase "$erased" --reason test >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cli a log roll --log evidence --reason planned --yes >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
post a "$t" /v1/alarms "$(alarm_json gds-01 2)"
want_status 201
last=$(field .leafIndex)
backup --json || fail "after the erasure: $(cat "$WORK/o")"
[ "$(jq -r .destroyed "$WORK/o")" -ge 2 ] || fail "no key was destroyed: $(cat "$WORK/o")"
good "after the erasure"
"$bin" backup verify "$to" --keys "$WORK/safe.before" >"$WORK/o" 2>&1 && fail "keys from before go with it"
for f in "$WORK"/safe.before/own-keys/*.key; do
	[ -e "$keys/own-keys/${f##*/}" ] && continue
	gone=$(tail -c +9 "$f" | head -c 32 | od -An -v -tx1 | tr -d ' \n')
	find "$to" "$keys" -type f -exec od -An -v -tx1 {} \; | tr -d ' \n' | grep -q "$gone" && fail "a destroyed key is still somewhere"
done
[ -n "${gone:-}" ] || fail "no wrapping key is gone"
say "after an erasure and a backup neither backup nor keys open what was erased"

get a "$reader" "/v1/proof/evidence/$last"
want_status 200
cp "$BODY" "$WORK/before.tlog-proof"
cli a policy | sed 's/^quorum .*/quorum none/' >"$WORK/policy"
get a "" /checkpoint/evidence 2>/dev/null
cp "$BODY" "$WORK/checkpoint"
post a "$t" /v1/alarms "$(alarm_json gds-01 3)"
want_status 201
late=$(field .leafIndex)
node_stop a || fail "stop"

"$bin" restore "$to" --keys "$keys" --dir "$WORK/a" >"$WORK/o" 2>&1 && fail "restored over a node"
"$bin" restore "$to" --keys "$keys" --dir "$WORK/r" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q "a.test.example/evidence/2" "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q "original must be stopped" "$WORK/o" || fail "$(cat "$WORK/o")"
[ ! -e "$WORK/r/replica" ] || fail "replicas came back"
cli r audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "what is restored passes the audit, tables included"

mv "$WORK/a" "$WORK/a.old"
node_start r
get r "$reader" "/v1/proof/evidence/$last"
want_status 200
"$bin" verify "$BODY" --policy "$WORK/policy" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
"$bin" verify "$WORK/before.tlog-proof" --policy "$WORK/policy" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
get r "$reader" "/v1/proof/evidence/$((late + 50))"
[ "$STATUS" != 200 ] || fail "holds what came after the backup"
get r "$reader" "/v1/cases/$planted"
want_status 200
[ "$(field '.events[0].withheld')" = ERASED ] || fail "erased is not erased: $(cat "$BODY")"
if [ -x "$ROOT/build/foreign" ]; then
	foreign r "$reader" evidence || fail "Go's verifier"
fi
post r "$t" /v1/alarms "$(alarm_json gds-01 4)"
want_status 202
node_stop r || fail "stop"
say "the restored node signs nothing by itself; receipts from before the backup are proved by it"

for f in "$to"/part-*.lfp "$to/manifest.json"; do
	at=$(($(stat -c %s "$f") * (RANDOM % 100) / 100))
	cp "$f" "$WORK/kept"
	printf '%b' "\\x$(od -An -tx1 -j $at -N 1 "$f" | tr -d ' ' | tr 0123456789abcdef 123456789abcdef0)" |
		dd of="$f" bs=1 seek=$at conv=notrunc status=none
	"$bin" backup verify "$to" --keys "$keys" >"$WORK/o" 2>&1 && fail "byte $at of $f passes"
	grep -q "${f##*/}" "$WORK/o" || fail "does not name ${f##*/}: $(cat "$WORK/o")"
	"$bin" restore "$to" --keys "$keys" --dir "$WORK/spoiled" >"$WORK/o" 2>&1 && fail "restored from a spoiled backup"
	[ ! -e "$WORK/spoiled" ] || fail "something is left of a failed restore"
	cp "$WORK/kept" "$f"
done
good "put right again"
say "a flipped byte is named and refused, and a refused restore leaves nothing"

(
	trap '' XFSZ
	ulimit -f 4
	"$bin" --dir "$WORK/r" backup "$to" --full --keys "$keys" >"$WORK/o" 2>&1
) && fail "wrote beyond the limit"
good "after a failed write"
"$bin" --dir "$WORK/r" backup "$WORK/elsewhere" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q "No keys were copied" "$WORK/o" || fail "$(cat "$WORK/o")"
"$bin" restore "$WORK/elsewhere" --keys "$WORK/nowhere" --dir "$WORK/s" >"$WORK/o" 2>&1 && fail "restored without keys"
say "a write that fails leaves the backup that was there; without keys there is no restore"
