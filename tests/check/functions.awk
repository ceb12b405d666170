# functions.awk - lengths and parameter counts of C functions in house style.
#
# Relies on the layout clang-format gives: the function's name starts in column
# 1, its body's braces stand alone in column 1.  Prints per function:
#   file name lines parameters
FNR == 1 { name = ""; body = 0 }
!body && /^[A-Za-z_][A-Za-z0-9_]*\(/ && !/;[ \t]*$/ {
	name = $0
	sub(/\(.*/, "", name)
	start = FNR
	head = ""
}
!body && name != "" {
	if (/^\{/) {
		body = 1
	} else {
		head = head " " $0
		if (/;[ \t]*$/)
			name = ""
	}
}
body && /^\}/ {
	args = head
	sub(/^[^(]*\(/, "", args)
	depth = 0
	count = 1
	for (i = 1; i <= length(args); i++) {
		c = substr(args, i, 1)
		if (c == "(" || c == "[") depth++
		if (c == ")" || c == "]") { if (--depth < 0) break }
		if (c == "," && depth == 0) count++
	}
	full = name
	if (name == "Test" || name ~ /^Parameterized/) {
		split(args, part, /[,)]/)
		gsub(/ /, "", part[1]); gsub(/ /, "", part[2])
		full = part[1] "." part[2]
		count = 0
	}
	print FILENAME, full, FNR - start + 1, count
	name = ""
	body = 0
}
