#!/bin/sh
# build.sh - build the Go verifier from Debian's own sources, offline.
# SPDX-License-Identifier: Apache-2.0
#
# Leaves build/foreign.  golang-golang-x-mod-dev puts the library's sources
# under /usr/share/gocode; nothing is fetched.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
if [ -x build/foreign ] &&
    [ -z "$(find tests/foreign -name '*.go' -newer build/foreign)" ]; then
	exit 0
fi
command -v go >/dev/null ||
	{ echo "foreign: go is missing: sh deploy/setup.sh test" >&2; exit 1; }
export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' \
    GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0
GOCACHE=$(pwd)/build/gocache
export GOCACHE
echo "  GO  build/foreign"
go vet ./tests/foreign
go build -o build/foreign ./tests/foreign
