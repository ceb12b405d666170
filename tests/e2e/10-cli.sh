#!/bin/bash
# Goal: the command line says what a person can use, and a wrong word changes
# nothing.
. "$(dirname "$0")/../support/node.sh"

# All that a command could write; the node's own watch goes on meanwhile.
written() {
	local list
	for list in token cert permit actor; do
		cli a $list list --json || fail "no list: $list"
	done
	cli a alarm list --json | jq -c '[.items[].events[]
	    | select(.alarm.source // "" | test("^lianfang-") | not)
	    | select(.alarm.action // "RAISE" | . == "RAISE") | .place.index]'
	cli a audit --json | jq -c 'select(.erased != null) | {log, erased}'
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
quiet_alarms a
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

[ "$(cli a alarm list --type gas --from -10m --json | jq '.items | length')" = 1 ] ||
	fail "the list of gas alarms"
[ "$(cli a alarm list --type fire --json | jq '.items | length')" = 0 ] || fail "the list of fires"
cli a decide --holder x --level special --area t1 --json >"$BODY"
want_field .result DENY
say "lists filter by type and span; a level is named as people say it"

post a "$t" /v1/alarms '{"source":"gds-09","sourceSeq":"1","level":3,"kind":"process","area":"t9",
  "title":"\u001b[2Kquiet\u0007\u202e"}'
want_status 201
evil=$(field .recordId)
{ cli a alarm list --area t9; cli a alarm show "$evil"; } >"$WORK/o"
grep -qF '\u001b[2Kquiet\u0007\u202e' "$WORK/o" || fail "$(cat -v "$WORK/o")"
grep -q "$(printf '\033')" "$WORK/o" && fail "a title reached the terminal as it was"
say "what a title holds is shown, and moves no cursor"

before=$(written)
for wrong in "erase abc --reason x" "erase -1 --reason x" "erase 1x --reason x" \
    "alarm show nope" "cert present nope --to x" "cert issue --holder x --class y --to soon" \
    "permit step Dance! $id" "bundle --kind alarm --from 0s -o $WORK/x" \
    "actor revoke $id" "alarm" "token create" "vkey nothing"; do
	# shellcheck disable=SC2086
	LC_ALL=C cli a $wrong >"$WORK/o" 2>&1
	[ $? -eq 2 ] || fail "$wrong: $(cat "$WORK/o")"
	grep -q -e "->" "$WORK/o" || fail "$wrong does not say what to do: $(cat "$WORK/o")"
done
after=$(written)
[ "$after" = "$before" ] || fail "a wrong command line wrote to the ledger: $before -> $after"
for wrong in "token create --role ingest --area" "actor add --role approver"; do
	# shellcheck disable=SC2086
	LC_ALL=C cli a $wrong "$(printf 'a\xff')" >"$WORK/o" 2>&1
	[ $? -eq 2 ] || fail "$wrong, no UTF-8: $(cat "$WORK/o")"
done
cli a status --dir "$WORK/a" >"$WORK/o" 2>&1
[ $? -eq 2 ] || fail "two directories: $(cat "$WORK/o")"
cli a verify "$WORK/absent" >"$WORK/o" 2>&1
[ $? -eq 3 ] || fail "an absent file: $(cat "$WORK/o")"
say "a wrong word ends with status 2, says what to do, and changes nothing"

LC_ALL=zh_CN.UTF-8 cli a token create >"$WORK/o" 2>&1
grep -q "缺少" "$WORK/o" || fail "not Chinese: $(cat "$WORK/o")"
LC_ALL=zh_CN.UTF-8 cli a alliance show >"$WORK/o" 2>&1
grep -q "未加入联盟" "$WORK/o" || fail "not Chinese: $(cat "$WORK/o")"
say "errors are in the reader's language"

for zone in Asia/Shanghai:+08:00 America/St_Johns:-03:30; do
	TZ=${zone%%:*} cli a alarm list >"$WORK/o"
	head -n 1 "$WORK/o" | grep -qF " ${zone#*:}" || fail "no zone: $(cat "$WORK/o")"
	TZ=${zone%%:*} cli a status >"$WORK/o"
	grep -q "^started .* ${zone#*:}\$" "$WORK/o" || fail "no zone: $(cat "$WORK/o")"
done
cli a alarm list >"$WORK/o"
grep -qE ' -( |$)' "$WORK/o" && fail "an empty column: $(cat "$WORK/o")"
COLUMNS=60 cli a alarm show "$id" >"$WORK/o"
grep -q '^     [^ ]' "$WORK/o" || fail "no line goes on: $(cat "$WORK/o")"
say "times say their zone, columns hold something, long lines go on below"

wrong() { # LANGUAGE - a body with a word where a number belongs
	curl -s -H "Authorization: Bearer $t" -H "Accept-Language: $1" \
	    -d '{"source":"gds-01","level":"high"}' "${NODE_URL[a]}/v1/alarms" >"$BODY"
}
wrong en
want_field .detail '$.level: expected a number'
want_field .detailZh '$.level：应为数字'
want_field .path '$.level'
wrong zh-CN,en
want_field .detail '$.level：应为数字'
want_field .path '$.level'
want_field .title 输入格式错误
say "problem details come in both languages, first the one that was asked for"

cli a actor add li --role applicant >"$WORK/id" || fail "no actor"
cli a actor list >"$WORK/o"
grep -q "li .*applicant" "$WORK/o" || fail "no name: $(cat "$WORK/o")"
apply="permit apply --level 1 --area t1 --worker w --guardian z --actor li"
# shellcheck disable=SC2086
cli a $apply >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
cp "$(node_dir a)/actors/li.key" "$WORK/li.key"
# A site has more people than one page of a list.
token=$(cli a token create --role admin)
for i in $(seq 100); do
	printf 'url = "%s/v1/actors"\nheader = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' "${NODE_URL[a]}" "$token"
	key=$(printf '\001%032d' "$i" | base64 -w 0)
	printf 'data = "{\\"actor\\":{\\"action\\":\\"ENROL\\",\\"name\\":\\"p%d\\",\\"roles\\":[\\"guardian\\"],\\"key\\":\\"%s\\"}}"\nfail\noutput = /dev/null\nnext\n' "$i" "$key"
done | sed '$d' >"$WORK/actors"
curl -sS -K "$WORK/actors" || fail "not enrolled"
get a "$token" '/v1/actors?limit=100'
jq -e '[.items[] | select(.events[0].actor.name == "li")] | length == 0' "$BODY" >/dev/null || fail "li is on the first page"
cli a actor add deputy --role applicant --for li --until 8h >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
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

cp "$(node_dir a)/own/data.mdb" "$WORK/whole.mdb"
# All pages but the two that say where the others are.
tr '\0-\377' x <"$WORK/whole.mdb" |
	dd of="$(node_dir a)/own/data.mdb" bs=4096 conv=notrunc skip=2 seek=2 \
	    iflag=fullblock status=none
cli a audit >"$WORK/o" 2>&1 && fail "the audit passes: $(cat "$WORK/o")"
grep '^FAIL' "$WORK/o" | grep -q ': ' || fail "no finding: $(cat "$WORK/o")"
LC_ALL=zh_CN.UTF-8 cli a audit >"$WORK/o" 2>&1
grep '^FAIL' "$WORK/o" | grep -q '：' || fail "not Chinese: $(cat "$WORK/o")"
cli a audit --json >"$WORK/o"
jq -es 'any(.[]; .result == "FAIL" and .fault != .faultZh)' <"$WORK/o" >/dev/null ||
	fail "$(cat "$WORK/o")"
cp "$WORK/whole.mdb" "$(node_dir a)/own/data.mdb"
say "the audit's findings are in the reader's language"
