#!/bin/bash
# Goal: a day of a plant, 300 permits and 20,000 alarms, and the figures that were told by hand (tests/day/README.md).
. "$(dirname "$0")/../support/node.sh"

[ -z "${SAN:-}" ] || skip "the figures are the same without a sanitizer"

mkdir "$WORK/a"
"$BUILD/day" "$WORK/a" >"$WORK/o" 2>&1 || fail "$(tail -5 "$WORK/o")"
sed -i 's/127.0.0.1:84../127.0.0.1:0/' "$WORK/a/node.yaml"
node_start a
say "a day passes, every permit led through its pack"

bash tests/day/figures.sh "$WORK/a" >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q 'as told by hand' "$WORK/o" || fail "$(cat "$WORK/o")"
say "closure, accuracy, response, lead time, training, repeat violations, integrity, alarm figures: as by hand (trap 18)"

sed -n 's#46/50 = 92.0 %#45/50 = 90.0 %#; /^| figure |/{N;p}; /hazard-closure/p' tests/day/README.md >"$WORK/README.md"
cp tests/day/figures.sh "$WORK/figures.sh"
bash "$WORK/figures.sh" "$WORK/a" >"$WORK/o" 2>&1 && fail "another value passes"
grep -q '^hidden dangers closed in time .* DIFFERS' "$WORK/o" || fail "$(cat "$WORK/o")"
say "a value that is another is told"

cli a indicator snapshot >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
grep -q "^$(date -d "$(TZ=CST-8 date +%Y-%m-01) -1 day" +%Y-%m) " "$WORK/o" || fail "$(cat "$WORK/o")"
node_stop a || fail "stop"
say "the node goes on from there, and enters the figures of that month"
