#!/bin/bash
# Goal: ext4 that is cut off under a node has all that was acknowledged.
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" = 0 ] || { echo "mounting a loop device needs root"; exit 77; }
[ -z "${SAN:-}" ] || { echo "as without a sanitizer"; exit 77; }
exec "${BUILD:-build}/fault/fault" power-cut -build "${BUILD:-build}" -cuts 3
