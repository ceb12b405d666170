#!/bin/bash
# Goal: tables of real events come in whole: counted, provable, never twice.
. "$(dirname "$0")/../support/node.sh"

SHARED=${LIANFANG_SHARED:-$ROOT/../shared}

# derive NORMAL RUN - rows of process-alarms.yaml: a variable leaves mean +- 4
# sigma of the normal run.  NORMAL has a line per variable, RUN a line per
# sample (every 3 minutes).
derive() {
	awk -v k=4 '
	BEGIN { print "seq,time,variable,value,limit" }
	FNR == NR {
		n = NF; s = q = 0
		for (i = 1; i <= n; i++) { s += $i; q += $i * $i }
		v = FNR; m = s / n; d = q / n - m * m
		sd = d > 0 ? sqrt(d) : 0
		lo[v] = m - k * sd; hi[v] = m + k * sd
		next
	}
	{
		for (v = 1; v <= NF; v++) {
			bad = $v < lo[v] || $v > hi[v]
			if (bad && !was[v])
				printf "%d,%s,X%02d,%.6g,%.6g\n", ++seq, \
				    strftime("%Y-%m-%dT%H:%M:%SZ", 1767225600 + FNR * 180, 1), \
				    v, $v, $v < lo[v] ? lo[v] : hi[v]
			was[v] = bad
		}
	}' "$1" "$2"
}

node_init a plant
node_start a
token=$(node_token a operator)

printf 'id,when,what\n1,2026-01-02T03:04:05Z,"two\nlines, and a ""quote"""\n2,not a time,x\n3,2026-01-02T03:04:06+08:00,plain\n' >"$WORK/t.csv"
cat >"$WORK/t.yaml" <<'MAP'
source: table
constants: [{field: type, value: near-miss}, {field: action, value: REPORT}]
columns:
  - {field: sourceSeq, title: id}
  - {field: occurredAt, title: when}
  - {field: description, title: what}
MAP
cli a import cases "$WORK/t.csv" --map "$WORK/t.yaml" --json >"$BODY" && fail "a bad row left no mark"
want_field .added 2
want_field .refused 1
grep -q '^4,".*occurredAt' "$WORK/t.csv.rejects.csv" || fail "line and reason: $(cat "$WORK/t.csv.rejects.csv")"
say "a quoted field over two lines is one field; a bad row is named by its line"

LC_ALL=zh_CN.UTF-8 cli a import cases "$WORK/t.csv" --map "$WORK/t.yaml" \
    --again --rejects "$WORK/zh.csv" >"$WORK/o" 2>&1
grep -q '^4,".*occurredAt：应为时间' "$WORK/zh.csv" || fail "not Chinese: $(cat "$WORK/zh.csv")"
say "why a row was refused is in the reader's language"

cli a import cases "$WORK/t.csv" --map "$WORK/t.yaml" --json >"$BODY"
want_field .added 0
want_field .known 2
say "the same table again adds nothing"

printf 'id,when,what\n7,2026-01-02T03:04:05Z,\xb6\xaf\xbb\xf0\xd7\xf7\xd2\xb5\n' >"$WORK/gb.csv"
cli a import cases "$WORK/gb.csv" --map "$WORK/t.yaml" >/dev/null || fail "GB18030"
get a "$token" '/v1/cases?limit=1'
want_field '.items[0].events[0].caseEvent.description' 动火作业
say "GB18030 text arrives as UTF-8"

printf 'id,when,what\n8,2026-01-02T03:04:05Z,x\n' >"$WORK/m.csv"
sed 's/title: what/title: absent/' "$WORK/t.yaml" >"$WORK/bad.yaml"
cli a import cases "$WORK/m.csv" --map "$WORK/bad.yaml" 2>"$WORK/err" && fail "missing column"
grep -q 'no column "absent"' "$WORK/err" || fail "$(cat "$WORK/err")"
say "a map that names a missing column is refused before the first row"

printf 'id,when,what\n8,2026-01-02T03:04:05Z,one, two\n' >"$WORK/m.csv"
cli a import cases "$WORK/m.csv" --map "$WORK/t.yaml" --rejects "$WORK/none/r.csv" 2>"$WORK/err" &&
	fail "nowhere to say what was refused"
grep -q "cannot write $WORK/none/r.csv" "$WORK/err" || fail "$(cat "$WORK/err")"
cli a import cases "$WORK/m.csv" --map "$WORK/t.yaml" --json >"$BODY" && fail "a comma too many"
want_field .refused 1
say "a row with a comma too many is refused; rejects that cannot be written are an error"

# A table that is cut off in the middle: the node dies, comes back, and the same
# command goes on where it stopped.
{
	echo id,when,what
	for i in $(seq 1 30000); do
		echo "$i,2026-01-02T03:04:05Z,row $i"
	done
} >"$WORK/long.csv"
sed 's/^source: table/source: long/' "$WORK/t.yaml" >"$WORK/long.yaml"
received() {
	cli a source list --json | jq -r '.items[] | select(.source == "long") | .received'
}
some() {
	[ "$(received)" -ge 1000 ]
}
cli a import cases "$WORK/long.csv" --map "$WORK/long.yaml" >"$WORK/o" 2>&1 &
import=$!
wait_for "some rows" some
node_kill a
wait $import && fail "the import did not notice that the node died"
node_start a
had=$(received)
cli a import cases "$WORK/long.csv" --map "$WORK/long.yaml" --json >"$BODY" || fail "$(cat "$BODY")"
[ "$(field .resumedAt)" -gt 0 ] || fail "started from the first row again"
[ "$(received)" = 30000 ] || fail "$(received) of 30000 rows"
[ $(($(field .added) + had)) -eq 30000 ] || fail "$had rows before, $(field .added) added"
[ $(($(field .added) + $(field .known))) -eq $((30000 - $(field .resumedAt))) ] ||
	fail "rows before $(field .resumedAt) were sent again: $(cat "$BODY")"
say "an import that was cut off goes on where it stopped; no row is lost or doubled"

if [ -r "$SHARED/data/incidents/ihm-stefanini.csv" ]; then
	cli a import cases "$SHARED/data/incidents/ihm-stefanini.csv" \
	    --map deploy/maps/incidents.yaml --rejects "$WORK/rejects" --json >"$BODY" || fail "$(cat "$BODY" "$WORK/rejects")"
	want_field .rows 425
	want_field .added 425
	say "all 425 incidents are in the ledger"
	derive "$SHARED/data/process/tep-d00.dat" "$SHARED/data/process/tep-d01_te.dat" >"$WORK/alarms.csv"
	rows=$(($(wc -l <"$WORK/alarms.csv") - 1))
	[ "$rows" -gt 100 ] || fail "only $rows excursions"
	cli a import alarms "$WORK/alarms.csv" --map deploy/maps/process-alarms.yaml --json >"$BODY" || fail "$(cat "$BODY")"
	want_field .added "$rows"
	get a "$token" "/v1/sources"
	want_field ".items[] | select(.source == \"process\") | .received" "$rows"
	say "$rows process alarms (mean +- 4 sigma), none missing"
else
	say "no shared data here: 0 incidents, 0 process alarms"
fi

get a "$token" '/v1/cases?limit=5&proof=1'
want_status 200
foreign a "$token" evidence -proofs 50 >"$WORK/foreign" || fail "$(cat "$WORK/foreign")"
cli a audit >"$WORK/audit" || fail "$(cat "$WORK/audit")"
say "a foreign verifier and the audit agree"
