#!/bin/bash
# Goal: what an issuer says of a certificate is known, checked and obeyed where
# the holder works: status list, interlock, bar.
. "$(dirname "$0")/../support/node.sh"

for n in partner plant; do
	node_init "$n" "$n" --company "$n.example" --federation "tcp://127.0.0.1:$(free_port)"
	node_start "$n"
done
ally "" partner plant
for who in li:applicant sun:gas-analyst wang:approver zhao:guardian; do
	cli plant actor add "${who%:*}" --role "${who#*:}" >/dev/null || fail "actor $who"
done
certify plant zhao guardian

# present NAME - a published certificate, shown to the plant: sets CERT and REF.
accept() {
	cli plant cert accept "$WORK/shown.json"
}
present() {
	CERT=$(cli partner cert issue --holder "$1" --holder-number "$2" --class welding --to 365d --review 300d) || fail "no certificate"
	cli partner cert publish "$CERT" >/dev/null || fail "not published"
	cli partner cert present "$CERT" --to plant.test.example -o "$WORK/shown.json" || fail "no presentation"
	wait_for "the credential has arrived" accept
	REF=$(accept)
}

# started REF - a level 2 permit of that worker, in progress: sets PERMIT.
started() {
	PERMIT=$(cli plant permit apply --level 2 --area tank-farm-2 --worker "$1" --guardian zhao --actor li) || fail "apply"
	cli plant permit gas-test "$PERMIT" --gas methane=0.1:5 --actor sun >/dev/null || fail "gas test"
	cli plant permit step approve "$PERMIT" --actor wang >/dev/null || fail "approve"
	cli plant permit step start "$PERMIT" --actor zhao >"$WORK/o" 2>&1 || fail "start: $(cat "$WORK/o")"
}
stands_still() {
	[ "$(cli plant permit show "$PERMIT" --json | jq -r .state)" = SUSPENDED ]
}

present Chen 110101199001011237
get partner "$(node_token partner operator)" /v1/credentials
index=$(field '.items[0].events[0].credential.statusIndex')
vkey=$(cli partner vkey identity) || fail "no identity key"
# status INDEX - the word of the list that is fetched now.
status() {
	cli partner credential status-list -o "$WORK/list.jwt" || fail "no list"
	"$BUILD/lianfang" credential status-list --verify "$WORK/list.jwt" --vkey "$vkey" --index "$1" --json |
		jq -r .status
}
foreign_says() {
	"$ROOT/build/foreign" -url "${NODE_URL[partner]}" -vkey "$vkey" -status "$index"
}
[ "$(status "$index")" = VALID ] || fail "not valid"
[ "$(foreign_says)" = 0 ] || fail "Go reads $(foreign_says)"
get partner "" /statuslists/1 -D "$WORK/headers"
want_status 200
grep -qi '^content-type: application/statuslist+jwt' "$WORK/headers" || fail "$(cat "$WORK/headers")"
grep -qi '^cache-control: public, max-age=60' "$WORK/headers" || fail "$(cat "$WORK/headers")"
get partner "" '/statuslists/1?time=1500000000'
want_status 404
get partner "" '/statuslists/1?time=4000000000'
want_status 404
published=$(date +%s)
grep -qa -e Chen -e 110101199001011237 "$WORK/list.jwt" && fail "a person is in it"
"$BUILD/lianfang" credential status-list --verify "$WORK/list.jwt" --vkey "$vkey" --index 99999999 2>"$WORK/o" && fail "an index beyond the list"
"$BUILD/lianfang" credential status-list --verify "$WORK/list.jwt" --vkey "$(cli plant vkey identity)" 2>"$WORK/o" && fail "another node's key"
"$BUILD/lianfang" credential status-list --verify "$WORK/list.jwt" --vkey "$vkey" --at 20m 2>"$WORK/o" && fail "a list that has expired by then"
say "anybody reads the signed status list, with our program and with Go's own"

code() {
	cli partner cert qr Chen --to plant.test.example "$@"
}
gate() {
	cli plant gate check "$1" --area tank-farm-2 --level 2 >"$WORK/o" 2>&1
}
C=$(code) || fail "no code"
[ ${#C} = 175 ] || fail "${#C} characters"
# The plant hears of the status by itself; a code that was refused is not used up.
allowed() { gate "$C"; }
wait_for "the plant to hear of the status" allowed
grep -q ALLOW "$WORK/o" || fail "$(cat "$WORK/o")"
gate "$C" && fail "a code let in twice"
grep -q CODE_USED "$WORK/o" || fail "$(cat "$WORK/o")"
B=$(code --badge --valid 7d --png "$WORK/chen.png") || fail "no badge"
head -c 4 "$WORK/chen.png" | tail -c 3 | grep -q PNG || fail "no picture"
node_stop partner
gate "$B" || fail "the issuer is away: $(cat "$WORK/o")"
gate "${B%?}0" && gate "${B%?}1" && fail "a changed code"
grep -q -e CODE_INVALID -e malformed "$WORK/o" || fail "$(cat "$WORK/o")"
node_start partner
case $B in *Chen* | *110101*) fail "a person is in it" ;; esac
say "a gate reads a code without its issuer, once, or a badge as long as it lasts"

# A list of then has whatever its whole second brought, and is told once an entry says that it is over.
later() { [ "$(date +%s)" -gt "$published" ]; }
wait_for "the second after the publication" later
started "$REF"
cli partner cert step revoke "$CERT" --code FRAUD >/dev/null || fail "revoke"
wait_for "the issuer's revocation stops the work at the plant" stands_still
gate "$B" && fail "a badge of a revoked certificate"
grep -q CREDENTIAL_REVOKED "$WORK/o" || fail "$(cat "$WORK/o")"
[ "$(status "$index")" = INVALID ] || fail "not invalid"
[ "$(foreign_says)" = 1 ] || fail "Go reads $(foreign_says)"
was() {
	"$ROOT/build/foreign" -url "${NODE_URL[partner]}" -vkey "$vkey" -status "$index" -at "$1"
}
[ "$(was "$published")" = 0 ] || fail "Go reads $(was "$published") of then"
moment=$(date -u -d "@$published" +%FT%TZ)
cli partner credential status-list --at "$moment" -o "$WORK/then.jwt" || fail "no list of then"
judge() {
	"$BUILD/lianfang" credential status-list --verify "$WORK/then.jwt" --vkey "$vkey" --index "$index" "$@" 2>"$WORK/o"
}
judge --at "$moment" | grep -q VALID || fail "$(cat "$WORK/o")"
judge >/dev/null && fail "a list of then passes for one of now"
say "a revocation stops the permit of another company, and is in the list; of any second before, the list is what it was"

cli partner cert issue --holder Chen --holder-number 110101199001011237 --class welding --to 365d 2>"$WORK/o" && fail "issued to a barred holder"
grep -q "CERT_BARRED" "$WORK/o" && grep -q "Order 30 art. 30" "$WORK/o" && grep -q "$(date -u -d '+3 years' +%Y-)" "$WORK/o" || fail "$(cat "$WORK/o")"
cli partner cert issue --holder "Chen X" --holder-number 110101199001011237 --class height --to 365d >"$WORK/o" 2>&1 && fail "under another name"
grep -q "CERT_BARRED" "$WORK/o" || fail "$(cat "$WORK/o")"
say "who got one by fraud gets none for three years, under no spelling of the name"

present Wu 110101199002021232
started "$REF"
t=$(node_token partner ingest)
post partner "$t" /v1/cases/scores '{"holder":"Wu","source":"portrait","sourceSeq":"1","model":{"id":"risk-portrait","score":0.5}}'
want_status 201
want_field .reason SCORE_BELOW
stands_still && fail "a low score stopped the work"
post partner "$t" /v1/cases/scores '{"holder":"Wu","source":"portrait","sourceSeq":"2","model":{"id":"risk-portrait","score":0.93}}'
want_status 201
wait_for "a score at the issuer stops the work at the plant" stands_still
say "a risk score over the limit suspends the certificate, and work everywhere"

cli partner cert issue --holder Li --class welding --to 20d >/dev/null || fail "no certificate"
cli partner cert expiring --within 30d --json >"$BODY" || fail "no list"
want_field '.items[0].term' END
want_field '.items[0].daysLeft' 20
want_field '.items | length' 1
said() {
	cli partner alarm list --json | jq -e '.items[] | select(.events[0].alarm.source == "certificate-terms") | .events[0].alarm.title'
}
node_stop partner
node_start partner
wait_for "a start says what ends soon" said
[ "$(said | wc -l)" = 1 ] || fail "$(said)"
said | grep -q "within 30 d" || fail "$(said)"
# The node before may have said it: the figures are those of a look since the start.
is_counted() {
	get partner "$(node_token partner operator)" /metrics
	grep -q '^lianfang_certificate_ends{days="30"} 1$' "$BODY"
}
wait_for "one end is counted within 30 d" is_counted
say "what ends soon is listed, and said once for each step"

for n in partner plant; do
	grep -qa 110101199001011237 "$WORK/$n"/own/data.mdb "$WORK/$n"/replica/data.mdb && fail "an identity number lies in clear at $n"
	cli "$n" audit >"$WORK/o" || fail "audit of $n: $(cat "$WORK/o")"
done
