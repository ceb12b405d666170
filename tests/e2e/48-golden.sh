#!/bin/bash
# Goal: a store of every released format opens as what it was, also when killed meanwhile.
# In memory where there is room: a kill loses nothing that was written, and on
# a disk nine tenths of the time went into its syncs.
[ ! -w /dev/shm ] || [ "$(df -Pm /dev/shm | awk 'END { print $4 }')" -lt 200 ] || TMPDIR=/dev/shm
. "$(dirname "$0")/../support/node.sh"

KILLS=${GOLDEN_KILLS:-4} # of each store; 0: at every storage call of its upgrade (needs E2E_TIMEOUT=900)
SHIM=$BUILD/fault/shim.so
G=$WORK/golden

# listed NODE WHAT [OPTION...] - as it was when the golden store was made?
listed() {
	cli "$1" "$2" list "${@:3}" --json >"$WORK/now" || fail "$2 list at $1"
	# In one order, whatever order the lists of a version have; without the
	# alarm that today's node raises over a store that was off for long.
	jq 'del(.items[]? | select(.source == "lianfang-clock" or .events[0]?.alarm.source == "lianfang-clock")) | .items |= sort_by(.recordId // .source + .site)' "$WORK/now" >"$WORK/now.json"
	jq '.items |= sort_by(.recordId // .source + .site)' "$G/$1.$2.json" >"$WORK/was.json"
	# What depends on the time of reading is left out, and what older versions
	# kept of an erased record; what is new may be there.
	jq -n --slurpfile was "$WORK/was.json" --slurpfile now "$WORK/now.json" '
	    [$was[0] | paths(scalars) as $p | select($p[-1] != "state" and $p[-1] != "reasons")
	     | select(($p | length) > 3 or $now[0].items[$p[1]].events[0].withheld != "ERASED")
	     | select(getpath($p) != ($now[0] | getpath($p)))
	     # On a slow machine the node of today suspends a permit before this asks.
	     | select((($p | length) == 3 and ($p[-1] == "eventSeq" or $p[-1] == "changedAt") and
	         $now[0].items[$p[1]].eventSeq > $was[0].items[$p[1]].eventSeq) | not) | $p]' >"$WORK/differ"
	[ "$(jq length "$WORK/differ")" = 0 ] || fail "$2 at $1: $(cat "$WORK/differ")"
	[ "$(jq '.items | length' "$WORK/now.json")" = "$(jq '.items | length' "$G/$1.$2.json")" ] || fail "$2 at $1: another number"
}

unpack() {
	rm -rf "$G" "$WORK/plant" "$WORK/hq"
	mkdir "$G"
	xz -dc "$1" | tar -C "$G" -xf - || fail "$1"
	sed -i 's/^federation: .*/federation: tcp:\/\/127.0.0.1:0/' "$G"/{plant,hq}/node.yaml
	cp -a "$G/plant" "$G/hq" "$WORK/"
}

# A reader says what to do; it changes nothing.
only_read() {
	local rc
	find "$WORK/plant/own" -type f -exec sha256sum {} + | sort >"$WORK/was"
	cli plant audit >"$WORK/o" 2>&1
	rc=$?
	[ $rc -ne 0 ] || fail "an older store passes for one of today"
	grep -q 'start the node once' "$WORK/o" || fail "no word of what to do: $(cat "$WORK/o")"
	find "$WORK/plant/own" -type f -name 'data.mdb' -exec sha256sum {} + | grep -qxFf "$WORK/was" || fail "reading changed it"
}

as_it_was() {
	local token reader f
	token=$(cat "$G/token") reader=$(cat "$G/reader")
	for n in plant hq; do
		node_start "$n"
		for what in alarm permit cert case; do
			listed "$n" "$what" --limit 1000
		done
		listed "$n" source
	done
	listed plant actor
	for f in "$G"/*.tlog-proof "$G/permits.lfb"; do
		"$BUILD/lianfang" verify "$f" --policy "$G/policy" >"$WORK/o" || fail "$f: $(cat "$WORK/o")"
	done
	# Signed by today's node, and every checkpoint of then is a prefix.
	foreign plant "$reader" evidence -proofs 200 -state "$G/seen" >"$WORK/o" || fail "$(cat "$WORK/o")"
	jq -r '.items[] | "\(.leafIndex) \(.leafHash)"' "$G/receipts.json" >"$WORK/receipts"
	get plant "$reader" '/v1/alarms?limit=1000'
	jq -r '.items[].events[] | "\(.place.index) \(.place.leafHash)"' "$BODY" >"$WORK/places"
	[ "$(grep -cxFf "$WORK/places" "$WORK/receipts")" = 150 ] || fail "a receipt is gone"
	# Sent again it is known, by its first receipt; what is new goes on.
	post plant "$token" /v1/alarms @"$G/one.json"
	want_field .duplicate true
	want_field .leafIndex "$(jq -r .leafIndex "$G/one.receipt.json")"
	post plant "$token" /v1/alarms "$(alarm_json gds-01 900)"
	want_status 201
	cli plant permit apply --level 1 --area tank-farm-3 --worker chen --guardian zhao --location here --content more --unit u --actor li >"$WORK/o" || fail "a key of then signs nothing: $(cat "$WORK/o")"
	for n in plant hq; do
		node_stop "$n" || fail "stop $n"
	done
}

audited() {
	for n in plant hq; do
		cli "$n" audit >"$WORK/o" || fail "$n: $(cat "$WORK/o")"
	done
}

# page CALL - the shim's page: die before this storage call (shim.h).
page() {
	head -c 4096 /dev/zero >"$WORK/page"
	# shellcheck disable=SC2059
	printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8)))" |
		dd of="$WORK/page" bs=1 seek=16 conv=notrunc status=none
}
shimmed() {
	LD_PRELOAD=$SHIM FAULT_DIR=$WORK/plant FAULT_SHARE=$WORK/page cli plant token list >"$WORK/o" 2>&1
}
# Opened by the command line, killed at one call after another: afterwards it
# is either the old store or the new one, and opens.
killed_meanwhile() {
	local all at step old=0 new=0
	page 0
	shimmed || fail "$(cat "$WORK/o")"
	all=$(od -An -tu8 -N 8 "$WORK/page" | tr -d ' ')
	step=$((KILLS == 0 ? 1 : all / KILLS + 1))
	for ((at = 1 + RANDOM % step; at <= all; at += step)); do
		[ $((at % 100)) != 0 ] || echo "schema $schema: call $at of $all"
		rm -rf "$WORK/plant"
		cp -a "$G/plant" "$WORK/"
		page "$at"
		# In a shell of its own, which may say that it was killed.
		(shimmed) 2>/dev/null
		if cli plant audit >"$WORK/o" 2>&1; then
			new=$((new + 1))
		else
			grep -q 'start the node' "$WORK/o" || fail "killed before call $at: $(cat "$WORK/o")"
			old=$((old + 1))
		fi
		cli plant token list >"$WORK/o" 2>&1 || fail "does not open after call $at: $(cat "$WORK/o")"
		cli plant audit >"$WORK/o" || fail "killed before call $at: $(cat "$WORK/o")"
	done
	echo "of $all storage calls: $old left the old store, $new the new one"
}

for file in tests/golden/schema-*.tar.xz; do
	schema=${file##*schema-}
	schema=${schema%.tar.xz}
	unpack "$file"
	only_read
	as_it_was
	audited
	say "schema $schema: lists, receipts, proofs, checkpoints, keys and tables are as they were"
	if [ -z "${SAN:-}" ]; then
		unpack "$file"
		killed_meanwhile
	fi
done
[ -n "$schema" ] || fail "no golden store"
say "an upgrade that is killed leaves the old store or the new one"
