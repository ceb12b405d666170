# ratio.awk - how many times faster than each of the others.
# SPDX-License-Identifier: Apache-2.0
{
	rate[$1, $2] = $3
	if (!seen[$1]++)
		order[++n] = $1
	note[$1] = $6
}
END {
	printf "%-10s %18s %18s %18s\n", "Lianfang :", "one by one",
	    "64 clients", "arrays of 1,000"
	for (i = 1; i <= n; i++) {
		p = order[i]
		if (p == "lianfang" || !(("lianfang", "one") in rate))
			continue
		printf "%-10s %16.1f x %16.1f x %16.1f x   %s\n", p,
		    rate["lianfang", "one"] / rate[p, "one"],
		    rate["lianfang", "many"] / rate[p, "many"],
		    rate["lianfang", "arrays"] / rate[p, "arrays"], note[p]
	}
}
