#!/bin/bash
# Goal: the command line says what a person can use, and a wrong word changes
# nothing.
. "$(dirname "$0")/../support/node.sh"

size() {
	cli a status --json |
		jq -r '.logs[] | select(.origin | test("evidence")) | .size'
}

node_init a plant
node_start a
node_stop a || fail "no clean end"
"$BUILD/lianfangd" --dir "$(node_dir a)" >/dev/null 2>&1 &
early=$!
cli a token list >"$WORK/o" 2>&1 || fail "a node that starts: $(cat "$WORK/o")"
kill "$early"
cli a token list >"$WORK/o" 2>&1 || fail "a node that stops: $(cat "$WORK/o")"
wait "$early"
say "a command waits for a node that starts or stops"
node_start a
t=$(node_token a ingest)
post a "$t" /v1/alarms "$(alarm_json gds-01 1)"
want_status 201
id=$(cli a alarm list --json | jq -r '.items[0].recordId')
title=$(cli a alarm list --json | jq -r '.items[0].events[0].alarm.title')
cli a alarm list >"$WORK/o"
grep -qF "$title" "$WORK/o" || fail "no title in the list: $(cat "$WORK/o")"
cli a alarm show "$id" >"$WORK/o"
grep -qF "title=$title" "$WORK/o" || fail "no title: $(cat "$WORK/o")"
say "a list and a record say what the alarm is about"

before=$(size)
for wrong in "erase abc --reason x" "erase -1 --reason x" "erase 1x --reason x" \
    "alarm show nope" "cert present nope --to x" "cert issue --holder x --class y --to soon" \
    "permit step dance $id" "bundle --kind alarm --from 0s -o $WORK/x" \
    "actor revoke $id" "alarm" "token create" "vkey nothing"; do
	# shellcheck disable=SC2086
	LC_ALL=C cli a $wrong >"$WORK/o" 2>&1
	[ $? -eq 2 ] || fail "$wrong: $(cat "$WORK/o")"
	grep -q -e "->" "$WORK/o" || fail "$wrong does not say what to do: $(cat "$WORK/o")"
done
[ "$(size)" = "$before" ] || fail "a wrong command line wrote to the ledger"
cli a verify "$WORK/absent" >"$WORK/o" 2>&1
[ $? -eq 3 ] || fail "an absent file: $(cat "$WORK/o")"
say "a wrong word ends with status 2, says what to do, and changes nothing"

LC_ALL=zh_CN.UTF-8 cli a token create >"$WORK/o" 2>&1
grep -q "缺少" "$WORK/o" || fail "not Chinese: $(cat "$WORK/o")"
LC_ALL=zh_CN.UTF-8 cli a alliance show >"$WORK/o" 2>&1
grep -q "未加入联盟" "$WORK/o" || fail "not Chinese: $(cat "$WORK/o")"
say "errors are in the reader's language"

cli a actor add li --role applicant >"$WORK/id" || fail "no actor"
cli a actor list >"$WORK/o"
grep -q "li .*applicant" "$WORK/o" || fail "no name: $(cat "$WORK/o")"
apply="permit apply --level 1 --area t1 --worker w --guardian z --actor li"
# shellcheck disable=SC2086
cli a $apply >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cp "$(node_dir a)/actors/li.key" "$WORK/li.key"
cli a actor revoke "$(cat "$WORK/id")" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
[ ! -e "$(node_dir a)/actors/li.key" ] || fail "a revoked key stays"
cp "$WORK/li.key" "$(node_dir a)/actors/li.key"
# shellcheck disable=SC2086
cli a $apply >"$WORK/o" 2>&1 && fail "a revoked key signs"
grep -q ACTOR_UNKNOWN "$WORK/o" || fail "$(cat "$WORK/o")"
say "a revoked key signs nothing"

cli a audit --json | jq -e 'select(.result != "PASS")' >"$WORK/o"
[ ! -s "$WORK/o" ] || fail "$(cat "$WORK/o")"
node_stop a || fail "no clean end"
[ "$(cli a status --json | jq -r '.waitingFor[0]')" = "lianfangd does not run" ] ||
	fail "a stopped node says that it runs"
say "the audit speaks JSON, and a stopped node says that it is stopped"
