#!/bin/bash
# Goal: the number of a certificate, which is its holder's identity number, is in no table, log, journal, URL or plain hash.
. "$(dirname "$0")/../support/node.sh"

HUNT=$BUILD/hunt
S=$WORK/secrets
id=110101199001011237
number=T$id
for text in "$id" "$number"; do
	echo "text-$text $(printf %s "$text" | od -An -v -tx1 | tr -d ' \n')"
	for hash in sha1 sha256 sha512 md5; do
		echo "$hash-$text $(printf %s "$text" | "${hash}sum" | cut -d ' ' -f 1)"
	done
done >"$S"
for n in plant partner hq; do
	role=$n company=acme.example
	[ "$n" != partner ] || company=partner.example
	node_init "$n" "$role" --company "$company" --federation "tcp://127.0.0.1:$(free_port)"
	echo 'log_level: DEBUG' >>"$WORK/$n/node.yaml"
	node_start "$n"
done
ally "" plant partner hq
cli plant actor add li --role applicant >"$WORK/o" || fail "$(cat "$WORK/o")"

cert=$(cli partner cert issue --holder chen --holder-number "$id" --number "$number" --class welding --to 365d --review 300d) || fail "no certificate"
cli partner cert publish "$cert" >"$WORK/o" || fail "$(cat "$WORK/o")"
cli partner cert present "$cert" --to plant.test.example -o "$WORK/chen.json" || fail "no presentation"
accepted() { cli plant cert accept "$WORK/chen.json"; }
wait_for "the credential has arrived" accepted
holder=$(cli plant cert accept "$WORK/chen.json")
own=$(cli plant cert issue --holder chen --holder-number "$id" --number "$number" --class height --to 365d --review 300d) || fail "no certificate"
cli plant cert step suspend "$own" --reason asked >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
permit=$(cli plant permit apply --level 1 --area yard --worker "$holder" --guardian zhao --location here --content welding --unit u \
	--form <(printf 'certificates: [%s]\n' "$number") --actor li) || fail "no permit: $permit"
cli plant decide --holder "$holder" --level 1 --area yard --json >"$WORK/decision"
hq_has() { [ "$(cli hq permit list --json | jq '.items | length')" = 1 ]; }
wait_for "HQ holds the permit" hq_has
for n in plant partner hq; do
	get "$n" "$(node_token "$n" operator)" /metrics
	cp "$BODY" "$WORK/$n.metrics"
	cli "$n" access list --json >"$WORK/$n.access"
done
cli plant cert show "$own" --json | grep -q "$number" || fail "whoever may see it does not: the hunt looks for nothing"
"$HUNT" look "$S" "$WORK/chen.json" "$WORK/decision" >"$WORK/o" || fail "$(cat "$WORK/o")"
say "a presentation and a decision do not carry the number"
for n in plant partner hq; do
	"$HUNT" look "$S" "$WORK/$n" "$WORK/$n.log" "$WORK/$n.metrics" "$WORK/$n.access" >"$WORK/o" || fail "$(cat "$WORK/o")"
	node_stop "$n" || fail "$n did not end cleanly"
	"$HUNT" look "$S" "$WORK/$n" "$WORK/$n.log" >"$WORK/o" || fail "$(cat "$WORK/o")"
done
echo "$number" >"$WORK/planted"
"$HUNT" look "$S" "$WORK/planted" >"$WORK/o" && fail "the hunt does not see a planted number"
say "nor does any file of a member: tables, logs, replicas, journal; not as a plain hash either"
