#!/bin/bash
# Goal: nobody sees or writes more than the token says; reads leave a trace.
. "$(dirname "$0")/../support/node.sh"

node_init a plant
node_start a
ingest=$(node_token a ingest --area reactor-1)
reader=$(node_token a operator --area reactor-1)
all=$(node_token a operator)
regulator=$(node_token a regulator)

get a "" /v1/alarms
want_status 401
get a lft_wrong /v1/alarms
want_status 401
get a "" /evidence/1/checkpoint
want_status 200
size=$(sed -n 2p "$BODY")
get a "" "/evidence/1/tile/0/000.p/$size"
want_status 200
get a "" "/evidence/1/tile/entries/000.p/$size"
want_status 401
say "checkpoint and hash tiles are open, entries and records are not"

post a "$ingest" /v1/alarms "$(alarm_json s 1 3 1 reactor-1)"
want_status 201
post a "$ingest" /v1/alarms "$(alarm_json s 2 3 1 reactor-2)"
[ "$STATUS" = 403 ] || [ "$STATUS" = 422 ] || fail "another area: $STATUS"
post a "$reader" /v1/tokens '{"role":"admin"}'
want_status 403
get a "$ingest" /v1/permits
want_status 403
say "roles and areas hold for writing"

other=$(node_token a ingest)
post a "$other" /v1/alarms "$(alarm_json t 3 3 1 reactor-2)"
want_status 201
get a "$reader" '/v1/alarms?limit=1000'
want_field '[.items[].area] | unique | join(",")' reactor-1
get a "$all" '/v1/alarms?limit=1000'
want_field '.items | length' 2
get a "$reader" /v1/sources
want_field '[.items[] | .received] | length' 1
get a "$all" '/v1/sources?limit=1'
want_field '.items | length' 1
get a "$all" "/v1/sources?limit=1&cursor=$(field .nextCursor)"
want_field '.items | length' 1
say "an area-bound reader sees its area only, records and sources"

evidence_size() {
	get a "" /evidence/1/checkpoint
	sed -n 2p "$BODY"
}
before=$(evidence_size)
get a "$regulator" '/v1/permits'
want_status 200
get a "$regulator" '/v1/permits'
get a "$regulator" '/v1/permits'
after=$(evidence_size)
[ "$after" -gt "$before" ] || fail "a regulator's read left no entry"
[ $((after - before)) -le 2 ] || fail "three polls made $((after - before)) entries"
cli a access list --json >"$BODY"
want_field '.items[0].events[0].access.query' 'permit.list /v1/permits'
say "a regulator's reading is itself an entry, one per query and minute"

id=$(cli a token list --json | jq -r '.tokens[] | select(.role == "regulator") | .id')
cli a token revoke "$id" || fail "revoke"
get a "$regulator" /v1/permits
want_status 401
short=$(node_token a operator --expires 1s)
gone() {
	get a "$short" /v1/alarms
	[ "$STATUS" = 401 ]
}
wait_for "the token's end" gone
grep -rqa "$all" "$WORK/a" && fail "a token is stored in clear"
say "revoked and expired tokens end at once; only hashes are stored"

bound=$(node_token a admin --area reactor-1)
post a "$bound" /v1/tokens '{"role":"admin"}'
want_status 403
want_field .code area_denied
post a "$bound" /v1/bundles '{"kind":"access","fromAt":"2020-01-01T00:00:00Z","toAt":"2020-01-02T00:00:00Z"}'
[ "$STATUS" = 200 ] || fail "an administrator asks who has read: $STATUS"
post a "$all" /v1/bundles '{"kind":"access","fromAt":"2020-01-01T00:00:00Z","toAt":"2020-01-02T00:00:00Z"}'
want_status 403
say "a bound administrator stays bound; who has read is not for readers"

partner=$(node_token a partner)
post a "$partner" /v1/presentations '{"holder":"chen","holderRef":"x","credentialId":"x"}'
want_status 403
want_field .path '$.holder'
say "a partner cannot say whose a credential is"

short=$(node_token a operator)
id=$(cli a token list --json | jq -r '.tokens[-1].id')
curl -sN -H "Authorization: Bearer $short" "${NODE_URL[a]}/v1/events" >"$WORK/stream" &
stream=$!
opened() {
	grep -q retry "$WORK/stream"
}
wait_for "the stream" opened
cli a token revoke "$id" || fail "revoke"
closed() {
	! kill -0 "$stream" 2>/dev/null
}
wait_for "the stream's end" closed
say "a revoked token ends its streams"

get a "$all" /openapi.json
want_field .openapi 3.1.0
field '.paths | keys[]' | grep -q '/v1/permits' || fail "no permits in OpenAPI"
get a "" /metrics
[ "$STATUS" = 200 ] || get a "$all" /metrics
want_status 200
grep -q '^lianfang_' "$BODY" || fail "no metrics"
get a "$all" /v1/nosuch
want_status 404
get a "$all" /v1/alarms -X PUT
want_status 405
say "OpenAPI, metrics, 404 and 405"
