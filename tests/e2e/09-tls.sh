#!/bin/bash
# Goal: HTTPS means TLS 1.3 with the configured certificate, and nothing less.
. "$(dirname "$0")/../support/node.sh"

command -v openssl >/dev/null || skip "no openssl program"
node_init a plant
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout "$WORK/a/tls.key" -out "$WORK/a/tls.crt" -days 2 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 >"$WORK/openssl" 2>&1 || fail "$(cat "$WORK/openssl")"
printf 'tls_certificate: tls.crt\ntls_key: tls.key\n' >>"$WORK/a/node.yaml"
node_start a
case ${NODE_URL[a]} in https://*) ;; *) fail "not https: ${NODE_URL[a]}" ;; esac
t=$(node_token a ingest)
post a "$t" /v1/alarms "$(alarm_json s 1)" --cacert "$WORK/a/tls.crt" --tlsv1.3
want_status 201
say "a request over TLS 1.3"
curl -sS --cacert "$WORK/a/tls.crt" --tls-max 1.2 "${NODE_URL[a]}/healthz" >"$WORK/o" 2>&1 && fail "TLS 1.2 was accepted"
curl -sS "http://${NODE_URL[a]#https://}/healthz" >"$WORK/o" 2>&1 && fail "plain HTTP was answered"
say "TLS 1.2 and plain HTTP are refused"
node_stop a || fail "stop"
echo 'no key' >"$WORK/a/tls.key"
"$BUILD/lianfangd" --dir "$WORK/a" >"$WORK/o" 2>&1 && fail "started with a broken key"
grep -q -i -e tls -e certificate -e key "$WORK/o" || fail "no reason: $(cat "$WORK/o")"
say "a broken key is named at the start"
