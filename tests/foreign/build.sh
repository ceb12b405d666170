#!/bin/sh
# build.sh - build the Go programs of the tests from Debian's own sources.
# SPDX-License-Identifier: Apache-2.0
#
# Leaves build/foreign, a verifier, build/abuse, hostile clients, and build/hook,
# a receiver of notices.
# golang-golang-x-mod-dev puts the library's sources under /usr/share/gocode;
# nothing is fetched.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' \
    GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0
GOCACHE=$(pwd)/build/gocache
export GOCACHE
for p in foreign abuse hook; do
	if [ -x build/$p ] &&
	    [ -z "$(find tests/$p -name '*.go' -newer build/$p)" ]; then
		continue
	fi
	command -v go >/dev/null ||
		{ echo "$p: go is missing: sh deploy/setup.sh test" >&2; exit 1; }
	echo "  GO  build/$p"
	go vet ./tests/$p
	go build -o build/$p ./tests/$p
done
