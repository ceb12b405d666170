#!/bin/bash
# Goal: hostile clients cost others nothing: silent, slow, endless, malformed.
# ABUSE_IDLE=10000 is the long run.
. "$(dirname "$0")/../support/node.sh"

S=${ABUSE_S:-3}
IDLE=${ABUSE_IDLE:-2000}
node_init a plant
printf 'http_connections: %d\nhttp_slow_seconds: 2\n' $((IDLE * 3 / 2)) >>"$WORK/a/node.yaml"
t=$(node_token a ingest)
reader=$(node_token a operator)
node_start a
{
	printf '['
	for i in $(seq 1000); do
		[ "$i" = 1 ] || printf ,
		alarm_json filler "$i"
	done
	printf ']'
} >"$WORK/array"
post a "$t" /v1/alarms @"$WORK/array"
want_status 201

metric() { # PATTERN
	get a "$reader" /metrics
	awk -v p="$1" 'index($1, p) == 1 { n += $2 } END { print n + 0 }' "$BODY"
}

abuse a edges -token "$t" || fail "$(cat "$WORK/edges.abuse")"
say "malformed requests are refused or closed at once: $(cat "$WORK/edges.abuse")"

during a "$t" 4 abuse a idle -n "$IDLE" -seconds 4
[ "$(metric 'lianfang_http_closed_total{reason="slow_head"')" -gt $((IDLE / 4)) ] ||
	fail "silent connections were kept: $(cat "$WORK/idle.abuse")"
say "$IDLE silent connections: $(cat "$WORK/idle.abuse") $(cat "$WORK/alarms.abuse")"

# until_holds WHY CONDITION SECONDS ABUSE... - for SECONDS, twice as long each time until CONDITION holds:
# on a busy machine a client may not get as far as what it is cut for.
until_holds() {
	local why=$1 condition=$2 seconds=$3
	shift 3
	for _ in 1 2 3 4; do
		during a "$t" "$seconds" abuse a "$@" -seconds "$seconds"
		! "$condition" || return 0
		seconds=$((seconds * 2))
	done
	fail "$why"
}
cut_heads() { [ "$(seen head cut)" -gt 0 ]; }
cut_bodies() { [ "$(metric 'lianfang_http_closed_total{reason="slow_body"')" -gt 0 ]; }
cut_chunks() { [ "$(seen chunks cut)" -gt 0 ]; }
until_holds "headers may trickle for ever" cut_heads 4 head -n 200
say "headers by the byte: $(cat "$WORK/head.abuse")"
until_holds "bodies may trickle for ever" cut_bodies 4 body -token "$t" -n 100
say "bodies by the byte: $(cat "$WORK/body.abuse")"
until_holds "a body without end is read for ever" cut_chunks "$S" chunks -token "$t" -n 8
say "chunks without end: $(cat "$WORK/chunks.abuse")"
during a "$t" "$S" abuse a headers -n 50 -seconds "$S"
say "headers without end: $(cat "$WORK/headers.abuse")"
during a "$t" "$S" abuse a pipeline -n 20 -seconds "$S"
[ "$(seen pipeline answered)" -gt 0 ] || fail "no pipelined request was answered"
say "requests by the hundred: $(cat "$WORK/pipeline.abuse")"
during a "$t" 4 abuse a reader -token "$reader" -n 200 -seconds 4
say "readers that do not read: $(cat "$WORK/reader.abuse")"
[ -n "${SAN:-}" ] || [ "$RSS_TOP" -lt 600 ] || fail "resident set of $RSS_TOP MB"
say "the resident set stayed bounded: $RSS_TOP MB at most"

# An event stream notices with its next heartbeat.
gone() {
	get a "$reader" /metrics
	awk '$1 == "lianfang_http_connections" { n += $2 }
	    $1 == "lianfang_http_streams" { n -= $2 }
	    END { exit n > 8 }' "$BODY" &&
		grep -qx 'lianfang_http_waiting [01]' "$BODY"
}
wait_for "connections of clients that left" gone
post a "$t" /v1/alarms "$(alarm_json after 1)"
want_status 201
get a "$reader" '/v1/alarms?limit=10'
want_status 200
node_stop a || fail "stop"
say "afterwards all is as before"

node_init b plant
printf 'http_connections: 64\nhttp_slow_seconds: 30\n' >>"$WORK/b/node.yaml"
t=$(node_token b ingest)
node_start b
during b "$t" "$S" abuse b idle -n 300 -seconds "$S"
cli b status --json >"$WORK/o" || fail "no status"
say "a small node keeps room for others: $(cat "$WORK/idle.abuse") $(cat "$WORK/alarms.abuse")"
