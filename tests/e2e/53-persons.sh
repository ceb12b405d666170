#!/bin/bash
# Goal: a holder shows two verifiers what he chooses; neither they nor their node can say that he is one person; a revocation reaches both.
. "$(dirname "$0")/../support/node.sh"

id=110101199001011237
for n in partner plant other; do
	role=plant
	[ "$n" != partner ] || role=partner
	node_init "$n" "$role" --company "$n.example" --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" partner plant other

cert=$(cli partner cert issue --holder chen --holder-number "$id" --number "T$id" --class welding --to 365d --review 300d) || fail "no certificate"
cli partner cert publish "$cert" >"$WORK/o" || fail "$(cat "$WORK/o")"
for v in plant other; do
	cli partner cert present "$cert" --to "$v.test.example" --attributes -o "$WORK/$v.file" || fail "no file for $v"
done

# What he does not choose is not in it; the file itself is refused.
answer() { # verifier, output
	challenge=$(cli "$1" cert challenge) || fail "no challenge"
	"$BUILD/lianfang" holder show "$WORK/$1.file" --challenge "$challenge" --field holder --field class -o "$2" || fail "not shown"
}
answer plant "$WORK/shown"
accepted() { cli plant cert accept "$WORK/shown" >"$WORK/accepted" 2>"$WORK/refused"; }
wait_for "the credential has arrived" accepted
grep -q '"holder": "chen"' "$WORK/accepted" || fail "what he shows is not seen: $(cat "$WORK/accepted")"
base64 -d <(jq -r .attributes "$WORK/shown") >"$WORK/attributes"
grep -q "$id" "$WORK/plant.file" "$WORK/shown" "$WORK/attributes" "$WORK/accepted" && fail "the number was shown"
refused() { # code, node, file
	cli "$2" cert accept "$3" >"$WORK/o" 2>&1 && fail "accepted: $3"
	grep -q "$1" "$WORK/o" || fail "not $1: $(cat "$WORK/o")"
}
refused "answered before" plant "$WORK/shown"
refused "for another verifier" other "$WORK/shown"
refused "own file" plant "$WORK/plant.file"
answer plant "$WORK/shown2"
jq '.issuedAt = "2026-01-01T00:00:00Z"' "$WORK/shown2" >"$WORK/changed"
refused "does not verify" plant "$WORK/changed"
say "a holder shows what he chooses to one verifier, once"

# By camera, at the other one.
challenge=$(cli other cert challenge)
"$BUILD/lianfang" holder show "$WORK/other.file" --challenge "$challenge" --field class --png "$WORK/qr.png" || fail "no picture"
[ -s "$WORK/qr.png" ] || fail "an empty picture"
answer other "$WORK/other.shown"
accepted() { cli other cert accept "$WORK/other.shown" >"$WORK/accepted2" 2>&1; }
wait_for "the credential has arrived at the other" accepted
for f in credentialId holderRef holderKey commitment signature; do
	a=$(jq -r ".$f" "$WORK/shown") b=$(jq -r ".$f" "$WORK/other.shown")
	[ -n "$a" ] && [ "$a" != null ] && [ "$a" != "$b" ] || fail "$f is the same for both: $a"
done
say "two verifiers have neither reference, credential, key nor commitment in common"

ref_plant=$(head -n 1 "$WORK/accepted") ref_other=$(head -n 1 "$WORK/accepted2")
says() { # node, reference, word
	cli "$1" decide --holder "$2" --level 1 --area yard --json >"$WORK/decision" 2>&1
	grep -q "$3" "$WORK/decision"
}
wait_for "the plant allows" says plant "$ref_plant" '"ALLOW"'
wait_for "the other allows" says other "$ref_other" '"ALLOW"'
jq -e .statusSeenAt "$WORK/decision" >"$WORK/o" || fail "it does not say how fresh that is: $(cat "$WORK/decision")"

# One person?  Nobody says so before the members agreed to it.
jq -n --arg a "$ref_plant" --arg b "$ref_other" '{agreement: "cross-check", issuer: "partner.test.example", reason: "two reports of one injury",
	askers: [{verifier: "plant.test.example", holderRef: $a}, {verifier: "other.test.example", holderRef: $b}]}' >"$WORK/question"
for n in plant other partner; do
	cli "$n" cert cross-check "$WORK/question" >"$WORK/o" 2>&1 && fail "$n takes part without an agreement"
	grep -q "no agreement of the members" "$WORK/o" || fail "$n: $(cat "$WORK/o")"
done
echo "two verifiers that have a reason may ask the issuer" >"$WORK/agreement"
motion=$(cli plant alliance propose agreement cross-check --file "$WORK/agreement" --json | jq -er .id) || fail "no proposal"
for n in other partner; do
	voted() { cli "$n" alliance vote "${motion:0:12}" >"$WORK/o" 2>&1; }
	wait_for "$n votes" voted
done
turn() { cli "$1" cert cross-check "$WORK/question" -o "$WORK/answer" >"$WORK/o" 2>&1; }
for n in plant other; do
	wait_for "$n signs" turn "$n"
	mv "$WORK/answer" "$WORK/question"
done
wait_for "the issuer answers" turn partner
[ "$(jq -r .answer "$WORK/answer")" = SAME ] || fail "$(cat "$WORK/answer")"
say "two references are found to be one person under an agreement alone, by both verifiers and the issuer"

cli partner cert step revoke "$cert" --code FRAUD >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
wait_for "the plant refuses" says plant "$ref_plant" CREDENTIAL_REVOKED
wait_for "the other refuses" says other "$ref_other" CREDENTIAL_REVOKED
say "a revocation reaches each of them by its own credential"
for n in partner plant other; do
	cli "$n" audit >"$WORK/o" 2>&1 || fail "$(cat "$WORK/o")"
done
