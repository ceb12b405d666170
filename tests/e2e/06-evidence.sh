#!/bin/bash
# Goal: a regulator checks a permit and a complete window offline, and nothing false passes.
. "$(dirname "$0")/../support/node.sh"

for n in plant witness1 witness2; do
	role=partner
	[ "$n" != plant ] || role=plant
	node_init "$n" $role --company "$n.example" --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" plant witness1 witness2
for who in li:applicant sun:gas-analyst; do
	cli plant actor add "${who%%:*}" --role "${who##*:}" >/dev/null || fail "actor"
done
cli plant cert issue --holder chen --class welding --to 365d --review 300d >/dev/null || fail "certificate"
for i in 1 2 3; do
	id[i]=$(cli plant permit apply --level 1 --area "area-$i" --worker chen --guardian zhao --location here --content welding --unit u --actor li) || fail "permit: ${id[i]}"
	cli plant permit gas-test "${id[i]}" --gas methane=0.1:5 --actor sun >/dev/null || fail "gas test"
done
cli plant policy >"$WORK/policy"
grep -q '^quorum' "$WORK/policy" || fail "$(cat "$WORK/policy")"
verify() {
	"$BUILD/lianfang" verify "$@" >"$WORK/o" 2>&1
}
from=$(date -u -d '-10 minutes' +%Y-%m-%dT%H:%M:%SZ)

cli plant bundle --kind permit --id "${id[1]}" --show action --show level --show gas -o "$WORK/one.lfb" >/dev/null || fail "no bundle"
verify "$WORK/one.lfb" --policy "$WORK/policy" || fail "$(cat "$WORK/o")"
unzip -p "$WORK/one.lfb" 'records/*' 2>/dev/null | grep -q zhao && fail "the guardian's name came along"
say "one permit, three fields shown, verifies under the reader's policy"

cli plant bundle --kind permit --from "$from" --to 1m --purpose test -o "$WORK/all.lfb" >/dev/null || fail "no window"
verify "$WORK/all.lfb" --policy "$WORK/policy" || fail "$(cat "$WORK/o")"
grep -q COMPLETE "$WORK/o" || fail "$(tail -n 2 "$WORK/o")"
say "a window of permits is COMPLETE"

LC_ALL=zh_CN.UTF-8 verify "$WORK/all.lfb" --policy "$WORK/policy" || fail "$(cat "$WORK/o")"
grep -q '完整性.*无一缺失' "$WORK/o" || fail "not Chinese: $(cat "$WORK/o")"
# Every sentence has its Chinese; names of files and logs are the same in both.
verify "$WORK/all.lfb" --policy "$WORK/policy" --json || fail "$(cat "$WORK/o")"
jq -e 'select(.text != null and .text == .textZh)' <"$WORK/o" >"$WORK/same" && fail "$(cat "$WORK/same")"
say "the verifier says everything in Chinese and English"

verify "$WORK/all.lfb" && fail "passes without a policy"
grep -q UNTRUSTED "$WORK/o" || fail "$(cat "$WORK/o")"
cli witness1 policy >"$WORK/other"
verify "$WORK/all.lfb" --policy "$WORK/other" && fail "passes under another's policy"
say "nothing passes without, or under another, policy"

for member in $(zip -sf "$WORK/all.lfb" | sed -n 's/^  *//p' | grep -v '^README'); do
	[ "${member%/}" = "$member" ] || continue
	cp "$WORK/all.lfb" "$WORK/less.lfb"
	zip -q -d "$WORK/less.lfb" "$member" >/dev/null 2>&1 || continue
	verify "$WORK/less.lfb" --policy "$WORK/policy" && fail "passes without $member"
done
say "a window with any part taken out is refused"

size=$(stat -c %s "$WORK/all.lfb")
for i in $(seq 1 40); do
	cp "$WORK/all.lfb" "$WORK/bad.lfb"
	at=$((size * i / 41))
	old=$(od -An -tu1 -j $at -N 1 "$WORK/bad.lfb" | tr -d ' ')
	# shellcheck disable=SC2059
	printf "\\$(printf %03o $((old ^ 1)))" | dd of="$WORK/bad.lfb" bs=1 seek=$at conv=notrunc status=none
	# A bit of the container that no member feels (file attributes, say) may
	# pass: what is claimed is then the same to the byte.
	verify "$WORK/bad.lfb" --policy "$WORK/policy" || continue
	unzip -p "$WORK/all.lfb" >"$WORK/was" && unzip -p "$WORK/bad.lfb" >"$WORK/is"
	cmp -s "$WORK/was" "$WORK/is" || fail "passes with byte $at flipped"
done
say "40 single flipped bits, none changes what passes"

node_stop witness1 || fail "stop"
node_stop witness2 || fail "stop"
cli plant permit apply --level 1 --area late --worker chen --guardian zhao --location x --content y --unit u --actor li >/dev/null || fail "permit without peers"
cli plant bundle --kind permit --from "$from" --to 1m -o "$WORK/alone.lfb" >/dev/null 2>&1 &&
	verify "$WORK/alone.lfb" --policy "$WORK/policy" && fail "passes without witnesses"
sed 's/^quorum .*/quorum none/' "$WORK/policy" >"$WORK/none"
[ ! -e "$WORK/alone.lfb" ] || verify "$WORK/alone.lfb" --policy "$WORK/none" || fail "$(cat "$WORK/o")"
say "without witnesses it fails, unless the reader's policy asks for none"

index=$(cli plant permit show "${id[2]}" --json | jq -r '.events[0].place.index')
cli plant erase "$index" --reason "PIPL 47" >/dev/null 2>&1 && fail "an open permit lost what it decides by"
cli plant permit step cancel "${id[2]}" --actor li >"$WORK/o" 2>&1 || fail "cancel: $(cat "$WORK/o")"
cli plant erase "$index" --field 6 --wrong --reason "another place was meant" >/dev/null || fail "erase"
cli plant erase "$index" --reason "PIPL 47" >"$WORK/o" || fail "erase"
grep -q "stored and given out to nobody" "$WORK/o" || fail "a permit's year is not over: $(cat "$WORK/o")"
cli plant bundle --kind permit --from "$from" --to 1m -o "$WORK/erased.lfb" >"$WORK/o" 2>&1 || fail "bundle after erasure: $(cat "$WORK/o")"
verify "$WORK/erased.lfb" --policy "$WORK/none" || fail "$(cat "$WORK/o")"
grep -q "fields erased, as entry" "$WORK/o" || fail "$(cat "$WORK/o")"
grep -q "given out to nobody, as entry" "$WORK/o" || fail "$(cat "$WORK/o")"
unzip -p "$WORK/erased.lfb" "records/$index.json" | grep -q zhao && fail "it names the guardian"
verify "$WORK/all.lfb" --policy "$WORK/policy" || fail "an old bundle no longer verifies"
cli plant audit >"$WORK/o" || fail "$(cat "$WORK/o")"
say "after an erasure old bundles verify, new ones say ERASED, or STORAGE_ONLY while a law keeps the rest"
