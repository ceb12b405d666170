#!/bin/bash
# Goal: a store with damaged pages is made whole again, from itself and from a member.
. "$(dirname "$0")/../support/node.sh"

alarms=150
for n in plant hq; do
	node_init "$n" "$n" --company acme.example --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
	quiet_alarms "$n"
done
ally "" plant hq
t=$(node_token plant ingest)
reader=$(node_token plant operator)
send() { # FROM TO
	{
		echo '['
		for i in $(seq "$1" "$2"); do
			[ "$i" = "$1" ] || echo ,
			alarm_json gds-01 "$i"
		done
		echo ']'
	} >"$WORK/array"
	post plant "$t" /v1/alarms @"$WORK/array"
	want_status 201
}
send 1 $alarms
id=$(field '.items[40].recordId')
post plant "$t" /v1/cases "$(case_json rounds 1)"
want_status 201
gone=$(field .recordId)
cli plant erase "$(field .leafIndex)" --reason test | grep -q "^erased" || fail "erase"
hq_has() {
	[ "$(cli hq source list --json | jq -r '.items[] | select(.site == "plant.test.example" and .source == "gds-01") | .received')" = "$1" ]
}
wait_for "HQ holds the plant's alarms" hq_has $alarms
for i in 3 50 100; do
	get plant "$reader" "/v1/proof/evidence/$i"
	want_status 200
	cp "$BODY" "$WORK/$i.tlog-proof"
done
cli plant policy | sed 's/^quorum .*/quorum none/' >"$WORK/policy"
node_stop plant && node_stop hq || fail "stop"

db=$(node_dir plant)/own/data.mdb
rm -rf "$WORK/whole" && cp -r "$(node_dir plant)/own" "$WORK/whole"

# put_byte FILE OFFSET - flips a bit of it.
put_byte() {
	local old
	old=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	# shellcheck disable=SC2059
	printf "\\$(printf %03o $((old ^ 64)))" |
	    dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# map_pages NODE STORE - "TABLE PAGE" of every leaf, as audit names them when
# each carries another page's number.
map_pages() {
	local dir file i
	dir=$(node_dir "$1")/$2 file=$dir/data.mdb
	cp "$file" "$WORK/kept"
	od -An -v -tu2 -w4096 "$file" | awk '$6 == 2 && NR > 2 { print NR - 1 }' >"$WORK/leaves"
	for _ in 1 2; do
		cp "$WORK/kept" "$file"
		while read -r i; do
			put_byte "$file" $((i * 4096))
		done <"$WORK/leaves"
		cli "$1" audit --logs --all --json 2>/dev/null |
		    jq -r '.fault // empty' |
		    sed -n "s/^\(.*\): page \([0-9]*\): it carries.*/\1 \2/p" >"$WORK/map"
		# Without these lists nothing else is found.
		grep -E '^(free pages|tables) ' "$WORK/map" | awk '{ print $NF }' >"$WORK/lists"
		grep -vxFf "$WORK/lists" "$WORK/leaves" >"$WORK/rest"
		mv "$WORK/rest" "$WORK/leaves"
	done
	cp "$WORK/kept" "$file"
	[ -s "$WORK/map" ] || fail "no page of $1/$2 was named"
}

# spoil FILE TABLE zero|row|number - damages its first leaf.
spoil() {
	local page
	page=$(awk -v t="$2" '$1 == t { print $2; exit }' "$WORK/map")
	[ -n "$page" ] || fail "no page of $2 in: $(sort "$WORK/map" | uniq -c)"
	case $3 in
	zero) dd if=/dev/zero of="$1" bs=4096 seek="$page" count=1 conv=notrunc status=none ;;
	row) put_byte "$1" $((page * 4096 + 4088)) ;;
	number) put_byte "$1" $((page * 4096)) ;;
	esac
}

restore() {
	rm -rf "$(node_dir plant)"/own "$(node_dir plant)"/own.damaged-*
	cp -r "$WORK/whole" "$(node_dir plant)/own"
}

map_pages plant own
turn=zero
for table in log_entry log_node log_body log_key log_note log_state log_span log_origin record bykind open source event; do
	case $table in
	log_entry) hows="row zero number" ;;
	log_node | log_body | log_key) hows="row zero" ;;
	*) hows=$turn && [ $turn = zero ] && turn=row || turn=zero ;;
	esac
	for how in $hows; do
		restore
		spoil "$db" $table $how
		cli plant audit --logs --all >"$WORK/o" 2>&1 && fail "audit finds $table $how whole"
		grep -q "FAIL  $table: \(row\|page\)" "$WORK/o" || fail "$table $how is not named: $(cat "$WORK/o")"
		cli plant repair --yes --wait 0 >"$WORK/o" 2>&1 || fail "$table $how: $(cat "$WORK/o")"
		grep -q "DAMAGED  *own: $table: \(row\|page\)" "$WORK/o" || fail "$table $how: $(cat "$WORK/o")"
		[ -e "$(node_dir plant)/own.damaged-1" ] || fail "the damaged one is not kept"
		cli plant audit >"$WORK/a" 2>&1 && continue
		case $table in log_entry | log_body | log_key) ;; *) fail "$table $how: $(cat "$WORK/o" "$WORK/a")" ;; esac
		grep -q "LOST" "$WORK/o" || fail "$table $how: $(cat "$WORK/o" "$WORK/a")"
		grep -q "log_[a-z]*: row .* was lost" "$WORK/a" || fail "$(cat "$WORK/a")"
		[ $how != number ] || fail "only a page's number was wrong: $(cat "$WORK/o")"
	done
done
say "damage of every kind of page is named and repaired; what is lost is marked"

restore
cli plant repair --yes --wait 0 >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q "WHOLE" "$WORK/o" || fail "$(cat "$WORK/o")"
[ ! -e "$(node_dir plant)/own.damaged-1" ] || fail "a whole store was replaced"
say "a whole store is left alone"

# Killed at any moment: the old store or the new one, then a whole one.
unlocked() {
	flock -n "$(node_dir plant)/lock" true
}
for ms in 5 10 20 40 80 120 160 200 300; do
	restore
	spoil "$db" log_node zero
	spoil "$db" record zero
	(timeout -s KILL "0.$(printf %03d $ms)" "$BUILD/lianfang" --dir "$(node_dir plant)" repair --yes --wait 0; true) >"$WORK/o" 2>&1
	[ -s "$db" ] || fail "no store after a kill at $ms ms"
	wait_for "the killed one is gone" unlocked
	cli plant repair --yes --wait 0 >"$WORK/o" 2>&1 || fail "after a kill at $ms ms: $(cat "$WORK/o")"
	cli plant audit >"$WORK/o" 2>&1 || fail "after a kill at $ms ms: $(cat "$WORK/o")"
	[ ! -e "$(node_dir plant)/own.repair" ] || fail "left over"
done
say "a repair that is killed leaves the old store or the new one"

# Several at once.
restore
spoil "$db" log_entry zero
spoil "$db" log_node zero
cli plant repair --yes --wait 0 >"$WORK/o" 2>&1 && fail "$(cat "$WORK/o")"
grep -q "lost together" "$WORK/o" || fail "$(cat "$WORK/o")"
[ ! -e "$(node_dir plant)/own.damaged-1" ] && [ ! -e "$(node_dir plant)/own.repair" ] || fail "something was changed"
say "when the end of a log cannot be told nothing is made up"
restore
for table in log_entry log_body; do
	spoil "$db" $table zero
done
cli plant repair --yes --wait 0 --json >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
node_start plant
get plant "$reader" /metrics
missing=$(awk '$1 == "lianfang_missing_rows" { print $2 }' "$BODY")
[ "$missing" -gt 10 ] || fail "missing: $missing"
cli plant backup "$WORK/holes" --keys "$WORK/holes.keys" >"$WORK/o" 2>&1 && fail "backed up with entries missing"
grep -q "lianfang repair" "$WORK/o" || fail "not told what to do: $(cat "$WORK/o")"
cli plant repair --status >"$WORK/o" || fail "$(cat "$WORK/o")"
grep -q "plant.test.example/evidence/1 .*entries" "$WORK/o" || fail "$(cat "$WORK/o")"
get plant "$reader" /v1/proof/evidence/3
want_status 500
want_field .code store_damaged
get plant "$reader" "/v1/proof/evidence/$((alarms + 2))"
want_status 200
say "a node with holes starts, says so, and answers the rest"

node_start hq
filled() {
	[ "$(cli plant status --json | jq '.missing // [] | length')" = 0 ]
}
wait_for "HQ gave back what was lost" filled
grep -q "MEND-FILLED.*evidence/1.*by=hq.test.example" "$WORK/plant.log" || fail "no line of what came"
grep -q "MEND-DONE" "$WORK/plant.log" || fail "no line of the end"
node_stop plant || fail "stop"
cli plant audit --all >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
node_start plant
get plant "$reader" "/v1/alarms/$id"
want_status 200
want_field '.events[0].alarm.title' 'LEL high'
get plant "$reader" "/v1/cases/$gone"
want_status 200
[ "$(jq -r '.events[0].caseEvent.description // "none"' "$BODY")" = none ] || fail "what was erased came back"
for i in 3 50 100; do
	get plant "$reader" "/v1/proof/evidence/$i"
	want_status 200
	cmp -s <(head -n 2 "$WORK/$i.tlog-proof") <(head -n 2 "$BODY") || fail "another leaf $i"
	"$BUILD/lianfang" verify "$WORK/$i.tlog-proof" --policy "$WORK/policy" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
done
send $((alarms + 1)) $((alarms + 5))
wait_for "HQ follows" hq_has $((alarms + 5))
cli hq audit --all >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
jq -e '.forks // [] | length == 0' <<<"$(cli hq alliance show --json)" >/dev/null || fail "forked"
say "entries and bodies came back from HQ, nothing of what was erased; the log goes on"

# Under the running node: what it reads from there on is told, not served.
node_stop plant || fail "stop"
map_pages plant own
node_start plant
spoil "$db" log_entry row
told=0
for i in $(seq 0 40); do
	get plant "$reader" "/v1/proof/evidence/$i"
	case $STATUS in
	200) ;;
	500) want_field .code store_damaged && told=1 ;;
	*) want_status 200 ;;
	esac
done
[ $told = 1 ] || fail "a page that turned bad is not told"
said() {
	grep -q "STORE-DAMAGED.*log_entry" "$WORK/plant.log"
}
wait_for "the journal names it" said
node_stop plant || fail "stop"
cli plant repair --yes --wait 0 >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
node_start plant
wait_for "HQ gave it back" filled
node_stop plant || fail "stop"
cli plant audit --all >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
say "a page that turns bad while the node runs is told, then mended"

# Tables and entries at once: the tables must wait, and the node with them.
map_pages plant own
cp -r "$(node_dir plant)/own" "$WORK/later"
for table in log_entry log_key bykind record; do
	spoil "$db" $table zero
done
node_stop hq || fail "stop"
cli plant repair --yes --wait 0 >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q 'LOST.*table record' "$WORK/o" || fail "folded without its entries: $(cat "$WORK/o")"
"$BUILD/lianfangd" --dir "$(node_dir plant)" >"$WORK/log" 2>&1 && fail "starts on tables with holes"
grep -q "lianfang repair" "$WORK/log" || fail "$(cat "$WORK/log")"
node_start hq
cli plant repair --yes --wait 60 >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q "MADE.*table record" "$WORK/o" || fail "tables are not folded: $(cat "$WORK/o")"
cli plant audit --all >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
say "tables that lost rows wait for the entries they are folded from, and so does the node"

# A closed generation, too.
node_start plant
cli plant log roll --log evidence --reason planned --yes >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
send $((alarms + 6)) $((alarms + 9))
node_stop plant || fail "stop"
map_pages plant own
spoil "$db" log_entry zero
cli plant repair --yes --wait 60 >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q "MEND-FILLED origin=plant.test.example/evidence/1" "$WORK/o" || fail "$(cat "$WORK/o")"
cli plant audit --all >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
say "a closed generation is mended like the newest"

# HQ's copy of the plant's log; what it has cosigned stays.
node_stop hq || fail "stop"
map_pages hq replica
hqdb=$(node_dir hq)/replica/data.mdb
cp "$hqdb" "$WORK/hq.whole"
spoil "$hqdb" witness zero
cli hq repair --yes --wait 0 >"$WORK/o" 2>&1 && fail "goes on cosigning from nothing: $(cat "$WORK/o")"
grep -q "witness" "$WORK/o" || fail "$(cat "$WORK/o")"
[ ! -e "$(node_dir hq)/replica.damaged-1" ] || fail "it was replaced"
cp "$WORK/hq.whole" "$hqdb"
for table in log_entry log_body record; do
	spoil "$hqdb" $table zero
done
cli hq repair --yes --wait 0 >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q "CUT.*plant.test.example/evidence/1" "$WORK/o" || fail "$(cat "$WORK/o")"
node_start hq
node_start plant
size_at() {
	cli "$1" status --json | jq -r '.logs[] | select(.origin == "plant.test.example/evidence/1") | .size'
}
same_size() {
	[ "$(size_at hq)" = "$(size_at plant)" ]
}
wait_for "HQ fetched it again" same_size
# Behind the second generation, which it has whole: its tables wait for a start.
node_stop hq || fail "stop"
cli hq audit --all >"$WORK/o" 2>&1 && fail "tables of two generations in the wrong order pass"
grep -q "must be folded anew" "$WORK/o" || fail "$(cat "$WORK/o")"
node_start hq
ready() {
	get hq "" /readyz
	[ "$STATUS" = 200 ]
}
wait_for "HQ folded them" ready
node_stop hq || fail "stop"
cli hq audit --all >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
say "a damaged replica is cut and fetched again"
