#!/bin/bash
# texts.sh - every message has its Chinese, and no Chinese is left over.
# SPDX-License-Identifier: Apache-2.0
#
# Messages are the format arguments of err_fail and its kin and what ZH() marks
# (texts.awk has the list).  A message needs a row in proto/zh_table.h unless
# it holds no words: conversions only, or a field's path.
set -u
cd "$(dirname "$0")/../.." || exit 1
shopt -s nullglob
awk -f tests/check/texts.awk {proto,ledger,federation,node,node/domain}/*.c proto/zh_table.h |
    awk -F '\t' '
	function wordless(s) {
		gsub(/%[-0-9.*$]*(ll|l|z|h)?([a-zA-Z]|\{PRI[a-zA-Z0-9]*\})/, "", s)
		return s !~ /[A-Za-z]/ || (s !~ / / && s ~ /[$.\/]/)
	}
	$1 == "bad" { print $2 ": " $3; bad = 1 }
	$1 == "key" && !wordless($3) && !($3 in at) { at[$3] = $2 }
	$1 == "key" { said[$3] = 1 }
	$1 == "row" { row[$3] = $2 }
	$1 == "row" && $4 == "" { print $2 ": no Chinese: " $3; bad = 1 }
	END {
		for (m in at)
			if (!(m in row)) {
				print at[m] ": no row in proto/zh_table.h: " m
				bad = 1
			}
		for (m in row)
			if (!(m in said)) {
				print row[m] ": nothing says this any more: " m
				bad = 1
			}
		exit bad
	}'
