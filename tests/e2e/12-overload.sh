#!/bin/bash
# Goal: too much at once is refused early; alarms go on, nothing taken in is lost.
. "$(dirname "$0")/../support/node.sh"

S=${ABUSE_S:-3}
node_init a plant
good=$(node_token a ingest)
greedy=$(node_token a ingest)
third=$(node_token a ingest)
reader=$(node_token a operator)
node_start a

size() {
	cli a status --json | jq -r '.logs[] | select(.origin | test("evidence")) | .size'
}
metric() { # PATTERN
	get a "$reader" /metrics
	awk -v p="$1" 'index($1, p) == 1 { n += $2 } END { print n + 0 }' "$BODY"
}

before=$(size)
during a "$good" "$S" abuse a bulk -token "$greedy" -n 24 -seconds "$S"
[ "$(seen bulk got429)" -gt 0 ] || fail "nobody was over a share: $(cat "$WORK/bulk.abuse")"
[ "$(metric 'lianfang_http_refused_total{door="bulk"')" -gt 0 ] || fail "not counted"
say "bodies beyond the share are refused with 429; alarms and the admin go on: $(cat "$WORK/bulk.abuse") $(cat "$WORK/alarms.abuse")"

taken=$(($(seen bulk got201) * 2))
grown=$(($(size) - before))
[ "$grown" -ge "$taken" ] || fail "$taken were acknowledged, $grown are in the log"
say "what was acknowledged is in the log"

during a "$good" "$S" abuse a query -token "$reader" -n 64 -seconds "$S"
[ "$(seen query got200)" -gt 0 ] || fail "no query was answered"
say "queries without a pause: $(cat "$WORK/query.abuse") $(cat "$WORK/alarms.abuse")"

before=$(size)
during a "$good" "$S" abuse a single -token "$greedy" -n 640 -seconds "$S"
grown=$(($(size) - before))
taken=$(seen single got201)
[ "$taken" -gt 0 ] || fail "nothing was taken"
[ "$grown" -ge "$taken" ] || fail "$taken were acknowledged, $grown are in the log"
say "ten times the clients: $(cat "$WORK/single.abuse") $(cat "$WORK/alarms.abuse")"

flood() {
	abuse a bulk -token "$greedy" -n 24 -seconds "$S" &
	abuse a single -token "$third" -n 200 -seconds "$S" &
	abuse a query -token "$reader" -n 32 -seconds "$S"
	wait
}
during a "$good" "$S" flood
say "all of it together"
[ -n "${SAN:-}" ] || [ "$RSS_TOP" -lt 900 ] || fail "resident set of $RSS_TOP MB"
say "the resident set stayed bounded: $RSS_TOP MB at most"

post a "$good" /v1/alarms "$(alarm_json after 1)"
want_status 201
get a "$reader" /v1/sources
want_field '[.items[] | select(.source | test("good")) | .missing // 0 | tonumber] | add' 0
want_field '[.items[] | select(.source | test("good")) | .conflicts // 0 | tonumber] | add' 0
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "afterwards all is as before, and the audit passes"

node_init one plant
echo "http_threads: 1" >>"$WORK/one/node.yaml"
node_start one
abuse one burst -pid "${NODE_PID[one]}" -n 260 ||
	fail "not every request at once was answered"
say "any number of requests at once is answered: $(cat "$WORK/burst.abuse")"
