#!/bin/bash
# Goal: the daemon behaves: starts, says where, ends cleanly, refuses clearly.
. "$(dirname "$0")/../support/node.sh"

"$BUILD/lianfangd" --dir "$WORK/none" >"$WORK/o" 2>&1 && fail "started on nothing"
grep -q 'lianfang init' "$WORK/o" || fail "no fix in: $(cat "$WORK/o")"
say "a directory that is no node is refused, with the command that makes one"

node_init a plant
cli a status >"$WORK/o" || fail "status of a stopped node"
node_start a
[ "$(wc -l <"$WORK/a.out")" -eq 1 ] || fail "more than one line: $(cat "$WORK/a.out")"
cli a status >"$WORK/o" || fail "status of a running node"
grep -q a.test.example "$WORK/o" || fail "$(cat "$WORK/o")"
get a "" /healthz
want_status 200
get a "" /readyz
want_status 200
say "one line when ready, status before and while it runs, health and readiness"

"$BUILD/lianfangd" --dir "$WORK/a" >"$WORK/o" 2>&1 && fail "a second instance started"
grep -q "${NODE_PID[a]}" "$WORK/o" || fail "the owner is not named: $(cat "$WORK/o")"
say "one instance per directory; the second names the first"

node_init b plant --http "${NODE_URL[a]#http://}"
"$BUILD/lianfangd" --dir "$WORK/b" >"$WORK/o" 2>&1 && fail "started on a taken port"
grep -q -i 'in use' "$WORK/o" || fail "no reason: $(cat "$WORK/o")"
say "a taken port is named"

"$BUILD/lianfang" init --dir "$WORK/c" --name c.test.example --role plant \
    --http 0.0.0.0:0 >"$WORK/o" 2>&1 && fail "plain HTTP beyond loopback"
grep -q -i -e tls -e insecure "$WORK/o" || fail "no fix: $(cat "$WORK/o")"
[ ! -e "$WORK/c/keys" ] || fail "half a node was made"
say "plain HTTP beyond loopback is refused, and nothing is half made"

"$BUILD/lianfang" init --dir "$WORK/a" --name a.test.example --role plant \
    >"$WORK/o" 2>&1 && fail "a node was overwritten"
say "init never overwrites"

cp "$WORK/a/node.yaml" "$WORK/was.yaml"
get a "" /evidence/1/checkpoint
want_status 200
echo 'public_tiles: false' >>"$WORK/a/node.yaml"
kill -HUP "${NODE_PID[a]}"
closed() {
	get a "" /evidence/1/checkpoint
	[ "$STATUS" = 401 ]
}
wait_for "public_tiles: false" closed
echo 'nosuch: 1' >>"$WORK/a/node.yaml"
kill -HUP "${NODE_PID[a]}"
wait_for "a word about the line" grep -q 'NODE-RELOAD the old configuration stays: .*line .*nosuch' "$WORK/a.log"
closed || fail "a bad configuration was taken"
cp "$WORK/was.yaml" "$WORK/a/node.yaml"
sed -i 's/^http:.*/http: "127.0.0.1:1"/' "$WORK/a/node.yaml"
kill -HUP "${NODE_PID[a]}"
wait_for "what needs a restart" grep -q 'NODE-RELOAD needs a restart: http' "$WORK/a.log"
get a "" /evidence/1/checkpoint
want_status 200
cp "$WORK/was.yaml" "$WORK/a/node.yaml"
say "SIGHUP reads the configuration again, keeps the old one when it is bad, says what needs a restart"

node_stop a || fail "no clean end"
[ ! -e "$WORK/a/run.json" ] || fail "run.json stays behind"
node_start a
node_stop a || fail "no clean end the second time"
say "SIGTERM, and a restart"

for c in "$BUILD/lianfang --help" "$BUILD/lianfang permit apply --help" "$BUILD/lianfangd --help"; do
	$c >"$WORK/o" 2>&1 || fail "$c: $(cat "$WORK/o")"
	[ "$(wc -l <"$WORK/o")" -ge 3 ] || fail "$c says too little"
done
"$BUILD/lianfang" nosuch >"$WORK/o" 2>&1
[ $? -eq 2 ] || fail "exit status of a wrong command"
say "help, and status 2 for a wrong command line"
