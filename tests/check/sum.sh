#!/bin/sh
# sum.sh - add up the counts that unit, fuzz-replay and e2e left.
# SPDX-License-Identifier: Apache-2.0
#
#   tests/check/sum.sh build/results     prints "N passed, N failed"
set -eu
cat "$1"/*.count | awk '{ p += $1; f += $2 }
    END { printf "%d passed, %d failed\n", p, f; exit f > 0 }'
