# chart.awk - rows of run.sh as a picture: alarms a second, logarithmic.
# SPDX-License-Identifier: Apache-2.0
function log10(x) { return log(x) / log(10) }
function wide(v) { return v > lowest ? (log10(v) - log10(lowest)) * scale : 2 }
function text(x, y, class, s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	printf "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, class, s
}
function number(v, s, out) {
	s = sprintf("%d", v + 0.5)
	while (length(s) > 3) {
		out = "," substr(s, length(s) - 2) out
		s = substr(s, 1, length(s) - 3)
	}
	return s out
}
{
	rate[$1, $2] = $3
	if (!seen[$1]++)
		order[++n] = $1
	# Name and version; the rest stands in the JSON.
	split($6, part, ",")
	sub(/ in the client$/, "", part[1])
	note[$1] = $1 == "lianfang" ? "Lianfang" : part[1]
	if ($6 ~ /NOT synced/)
		note[$1] = note[$1] " *"
	star = star || $6 ~ /NOT synced/
}
END {
	lowest = 100
	scale = 115
	left = 230
	split("one many arrays", load, " ")
	title["one"] = "one client, one by one"
	title["many"] = "64 clients, one alarm each"
	title["arrays"] = "4 clients, arrays of 1,000"
	height = 40 + 3 * (34 + n * 22) + 34
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" " \
	    "height=\"%d\" viewBox=\"0 0 760 %d\">\n", height, height
	print "<style>text{font:13px sans-serif;fill:#333}" \
	    ".h{font-weight:bold}.n{text-anchor:end}.s{font-size:11px;fill:#666}" \
	    ".o{fill:#1f6f8b}.p{fill:#b8c4cc}</style>"
	printf "<rect width=\"760\" height=\"%d\" fill=\"#fff\"/>\n", height
	text(12, 24, "h", "Durable alarms a second (600 bytes, logarithmic scale)")
	y = 40
	for (l = 1; l <= 3; l++) {
		text(12, y + 20, "h", title[load[l]])
		y += 30
		for (i = 1; i <= n; i++) {
			v = rate[order[i], load[l]]
			text(left - 8, y + 13, "n", note[order[i]])
			printf "<rect x=\"%d\" y=\"%d\" width=\"%d\" " \
			    "height=\"16\" class=\"%s\"/>\n", left, y, wide(v),
			    order[i] == "lianfang" ? "o" : "p"
			text(left + wide(v) + 6, y + 13, "", number(v))
			y += 22
		}
		y += 4
	}
	text(12, y + 18, "s", star ? "* answers before its data are on the disk." : "")
	print "</svg>"
}
