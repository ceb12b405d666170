#!/bin/bash
# Goal: one line at each side makes a member out of nothing, and of nobody else.
. "$(dirname "$0")/../support/node.sh"

for n in a b c; do
	node_init "$n" plant --company "$n.example" --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" a b c
# invite NODE NEW [OPTION...] - prints the token; its id is in $WORK/id.
invite() {
	local at=$1 new=$2
	shift 2
	cli "$at" alliance invite --name "$new.test.example" --role plant "$@" 2>"$WORK/said" ||
		fail "no invitation: $(cat "$WORK/said")"
	grep -oE 'iv_[0-9a-f]{12}' "$WORK/said" | head -n 1 >"$WORK/id"
}
# join NEW TOKEN [OPTION...] - as the new node does, in the background.
join() {
	local new=$1 token=$2
	shift 2
	echo "$token" | timeout "$WAIT_S" "$BUILD/lianfang" alliance join --dir "$WORK/$new" \
	    --token - --http 127.0.0.1:0 --federation tcp://127.0.0.1:0 --reduced "$@" >"$WORK/$new.join" 2>&1
}
# refused NEW TOKEN PATTERN - by name and reason, and nothing came of it.
refused() {
	! join "$1" "$2" --wait 1s || fail "it was let in: $(cat "$WORK/$1.join")"
	grep -q "$3" "$WORK/$1.join" || fail "not '$3': $(cat "$WORK/$1.join")"
	[ ! -e "$WORK/$1/alliance.json" ] || fail "$1 has begun all the same"
}
council() {
	cli "$1" alliance status --json | jq -er "$2"
}
# stands NODE NEW - the proposal's id.
stands() {
	council "$1" ".motions[] | select(.about == \"$2.test.example\") | .id"
}
vote() {
	wait_for "$1 sees the proposal for $2" stands "$1" "$2"
	cli "$1" alliance vote "$(stands "$1" "$2")" >"$WORK/o" 2>&1 || fail "vote of $1: $(cat "$WORK/o")"
}
size() {
	council "$1" .size
}

token=$(invite a e)
id=$(cat "$WORK/id")
[ ${#token} -lt 280 ] || fail "a token of ${#token} characters"
cli a alliance invite list | grep -q "$id .*e.test.example" || fail "not listed"
grep -rqF "$token" "$WORK/a" && fail "the token is kept"

# Votes come while the one line waits; interrupted, it goes on where it was.
join e "$token" --wait 1s
[ $? = 1 ] || fail "not waiting: $(cat "$WORK/e.join")"
grep -q 'proposed: 1 of 3 votes; not yet: b.test.example, c.test.example' "$WORK/e.join" ||
	fail "$(cat "$WORK/e.join")"
grep -q "fingerprint $(jq -r '.fingerprint' <(cli a alliance status --json))" "$WORK/e.join" || fail "no fingerprint"
join e "$token" &
joining=$!
vote b e
vote c e
wait $joining || fail "$(cat "$WORK/e.join")"
grep -q 'a member; the epoch in force is 1' "$WORK/e.join" || fail "$(cat "$WORK/e.join")"
node_start e
connected() {
	[ "$(cli e alliance show --json | jq '[.members[] | select(.state == "connected")] | length')" = 3 ]
}
wait_for "it is connected to all, by dialling" connected
[ "$(size e)" = 4 ] && [ "$(council e .id)" = "$(council a .id)" ] || fail "another epoch"
[ "$(jq 'has("endpoint")' <(jq '.card' "$WORK/e/alliance.json"))" = false ] || fail "it names an endpoint on loopback"
say "one line at each side and the members' votes: a member, without an endpoint of its own"

cli a alliance invite list --json | jq -e ".tokens[] | select(.id == \"$id\") | .usedAt" >/dev/null || fail "its use is not listed"
refused thief "$token" 'already, with another card'
join e "$token" || fail "asked again: $(cat "$WORK/e.join")"
grep -q 'a member;' "$WORK/e.join" || fail "$(cat "$WORK/e.join")"
refused f "${token:0:60}x${token:61}" 'no invitation, or not all of it'
late=$(invite a f --valid 1s)
over=$(($(date +%s) + 2))
gone=$(invite a f)
cli a alliance invite revoke "$(cat "$WORK/id")" || fail "not revoked"
refused f "$gone" 'was revoked'
is_over() {
	[ "$(date +%s)" -ge "$over" ]
}
wait_for "its second is over" is_over
refused f "$late" 'has expired'
say "used, mistyped, expired and revoked: refused by name, nothing left behind"

# The epoch moves on between invitation and use, and between use and votes.
token=$(invite b g)
propose() {
	id=$(cli a alliance propose pack "$1" --file "$ROOT/README.md" --json | jq -er .id) || fail "no proposal"
	for n in c e; do
		wait_for "$n sees it" council "$n" ".motions[] | select(.id == \"$id\")"
		cli "$n" alliance vote "${id:0:12}" >"$WORK/o" 2>&1 || fail "vote of $n: $(cat "$WORK/o")"
	done
	wait_for "it passes" passed "$2"
}
arrived() {
	[ "$(council "$1" .epoch)" = "$2" ]
}
passed() {
	arrived b "$1"
}
propose one 2
join g "$token" --wait 1s
grep -q 'proposed: 1 of 3' "$WORK/g.join" || fail "$(cat "$WORK/g.join")"
propose two 3
join g "$token" &
joining=$!
for n in a c; do
	# Until then it may show that of the epoch before, which ends meanwhile.
	wait_for "$n is there too" arrived "$n" 3
	vote "$n" g
done
wait $joining || fail "$(cat "$WORK/g.join")"
node_start g
same() {
	[ "$(council g .id)" = "$(council b .id)" ] && [ "$(size g)" = 5 ]
}
wait_for "it folds the votes since its invitation by itself" same
say "an epoch that moves on is no obstacle"
for n in a b e g; do
	cli "$n" audit >"$WORK/o" || fail "audit of $n: $(cat "$WORK/o")"
done
