# node.sh - verbs for end-to-end scripts: nodes, tokens, requests, checks.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A script starts like this and runs under tests/e2e/run.sh or by hand:
#
#   #!/bin/bash
#   # Goal: an alarm that was acknowledged is there after a kill -9.
#   . "$(dirname "$0")/../support/node.sh"
#   node_init a plant
#   node_start a
#   t=$(node_token a ingest)
#   post a "$t" /v1/alarms "$(alarm_json gds-01 1)"
#   want_status 201
#
# Everything lives in one directory under $TMPDIR; nodes are stopped and the
# directory is removed when the script ends, however it ends.
set -u
set -o pipefail
ROOT=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
BUILD=${BUILD:-$ROOT/build}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/lianfang.XXXXXX")
WAIT_S=${WAIT_S:-20}
[ "${SAN:-}" = "" ] || WAIT_S=$((WAIT_S * 3))
declare -A NODE_PID NODE_URL NODE_FED
STATUS=
BODY=$WORK/body
export LC_ALL=C.UTF-8
cd "$ROOT" || exit 1

node_cleanup() {
	local name rc=$?
	trap - EXIT
	for name in "${!NODE_PID[@]}"; do
		node_stop "$name" >/dev/null 2>&1 || rc=1
	done
	if [ "$rc" -ne 0 ] && [ "$rc" -ne 77 ]; then
		tail -n 20 "$WORK"/*.log 2>/dev/null
	fi
	rm -rf "$WORK"
	exit "$rc"
}
trap node_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
	echo "FAIL: $*" >&2
	echo "   at ${BASH_SOURCE[-1]##*/}:${BASH_LINENO[-2]:-?}" >&2
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# say SENTENCE - what the script has just shown.
say() {
	echo "ok - $*"
}

# wait_for WHAT COMMAND... - poll until the command succeeds, or fail.
wait_for() {
	local what=$1 deadline=$((SECONDS + WAIT_S))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || fail "$what: not within $WAIT_S s"
		sleep 0.05
	done
}

# free_port - a TCP port nobody listens on now, below the ephemeral range.
# Only for addresses that must be known before the node starts.
free_port() {
	local port
	while :; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

node_dir() {
	echo "$WORK/$1"
}

# cli NODE ARGUMENT... - the command line against that node's directory.
cli() {
	local name=$1
	shift
	"$BUILD/lianfang" --dir "$WORK/$name" "$@"
}

# node_init NODE ROLE [OPTION...] - port 0 for HTTP and federation unless the
# options say otherwise.  The node's name is NODE.test.example.  A plant begins
# with the reduced hot-work pack, unless WHOLE is set.
node_init() {
	local name=$1 role=$2
	shift 2
	case " $* " in *" --http "*) ;; *) set -- --http 127.0.0.1:0 "$@" ;; esac
	case " $* " in
	*" --federation "*) ;;
	*) set -- --federation tcp://127.0.0.1:0 "$@" ;;
	esac
	[ -n "${WHOLE:-}" ] || set -- --reduced "$@"
	"$BUILD/lianfang" init --dir "$WORK/$name" \
	    --name "$name.test.example" --role "$role" "$@" >"$WORK/$name.init" 2>&1 ||
		fail "init $name: $(cat "$WORK/$name.init")"
}

# node_start NODE - run it; returns once its ready line is there.  Then
# ${NODE_URL[NODE]} and ${NODE_FED[NODE]} say where it listens.
node_start() {
	local name=$1 out=$WORK/$1.out pid deadline=$((SECONDS + WAIT_S)) line
	: >"$out"
	"$BUILD/lianfangd" --dir "$WORK/$name" >"$out" 2>>"$WORK/$name.log" &
	pid=$!
	NODE_PID[$name]=$pid
	until line=$(grep -m 1 -oE '\bhttps?=[^ ]+' "$out"); do
		kill -0 "$pid" 2>/dev/null || fail "$name did not start"
		[ $SECONDS -lt $deadline ] || fail "$name not ready in $WAIT_S s"
		sleep 0.02
	done
	NODE_URL[$name]=${line/=/://}
	# shellcheck disable=SC2034 # for scripts
	NODE_FED[$name]=$(grep -m 1 -oE 'tcp://[^ ,;]+' "$out")
}

# node_stop NODE - SIGTERM; fails unless it ends cleanly by itself.
node_stop() {
	local pid=${NODE_PID[$1]:-} deadline=$((SECONDS + WAIT_S)) rc
	[ -n "$pid" ] || return 0
	unset "NODE_PID[$1]"
	kill -TERM "$pid" 2>/dev/null
	while kill -0 "$pid" 2>/dev/null; do
		if [ $SECONDS -ge $deadline ]; then
			kill -KILL "$pid"
			wait "$pid" 2>/dev/null
			echo "$1 had to be killed" >&2
			return 1
		fi
		sleep 0.02
	done
	wait "$pid"
	rc=$?
	[ $rc -eq 0 ] || echo "$1 ended with status $rc" >&2
	return $rc
}

# node_kill NODE - SIGKILL: what a crash leaves.
node_kill() {
	local pid=${NODE_PID[$1]}
	unset "NODE_PID[$1]"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	return 0
}

# node_token NODE ROLE [OPTION...] - prints a bearer token.
node_token() {
	local name=$1 role=$2
	shift 2
	cli "$name" token create --role "$role" "$@"
}

# get NODE TOKEN PATH [CURL OPTION...] - sets STATUS; the body is in $BODY.
# TOKEN may be empty.
get() {
	local name=$1 token=$2 path=$3
	shift 3
	[ -z "$token" ] || set -- -H "Authorization: Bearer $token" "$@"
	STATUS=$(curl -sS --globoff --max-time "$WAIT_S" -o "$BODY" \
	    -w '%{http_code}' "$@" "${NODE_URL[$name]}$path") ||
		fail "no answer from $name to $path"
}

# post NODE TOKEN PATH JSON|@FILE [CURL OPTION...]
post() {
	local name=$1 token=$2 path=$3 data=$4
	shift 4
	get "$name" "$token" "$path" -H 'Content-Type: application/json' \
	    --data-binary "$data" "$@"
}

want_status() {
	[ "$STATUS" = "$1" ] ||
		fail "status $STATUS instead of $1: $(head -c 600 "$BODY")"
}

# field JQ-EXPRESSION - of the last body; fails when it is not JSON.
field() {
	jq -er "$1" "$BODY" || fail "no $1 in: $(head -c 600 "$BODY")"
}

want_field() {
	local got
	got=$(field "$1") || exit 1
	[ "$got" = "$2" ] || fail "$1 is '$got' instead of '$2'"
}

# alarm_json SOURCE SEQ [LEVEL] [VALUE] [AREA]
alarm_json() {
	printf '{"source":"%s","sourceSeq":"%s","level":%s,"kind":"gas",' \
	    "$1" "$2" "${3:-2}"
	printf '"area":"%s","title":"LEL high","value":%s,"unit":"%%LEL",' \
	    "${5:-tank-farm-2}" "${4:-12.5}"
	printf '"occurredAt":"%s"}' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

# case_json SOURCE SEQ [DESCRIPTION] - what may be erased at once: no law sets its term.
case_json() {
	printf '{"source":"%s","sourceSeq":"%s","action":"REPORT","type":"near-miss",' \
	    "$1" "$2"
	printf '"area":"tank-farm-2","description":"%s","occurredAt":"%s"}' \
	    "${3:-a flange weeps}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

# fill NODE TOKEN SOURCE COUNT - an array of so many alarms.
fill() {
	local i
	{
		echo '['
		for i in $(seq 1 "$4"); do
			[ "$i" = 1 ] || echo ,
			alarm_json "$3" "$i" 3 | sed "s/\"occurredAt.*/\"occurredAt\":\"2026-11-22T02:50:00Z\"}/"
		done
		echo ']'
	} >"$WORK/array"
	post "$1" "$2" /v1/alarms @"$WORK/array"
}

# holds NODE SOURCE COUNT - does it hold so many alarms of that source?
holds() {
	[ "$(cli "$1" source list --json | jq -r ".items[] | select(.source == \"$2\") | .received")" = "$3" ]
}

# certify NODE HOLDER CLASS... - certificates that are good for a year.
certify() {
	local name=$1 holder=$2 class
	shift 2
	for class; do
		cli "$name" cert issue --holder "$holder" --class "$class" --to 365d --review 300d >"$WORK/o" 2>&1 ||
			fail "no $class of $holder: $(cat "$WORK/o")"
	done
}

# crew NODE WORKER GUARDIAN CLASS... - what both need to start work together,
# the classes of the work itself last.
crew() {
	local name=$1 worker=$2 guardian=$3
	shift 3
	certify "$name" "$guardian" guardian
	certify "$name" "$worker" "$@"
}

# foreign NODE TOKEN LOG [OPTION...] - the Go verifier over HTTP.
foreign() {
	local name=$1 token=$2 log=$3
	shift 3
	"$ROOT/build/foreign" -url "${NODE_URL[$name]}" \
	    -vkey "$(cli "$name" vkey "$log")" -token "$token" "$@"
}

# ally "GRANT..." NODE... - found an alliance of these nodes and join all.  A
# grant is READER:OWNER, by node.  Initialise the nodes with a federation port
# of free_port: the address is in the genesis file.
ally() {
	local grants=() cards=() g name
	for g in $1; do
		grants+=(--grant "${g%:*}.test.example:${g#*:}.test.example")
	done
	shift
	for name; do
		cli "$name" alliance card -o "$WORK/$name.card.json" ||
			fail "no card of $name"
		cards+=("$WORK/$name.card.json")
	done
	"$BUILD/lianfang" alliance create --name test -o "$WORK/genesis.json" \
	    "${grants[@]}" "${cards[@]}" >"$WORK/genesis.out" ||
		fail "no genesis"
	for name; do
		cli "$name" alliance join "$WORK/genesis.json" \
		    >>"$WORK/genesis.out" || fail "$name did not join"
	done
}

# abuse NODE KIND [OPTION...] - a client of tests/abuse; its line goes to
# $WORK/KIND.abuse.  Hostile kinds come from 127.0.0.2.
abuse() {
	local name=$1 kind=$2 from=127.0.0.2
	shift 2
	[ "$kind" != alarms ] || from=127.0.0.1
	"$ROOT/build/abuse" -addr "${NODE_URL[$name]#http://}" -kind "$kind" \
	    -from "$from" -deadline "${WAIT_S}s" "$@" >"$WORK/$kind.abuse"
}

# seen KIND KEY - what the client of that kind counted; 0 when nothing.
seen() {
	tr ' ' '\n' <"$WORK/$1.abuse" | sed -n "s/^$2=//p" | grep . || echo 0
}

# rss_mb NODE - its resident set.
rss_mb() {
	awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/${NODE_PID[$1]}/status"
}

# during NODE TOKEN SECONDS COMMAND... - while the command runs: alarms from
# another client get their 201, and the node's own socket answers.
during() {
	local name=$1 token=$2 seconds=$3 good bad
	shift 3
	abuse "$name" alarms -token "$token" -n 2 -seconds "$seconds" &
	good=$!
	"$@" &
	bad=$!
	while kill -0 "$bad" 2>/dev/null; do
		timeout "$WAIT_S" "$BUILD/lianfang" --dir "$WORK/$name" status \
		    --json >"$WORK/status.json" || fail "no status during: $*"
		RSS_TOP=$(rss_mb "$name" | sort -n - <(echo "${RSS_TOP:-0}") | tail -n 1)
		sleep 0.1
	done
	wait "$bad" || fail "$*: $(cat "$WORK"/*.abuse)"
	wait "$good" || fail "alarms during: $*"
}

# quiet_alarms NODE - nothing below level 1 opens an incident there, so that
# alarms of a test bring no entries of the node's own.  After node_start: looser
# than the standard holds only once somebody has activated it.
quiet_alarms() {
	sed -e '1i deviation: {reason: a test, decidedBy: the script, untilAt: "2099-01-01T00:00:00Z"}' \
	    -e 's/version: .*/version: "test"/' -e 's/incidentLevel: .*/incidentLevel: 1/' \
	    -e 's/effectiveAt: .*/effectiveAt: "2026-02-01T00:00:00Z"/' \
	    "$ROOT/node/packs/alarm.yaml" >"$WORK/quiet.yaml"
	cli "$1" pack activate "$WORK/quiet.yaml" >"$WORK/quiet.out" 2>&1 ||
		fail "no quiet alarms: $(cat "$WORK/quiet.out")"
}
