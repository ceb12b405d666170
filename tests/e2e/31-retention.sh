#!/bin/bash
# Goal: terms, erasures that wait, holds, media that end: at the plant, at HQ, in bundles, over kills and years.
. "$(dirname "$0")/../support/node.sh"

# turn SECONDS [LIVED] - the wall clock of all nodes from now on, and so many seconds of it that really passed; the
# kernel vouches for it.
turn() {
	local n
	for n in plant hq; do
		printf '%-63s\n' "+ $1 yes ${2:-0}" 1<>"$WORK/$n.clock"
	done
}
start() {
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 LD_PRELOAD=$BUILD/fault/wallclock.so \
	    TURN_FILE=$WORK/$1.clock node_start "$1"
}
at() {
	date -u -d "@$(($(date +%s) + OFFSET + $1))" +%Y-%m-%dT%H:%M:%SZ
}
OFFSET=0
turn 0
for n in plant hq; do
	node_init "$n" "$([ "$n" = hq ] && echo hq || echo plant)" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	echo 'ask_seconds: 1' >>"$WORK/$n/node.yaml"
	start "$n"
done
ally "" plant hq
token=$(node_token plant operator)
reader=$(node_token plant hq)
# alarm KIND SEQ NAME - raised and cleared; its record id.
alarm() {
	local id
	post plant "$token" /v1/alarms "{\"source\":\"cam-01\",\"sourceSeq\":\"$2\",\"level\":3,\"kind\":\"$1\",\"area\":\"tank-farm-2\",\"title\":\"$3 at pump 3\",\"people\":[\"$3\"],\"evidence\":[{\"digest\":\"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh\",\"uri\":\"https://video.example/$2.mp4\"}],\"occurredAt\":\"$(at 0)\"}"
	want_status 201
	id=$(field .recordId)
	post plant "$token" "/v1/alarms/$id/events" "{\"alarm\":{\"action\":\"CLEAR\",\"occurredAt\":\"$(at 0)\"}}"
	want_status 201
	echo "$id"
}
name=Wang-Xiaoming
position=$(alarm position 1 $name) || exit 1
held=$(alarm gas 2 Zhang-San) || exit 1
free=$(alarm gas 3 Zhang-San) || exit 1
index_of() {
	cli plant alarm show "$1" --json | jq -r '.events[0].place.index'
}
event() {
	cli "$1" alarm show "$2" --json | jq -r ".events[0].$3"
}

cli plant retention show | grep -q "permit .*72 *12 *yes .*GB 30871-2022 B.3" || fail "$(cli plant retention show)"
cli plant retention show "$position" | grep -q "AQ 3064.3-2025 4.4" || fail "$(cli plant retention show "$position")"
sed 's/2026.1/local.1/; 0,/minMonths: 12/s//minMonths: 6/' node/packs/retention.yaml >"$WORK/less.yaml"
cli plant pack activate "$WORK/less.yaml" >"$WORK/o" 2>&1 && fail "a permit's year was shortened"
grep -q "GB 30871-2022 B.3" "$WORK/o" || fail "$(cat "$WORK/o")"
say "terms are shown with clause and source; none is shortened below its minimum"

cli plant actor add lin --role legal >/dev/null || fail "actor"
cli plant hold place --record "$held" --reason "case 7" >/dev/null 2>&1 && fail "a hold without a signature"
hold=$(cli plant hold place --record "$held" --reason "case 7" --actor lin) || fail "hold: $hold"
cli plant erase "$(index_of "$held")" --reason "PIPL 47" >"$WORK/o" 2>&1 && fail "erased under a hold"
grep -q "$hold" "$WORK/o" || fail "it does not name the hold: $(cat "$WORK/o")"
cli plant hold list | grep -q "$hold.*OPEN.*$held" || fail "$(cli plant hold list)"
post plant "$(node_token plant admin)" /v1/erasures "{\"index\":\"$(index_of "$position")\",\"reason\":\"PIPL 47\",\"requestedBy\":\"$name\"}"
want_status 202
field .dueAt | grep -q T || fail "no date: $(cat "$BODY")"
say "a hold refuses an erasure by name; one that a law does not allow yet waits, with its date"

where=$(index_of "$position")
stored() {
	[ "$(event "$1" "$position" withheld)" = STORAGE_ONLY ]
}
# hidden WHERE COMMAND... - its answer names nobody.
hidden() {
	local where=$1
	shift
	"$@" >"$WORK/o" 2>&1
	grep -q "$position\|STORAGE_ONLY" "$WORK/o" || fail "$where does not show it: $(cat "$WORK/o")"
	grep -qi "$name" "$WORK/o" && fail "$where gives it out: $(cat "$WORK/o")"
	return 0
}
wait_for "HQ knows that it is only stored" stored hq
cli plant policy | sed 's/^quorum .*/quorum none/' >"$WORK/policy"
bundle() {
	cli plant bundle --kind alarm --id "$position" --id "$held" --id "$free" -o "$WORK/$1.lfb" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
	verify "$1.lfb" "$1.said"
}
# By the nodes' clock: the answer is from then.
verify() {
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 LD_PRELOAD=$BUILD/fault/wallclock.so TURN_FILE=$WORK/plant.clock \
	    "$BUILD/lianfang" verify "$WORK/$1" --policy "$WORK/policy" >"$WORK/$2" || fail "$1: $(cat "$WORK/$2")"
}
# walk NODE - every GET of its API, bare and with all that may find a record, by one client: none names him.
walk() {
	local method path params answer admin n=0 q
	admin=$(node_token "$1" admin)
	get "$1" "$admin" /openapi.json
	want_status 200
	jq -r '.paths | to_entries[] | .key as $p | .value | to_entries[] | [.key, $p, ([.value.parameters[]? | select(.in == "query") | .name] | join(",") | if . == "" then "-" else . end), (.value.responses | to_entries[0].value.content // {} | to_entries[0].value.schema."$ref" // "-" | sub(".*/"; ""))] | join(" ")' <"$BODY" >"$WORK/paths"
	declare -A value=([area]=tank-farm-2 [time]=$(at 0) [from]=$(at -86400) [to]=$(at 60) [period]=$(date -u +%Y-%m)
		[work]=hot-work [source]=cam-01 [kind]=position [subject]=$name [part]=numerator [window]=3600)
	rm -rf "$WORK/walked" && mkdir "$WORK/walked" && : >"$WORK/urls"
	while read -r method path params answer; do
		case $method in
		get) ;;
		*)
			# What only writes answers with a receipt; all others are looked at here or in the tests named.
			case $answer in ledger.Receipt | api.Receipts) continue ;; esac
			case $path in
			/v1/alarms | /v1/alarms/signed | /v1/cases | /v1/checklists | /v1/outbox/* | /v1/clock | /v1/logs | /v1/challenges | /v1/invitations | /v1/crosschecks | /v1/tokens* | /v1/alliance | /v1/snapshots | /v1/reports | /v1/positions) continue ;; # receipts, or names of nobody
			/witness/* | /v1/forks | /v1/alliance/*) continue ;; # checkpoints and members
			/v1/courier/*) continue ;; # the exchange: to those who hold a copy
			/v1/bundles) continue ;; # above
			/v1/defence/try) continue ;; # how often, when and in which area
			/v1/reports/status | /v1/decisions/* | /v1/codes | /v1/certificates/*/present | /v1/intel/check) continue ;; # query_report_test, submit_credential_test, submit_intel_test
			esac
			fail "a new reader: $method $path; see that it gives out nothing that is only stored, and name it here"
			;;
		esac
		[ "$path" != /v1/events ] || continue # ids and states alone; below
		path=${path//\{id\}/$position}
		path=${path//\{log\}/evidence}
		path=${path//\{index\}/$where}
		path=${path//\{generation\}/1}
		path=${path//\{n\}/0}
		path=${path//\{figure\}/alarms}
		path=${path//\{rest\}/000}
		query "$params" area time period work source
		printf 'url = "%s"\noutput = "%s"\n' "${NODE_URL[$1]}$path?$q" "$WORK/walked/$((n++))" >>"$WORK/urls"
		query "$params" area time period work source kind from to subject part window
		printf 'url = "%s"\noutput = "%s"\n' "${NODE_URL[$1]}$path?$q" "$WORK/walked/$((n++))" >>"$WORK/urls"
	done <"$WORK/paths"
	[ $n -gt 100 ] || fail "only $n answers were asked for"
	curl -sS --globoff --max-time "$WAIT_S" -H "Authorization: Bearer $admin" -w '%{http_code} %{url_effective}\n' -K "$WORK/urls" >"$WORK/o" ||
		fail "no answer: $(tail -n 1 "$WORK/o")"
	[ "$(wc -l <"$WORK/o")" = $n ] || fail "$(wc -l <"$WORK/o") answers of $n"
	grep '^[05]' "$WORK/o" && fail "an answer failed"
	grep -qa "$position" "$WORK"/walked/* || fail "nothing that was walked shows the record"
	grep -lia "$name at\|\"$name" "$WORK"/walked/* && fail "$1 names him: $(grep -m 1 -ia "$name" "$WORK"/walked/*)"
	return 0
}
# query PARAMS NAME... - in q: those of the names that a path takes, with values that find the record.
query() {
	local all=,$1, n
	shift
	q=
	for n in "$@"; do
		case $all in *,$n,*) q="$q&$n=${value[$n]}" ;; esac
	done
	q=${q#&}
}
nobody() {
	local n
	for n in plant hq; do
		hidden "$n show" cli "$n" alarm show "$position" --json
		hidden "$n list" cli "$n" alarm list --type position --json
		hidden "$n at" eval "cli $n at tank-farm-2 $(at 0) --json | jq '.alarms[].record | select(.recordId == \"$position\")'"
	done
	get plant "$reader" "/v1/alarms/$position"
	hidden "API" cat "$BODY"
}
cli plant alarm show "$free" --json | grep -q "Zhang-San" || fail "it hides what nobody asked for"
nobody
walk plant
node_kill plant
start plant
stored plant || fail "forgotten over a kill"
cli plant hold list | grep -q "$hold.*OPEN" || fail "the hold was forgotten"
nobody
bundle stored
hidden "bundle" unzip -p "$WORK/stored.lfb" "records/$where.json" manifest.json
grep -q "given out to nobody, as entry" "$WORK/stored.said" || fail "$(cat "$WORK/stored.said")"
cli plant audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "show, list, at, API, bundle, HQ: nobody is named, also after a kill; the bundle proves why"

node_stop hq || fail "stop"
node_stop plant || fail "stop"
OFFSET=$((390 * 86400))
turn $OFFSET
start plant
nothing() {
	cli plant status --json | jq -e '.retention.endsNothing == "recorded time went far ahead lately"'
}
wait_for "nothing ends after a jump" nothing
stored plant || fail "erased by a clock that was led ahead"
cli plant retention due | grep -q "alarm@2026.1 *media *0" || fail "a jump made media older: $(cli plant retention due)"
cli plant retention due --days 400 | grep -q "alarm@2026.1 *media *1" || fail "$(cli plant retention due --days 400)"
say "recorded time was led a year ahead: nothing is older for it; a dry run says what would end"

LIVED=$((399 * 86400))
OFFSET=$((OFFSET + LIVED))
turn $OFFSET $LIVED
gone() {
	[ "$(event "$1" "$position" withheld)" = ERASED ] && [ "$(event "$1" "$free" mediaExpired)" = true ]
}
wait_for "the request is carried out" gone plant
start hq
wait_for "HQ carries it out, too" gone hq
[ "$(event plant "$held" mediaExpired)" = null ] || fail "the media of what is held ended"
cli plant alarm show "$free" --json >"$BODY"
want_field '.events[0].expired' alarm@2026.1
grep -q video.example "$BODY" && fail "the claim that it rests there stays"
want_field '.events[0].alarm.evidence[0].digest' AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh
bundle ended
grep -q "media expired lawfully under alarm@2026.1" "$WORK/ended.said" || fail "$(cat "$WORK/ended.said")"
get plant "$token" /metrics
grep -q "^lianfang_retention_waiting 0$" "$BODY" || fail "$(grep retention "$BODY")"
verify stored.lfb o
cli plant hold release "$hold" --reason "settled" --actor lin >/dev/null || fail "release"
for n in plant hq; do
	cli "$n" audit >"$WORK/o" || fail "$n: $(cat "$WORK/o")"
done
say "a year was lived through: erased once by the node itself, media ended and digests kept, the held kept; HQ follows, all verifies"
