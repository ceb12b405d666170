#!/bin/bash
# Goal: posts, queries, streams, bundles, federation and SIGHUP at the same
# time lose nothing and end cleanly (under ThreadSanitizer: without a race).
. "$(dirname "$0")/../support/node.sh"

WRITERS=3
POSTS=25 # of each writer, every fifth an array of ten

for n in plant hq; do
	node_init "$n" "$n" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" plant hq
t=$(node_token plant ingest)
reader=$(node_token plant operator)
post plant "$t" /v1/alarms "$(alarm_json gds-0 1)"
want_status 201
first=$(field .recordId)
from=$(date -u +%Y-%m-%dT%H:%M:%SZ -d '-1 minute')

# ask WHO... - one request of a helper; a refusal for want of capacity is an
# answer too, no answer at all or a 500 is not.
ask() {
	local status
	status=$(curl -sS --globoff --max-time "$WAIT_S" -o /dev/null -w '%{http_code}' "$@") || return 1
	case $status in 2?? | 404 | 429 | 503) ;; *) echo "status $status: $*"; return 1 ;; esac
}
auth() {
	echo "Authorization: Bearer $1"
}

writer() {
	local i j body seq=0 status
	for i in $(seq $POSTS); do
		if [ $((i % 5)) -eq 0 ]; then
			body=$(for j in $(seq 10); do alarm_json "gds-$1" $((seq + j)); echo; done | jq -cs .)
			seq=$((seq + 10))
		else
			seq=$((seq + 1))
			body=$(alarm_json "gds-$1" $seq)
		fi
		# What was not acknowledged is sent again: same number, same content.
		for j in $(seq 50); do
			status=$(curl -sS --max-time "$WAIT_S" -o /dev/null -w '%{http_code}' -H "$(auth "$t")" \
			    -H 'Content-Type: application/json' --data-binary "$body" "${NODE_URL[plant]}/v1/alarms")
			case $status in 200 | 201) break ;; 429 | 503) sleep 0.1 ;; *) echo "writer: $status"; return 1 ;; esac
		done
		[ "$j" -lt 50 ] || return 1
	done
	echo "$seq" >"$WORK/written.$1"
}

asker() {
	local p
	while [ ! -e "$WORK/over" ]; do
		for p in /v1/alarms?limit=50 "/v1/alarms/$first?proof=1" /v1/sources /metrics /v1/status \
		    /evidence/1/checkpoint /v1/permits; do
			ask -H "$(auth "$reader")" "${NODE_URL[plant]}$p" || return 1
		done
		cli hq alarm list --limit 20 --json >/dev/null || return 1
	done
}

bundler() {
	local n=0
	while [ ! -e "$WORK/over" ]; do
		n=$((n + 1))
		cli plant bundle --kind alarm --from "$from" --to 2m --purpose test -o "$WORK/b$n.lfb" \
		    >"$WORK/bundle.out" 2>&1 || { cat "$WORK/bundle.out"; return 1; }
		"$BUILD/lianfang" verify "$WORK/b$n.lfb" >"$WORK/verify.out"
		grep -q 'FAIL 0' "$WORK/verify.out" || { tail -n 3 "$WORK/verify.out"; return 1; }
		rm -f "$WORK/b$n.lfb"
	done
}

hupper() {
	while [ ! -e "$WORK/over" ]; do
		kill -HUP "${NODE_PID[plant]}" "${NODE_PID[hq]}" || return 1
		# Each also changes what a reload reads.
		cli plant token create --role hq >/dev/null || return 1
	done
}

# Each helper leaves its status; a stream is ended by its own pid.
helper() {
	local name=$1
	shift
	("$@" >"$WORK/$name.out" 2>&1; echo $? >"$WORK/$name.rc") &
	helpers+=($!)
}
helpers=()
curl -sSN -H "$(auth "$reader")" "${NODE_URL[plant]}/v1/events" >"$WORK/sse.1" 2>/dev/null &
streams=($!)
curl -sSN -H "$(auth "$reader")" "${NODE_URL[plant]}/v1/events?kind=ALARM" >"$WORK/sse.2" 2>/dev/null &
streams+=($!)
# A stream brings what comes after it was opened.
opened() { grep -q '^retry:' "$WORK/sse.1"; }
wait_for "the stream is open" opened
helper bundler bundler
helper asker asker
helper hupper hupper
writers=()
for w in $(seq $WRITERS); do
	(writer "$w" >"$WORK/writer$w.out" 2>&1; echo $? >"$WORK/writer$w.rc") &
	writers+=($!)
done
wait "${writers[@]}"
touch "$WORK/over"
wait "${helpers[@]}"
for f in "$WORK"/*.rc; do
	[ "$(cat "$f")" = 0 ] || fail "$(basename "$f" .rc): $(tail -n 3 "${f%.rc}.out")"
done
say "writers, askers, bundles and reloads all got their answers"

want=0
for w in $(seq $WRITERS); do
	want=$((want + $(cat "$WORK/written.$w")))
done
counted() {
	[ "$(cli "$1" source list --json | jq '[.items[] | select(.source != "gds-0") | .received | tonumber] | add')" = "$want" ]
}
counted plant || fail "$(cli plant source list --json) instead of $want"
wait_for "HQ holds all of them" counted hq
[ "$(cli plant source list --json | jq '[.items[] | .missing // "0" | tonumber] | add')" = 0 ] || fail "numbers are missing"
streamed() {
	[ "$(grep -c "^event: alarm" "$WORK/sse.$1")" -ge "$want" ]
}
wait_for "the streams brought every alarm" streamed 1
kill "${streams[@]}"
wait "${streams[@]}" 2>/dev/null
for n in plant hq; do
	cli "$n" audit >"$WORK/o" || fail "audit of $n: $(cat "$WORK/o")"
	node_stop "$n" || fail "$n did not end cleanly"
done
say "nothing of $want alarms is lost at the plant, at HQ or on the stream"
