#!/bin/bash
# Goal: a verifier that shares no code with us believes a running node, follows
# its log over a crash, and is refused what it has no right to.
. "$(dirname "$0")/../support/node.sh"

# batch NODE TOKEN SOURCE FROM COUNT - one array of alarms.
batch() {
	local i
	{
		printf '['
		for ((i = $4; i < $4 + $5; i++)); do
			[ "$i" -eq "$4" ] || printf ','
			alarm_json "$3" "$i"
		done
		printf ']'
	} >"$WORK/batch.json"
	post "$1" "$2" /v1/alarms "@$WORK/batch.json"
	want_status 201
}

node_init a plant
node_start a
ingest=$(node_token a ingest)
reader=$(node_token a operator)
state=$WORK/checkpoint

foreign a "$reader" evidence -state "$state" || fail "the first leaves"
batch a "$ingest" gds-01 1 5
foreign a "$reader" evidence -state "$state" || fail "five alarms"
batch a "$ingest" gds-01 6 700
foreign a "$reader" evidence -state "$state" -proofs 100 || fail "more than two tiles"
foreign a "$reader" alliance || fail "the alliance log"
say "entries, tiles, proofs and growth agree with Go's own ledger library"

node_kill a
node_start a
batch a "$ingest" gds-01 706 3
foreign a "$reader" evidence -state "$state" || fail "after a kill -9"
say "what was signed before a crash is a prefix of what is signed after it"

get a '' /evidence/1/checkpoint
want_status 200
get a '' /evidence/1/tile/0/000
want_status 200
[ "$(stat -c %s "$BODY")" = 8192 ] || fail "a full tile has 8192 bytes"
get a '' /evidence/1/tile/entries/000
want_status 401
get a "$ingest" /evidence/1/tile/entries/000
want_status 403
get a '' /evidence/1/tile/0/003
want_status 404
get a '' /evidence/1/tile/0/000.p/0
[ "$STATUS" != 200 ] || fail "an empty partial tile was served"
(foreign a lft_none evidence) >/dev/null 2>&1 && fail "entries with a token of nobody"
say "hashes are public, entries need a right, what is not there is 404"

(foreign a '' evidence) >/dev/null 2>&1 && fail "entries without a token"
sed '2s/.*/1/' "$state" >"$WORK/forged"
(foreign a "$reader" evidence -state "$WORK/forged") >/dev/null 2>&1 &&
	fail "a forged checkpoint was believed"
say "the verifier refuses a checkpoint whose text was changed"
node_stop a || fail "a did not end cleanly"
