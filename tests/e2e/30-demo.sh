#!/bin/bash
# Goal: the demo that the README promises runs through and cleans up.
. "$(dirname "$0")/../support/node.sh"

port=$(free_port)
day=yes
[ -z "${SAN:-}" ] || day=no # takes minutes under a sanitizer
ONESHOT=1 DEMO_DAY=$day DEMO_DIR=$WORK/demo DEMO_PORT=$((port - port % 100)) \
    bash deploy/demo.sh start >"$WORK/o" 2>&1 || fail "$(tail -n 40 "$WORK/o")"
grep -q COMPLETE "$WORK/o" || fail "no complete window: $(tail -n 40 "$WORK/o")"
[ $day = no ] || grep -q 'as told by hand' "$WORK/o" || fail "no figures of a day: $(tail -n 60 "$WORK/o")"
[ ! -e "$WORK/demo" ] || fail "the demo leaves its directory"
say "the demo runs through"
