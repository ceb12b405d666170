#!/bin/bash
# Goal: a stopped node gives free pages back; killed meanwhile it is as before, or done.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
t=$(node_token a ingest)
o=$(node_token a operator)
dir=$(node_dir a)
seq=0

# alarms N - as many more; $index is the last one's leaf.
alarms() {
	local i
	for ((i = 0; i < $1; i++)); do
		seq=$((seq + 1))
		post a "$t" /v1/alarms "$(alarm_json gds-01 "$seq")"
		want_status 201
	done
	index=$(field .leafIndex) || exit 1
}

# proved - the last alarm, in a node that was started.
proved() {
	get a "$o" "/v1/proof/evidence/$index"
	want_status 200
}

alarms 60
cli a compact >"$WORK/o" 2>&1 && fail "compacts under a running node"
grep -q "in use by process" "$WORK/o" || fail "$(cat "$WORK/o")"
say "a running node is left alone"

# Frames wait in the redo files: they are replayed first.
node_kill a
before=$(stat -c %s "$dir/own/data.mdb")
cli a compact --json >"$WORK/o" || fail "compact: $(cat "$WORK/o")"
after=$(stat -c %s "$dir/own/data.mdb")
[ "$after" -lt "$before" ] || fail "$before bytes are now $after"
[ "$(jq -r 'select(.store == "own").after' "$WORK/o")" = "$after" ] ||
	fail "$(cat "$WORK/o")"
[ ! -e "$dir/own/compact" ] || fail "the copy is still there"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
node_start a
proved
alarms 1
say "after a kill it replays, shrinks, proves what it proved and goes on"

# Later and later, until one run is left alone.
kills=0 done=0
for ((ms = 1; ms < 400; ms += 1 + ms / 3)); do
	node_stop a
	size=$(stat -c %s "$dir/own/data.mdb")
	{
		timeout -s KILL "$(printf 0.%03d $ms)" \
		    "$BUILD/lianfang" --dir "$dir" compact >"$WORK/o" 2>&1
		rc=$?
	} 2>/dev/null # bash says that it was killed
	case $rc in
	0) done=$((done + 1)) ;;
	137) kills=$((kills + 1)) ;;
	*) fail "$(cat "$WORK/o")" ;;
	esac
	node_start a
	[ ! -e "$dir/own/compact" ] || fail "$ms ms: the copy outlives a start"
	proved
	alarms 1
	[ $done -lt 2 ] || break
done
node_stop a
[ $kills -gt 0 ] || fail "no run was killed, of $size bytes"
cli a audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "killed $kills times, at later and later instants: as before, or done"

# What is damaged stays where it is, to be looked at.
cp "$dir/own/data.mdb" "$WORK/whole"
at=$((4096 * 5 + 8))
printf '\377\377' | dd of="$dir/own/data.mdb" bs=1 seek=$at conv=notrunc status=none
cp "$dir/own/data.mdb" "$WORK/damaged"
if cli a compact >"$WORK/o" 2>&1; then
	cli a audit >"$WORK/o" || fail "damage was copied"
else
	grep -q "page 5" "$WORK/o" || fail "$(cat "$WORK/o")"
	cmp "$dir/own/data.mdb" "$WORK/damaged" || fail "it was changed"
	cp "$WORK/whole" "$dir/own/data.mdb"
	cli a compact >"$WORK/o" || fail "$(cat "$WORK/o")"
fi
node_start a
proved
say "a damaged store is named and not touched"
