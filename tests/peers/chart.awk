# chart.awk - rows of run.sh as a picture: alarms a second, logarithmic.
# SPDX-License-Identifier: Apache-2.0
#
# -v where="2 cores ...": what the footer says of the machine.
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
function grid(from, to, v) {
	for (v = lowest; v <= highest; v *= 10)
		printf "<path d=\"M%d %dV%d\" class=\"g\"/>\n",
		    left + wide(v), from, to
}
function bar(p, v, y, class) {
	class = p == "lianfang" ? "o" : late[p] ? "l" : "p"
	printf "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"16\" rx=\"2\" " \
	    "class=\"%s\"/>\n", left, y, wide(v), class
	text(left - 10, y + 13, p == "lianfang" ? "n b" : "n", note[p])
	text(left + wide(v) + 7, y + 13, p == "lianfang" ? "b" : "", number(v))
}
{
	rate[$1, $2] = $3
	if (!seen[$1]++)
		order[++n] = $1
	# Name and version; the rest stands in the JSON.
	split($6, part, ",")
	sub(/ in the client$/, "", part[1])
	sub(/NATS JetStream/, "JetStream", part[1])
	note[$1] = $1 == "lianfang" ? "Lianfang 联防" : part[1]
	if ($6 ~ /NOT synced/) {
		late[$1] = star = 1
		note[$1] = note[$1] " *"
	}
}
END {
	lowest = 10
	highest = 1000000
	scale = 108
	left = 150
	split("one many arrays", load, " ")
	title["one"] = "1 client, one alarm each · 单客户端，逐条"
	title["many"] = "64 clients, one alarm each · 64 客户端，逐条"
	title["arrays"] = "4 clients, 1,000 at a time · 4 客户端，每次 1000 条"
	height = 66 + 3 * (36 + n * 22) + (star ? 88 : 70)
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"780\" " \
	    "height=\"%d\" viewBox=\"0 0 780 %d\" role=\"img\">\n", height, height
	print "<title>Durable alarms a second · 每秒落盘报警数</title>"
	print "<style>text{font:13px system-ui,\"Noto Sans CJK SC\"," \
	    "\"PingFang SC\",\"Microsoft YaHei\",sans-serif;fill:#24292f}" \
	    ".h{font-size:16px;font-weight:600}.t{font-weight:600}" \
	    ".b{font-weight:600}.n{text-anchor:end}.s{font-size:11px;" \
	    "fill:#57606a}.c{font-size:11px;fill:#57606a;text-anchor:middle}" \
	    ".k{fill:#fff}.o{fill:#0a7ea4}.p{fill:#a9b4be}.l{fill:none;" \
	    "stroke:#a9b4be;stroke-width:1.5;stroke-dasharray:4 3}" \
	    ".g{stroke:#d0d7de;stroke-width:1}" \
	    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}" \
	    ".s,.c{fill:#9198a1}.k{fill:#0d1117}.o{fill:#39b6dd}" \
	    ".p{fill:#57626d}.l{stroke:#768390}.g{stroke:#2b3138}}</style>"
	printf "<rect width=\"780\" height=\"%d\" rx=\"6\" class=\"k\"/>\n", height
	text(16, 28, "h", "Durable alarms a second · 每秒落盘报警数")
	for (v = lowest; v <= highest; v *= 10)
		text(left + wide(v), 52, "c", number(v))
	y = 60
	for (l = 1; l <= 3; l++) {
		text(16, y + 20, "t", title[load[l]])
		y += 30
		grid(y - 2, y + n * 22)
		for (i = 1; i <= n; i++) {
			bar(order[i], rate[order[i], load[l]], y)
			y += 22
		}
		y += 6
	}
	text(16, y + 20, "s", "600 bytes each, synced before the answer; " \
	    "logarithmic. " where ".")
	text(16, y + 36, "s", "Lianfang: sealed, Merkle tree, signed " \
	    "checkpoint, indexed. PostgreSQL, SQLite: rows in a hash chain. " \
	    "etcd, JetStream: no hashes.")
	text(16, y + 52, "s", "联防：密封、默克尔树、签名检查点、已建索引。" \
	    "PostgreSQL、SQLite：哈希链。etcd、JetStream：无哈希。每条 600 字节，对数刻度。")
	if (star)
		text(16, y + 70, "s", "* answers before its data are on the " \
		    "disk: this version cannot wait · 该版本先应答、后落盘")
	print "</svg>"
}
