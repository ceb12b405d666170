# json.awk - rows of run.sh as the list in build/peers.json.
# SPDX-License-Identifier: Apache-2.0
BEGIN { print "[" }
{
	gsub(/["\\]/, "", $6)
	printf "%s  {\"system\": \"%s\", \"load\": \"%s\", \"rate\": %s, " \
	    "\"p50_ms\": %s, \"p99_ms\": %s, \"conditions\": \"%s\"}",
	    (NR > 1 ? ",\n" : ""), $1, $2, $3, $4, $5, $6
}
END { print "\n]" }
