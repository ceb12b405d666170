#!/bin/sh
# build.sh - build the driver from Debian's own sources, offline.
# SPDX-License-Identifier: Apache-2.0
#
# Leaves $BUILD/fault/fault; the shim beside it is made by make.
set -eu
cd "$(dirname "$0")/../.."
out=${BUILD:-build}/fault/fault
mkdir -p "$(dirname "$out")"
if [ -x "$out" ] && [ -z "$(find tests/fault -name '*.go' -newer "$out")" ]; then
	exit 0
fi
command -v go >/dev/null ||
	{ echo "fault: go is missing: sh deploy/setup.sh test" >&2; exit 1; }
export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' \
    GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0
GOCACHE=$(pwd)/build/gocache
export GOCACHE
echo "  GO  $out"
go vet ./tests/fault
go build -o "$out" ./tests/fault
