# texts.awk - the messages in C sources, one a line, as the source spells them.
# SPDX-License-Identifier: Apache-2.0
#
# Prints "key<TAB>FILE:LINE<TAB>MESSAGE" for each argument that is a message,
# "row<TAB>FILE:LINE<TAB>MESSAGE<TAB>CHINESE" for each row of zh_table.h, and
# "bad<TAB>FILE:LINE<TAB>WHAT" for a message that is not written out.  Adjacent
# literals are joined; a PRIu64 stays a word in braces.
BEGIN {
	# Which argument of what is a message.
	place["err_fail"] = 3; place["err_wrap"] = 3; place["err_errno"] = 4
	place["json_value_fail"] = 3; place["store_walk_fault"] = 3
	place["verify_say"] = 5; place["verify_name"] = 2
	place["ZH"] = 1
	place["X"] = 1 # the table
}

FNR == 1 { comment = 0; depth = 0; top = 0; last = "" }

function open_call() {
	top++
	name[top] = last; base[top] = depth; arg[top] = 1
	key[top] = ""; zh[top] = ""; literal[top] = 0; other[top] = ""
	line[top] = FILENAME ":" FNR
}

function add_literal(s) {
	for (i = top; i > 0; i--) {
		if (arg[i] == place[name[i]]) { key[i] = key[i] s; literal[i] = 1 }
		else if (arg[i] > place[name[i]] && name[i] == "X") zh[i] = zh[i] s
		else if (arg[i] > place[name[i]] && i == top &&
		    s ~ /[A-Za-z] [A-Za-z]/ && other[i] !~ /^ CLI_ARGS_SAY/)
			print "bad\t" line[i] "\ta phrase as an argument: " s
	}
}

function add_other(t) {
	for (i = top; i > 0; i--) {
		if (t ~ /^PRI/ && arg[i] == place[name[i]]) key[i] = key[i] "{" t "}"
		else if (t ~ /^PRI/ && name[i] == "X") zh[i] = zh[i] "{" t "}"
		else if (arg[i] == place[name[i]]) other[i] = other[i] " " t
	}
}

function close_call() {
	if (name[top] == "X") {
		if (literal[top])
			print "row\t" line[top] "\t" key[top] "\t" zh[top]
	} else if (other[top] == "" && literal[top])
		print "key\t" line[top] "\t" key[top]
	else if (arg[top] >= place[name[top]] && other[top] !~ /^ (const|CLI_ARGS_SAY|text$)/)
		print "bad\t" line[top] "\t" name[top] "() of no literal:" other[top]
	top--
}

/^#(include|define (ZH|VERIFY_NAME)\()/ { next }
{
	s = $0
	while (s != "") {
		if (comment) {
			at = index(s, "*/")
			if (!at) break
			s = substr(s, at + 2); comment = 0; continue
		}
		if (match(s, /^[ \t\\]+/)) { s = substr(s, RLENGTH + 1); continue }
		if (substr(s, 1, 2) == "/*") { comment = 1; s = substr(s, 3); continue }
		if (match(s, /^"([^"\\]|\\.)*"/)) {
			add_literal(substr(s, 2, RLENGTH - 2)); last = ""
		} else if (match(s, /^'([^'\\]|\\.)*'/) || match(s, /^[0-9][A-Za-z0-9_.]*/)) {
			add_other(substr(s, 1, RLENGTH)); last = ""
		} else if (match(s, /^[A-Za-z_][A-Za-z0-9_]*/)) {
			last = substr(s, 1, RLENGTH)
			if (!(last in place)) add_other(last)
		} else {
			RLENGTH = 1
			c = substr(s, 1, 1)
			if (c == "(" && (last in place)) {
				depth++; open_call()
			} else if (c ~ /[(\[{]/) {
				depth++; add_other(c)
			} else if (c ~ /[)\]}]/) {
				if (top > 0 && depth == base[top]) close_call()
				else add_other(c)
				depth--
			} else if (c == "," && top > 0 && depth == base[top]) {
				arg[top]++
			} else {
				add_other(c)
			}
			last = ""
		}
		s = substr(s, RLENGTH + 1)
	}
}
