#!/bin/bash
# Goal: on lines that are slow, lossy, cut and broken all arrives and nothing grows.
cd "$(dirname "$0")/../.." || exit 1
[ -z "${SAN:-}" ] || { echo "as without a sanitizer, whose memory grows"; exit 77; }
exec "${BUILD:-build}/fault/fault" links -build "${BUILD:-build}" -seconds 3
