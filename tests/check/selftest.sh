#!/bin/bash
# selftest.sh - the checks find what they are there to find.
# SPDX-License-Identifier: Apache-2.0
#
# Builds a small tree with one sin of each kind and asks for each finding.
set -u
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir"/{proto,ledger,node/domain,tests/proto}
cp -r tests/check "$dir/tests/check"
touch "$dir"/{proto,ledger,node,tests}/README.md
spdx='/* SPDX-License-Identifier: Apache-2.0 */'
cd "$dir" || exit 1
git init -q . 2>/dev/null

printf '%s\n' '/* good.h - a header as it should be. */' "$spdx" \
    '#include "proto/err.h"' 'typedef void (*good_fn)(void *arg);' \
    'int good_sum(int a, int b);' >proto/good.h
{
	printf '%s\n' '/* good.c - strcpy( in a comment is no call. */' "$spdx" \
	    '#include "proto/good.h"' '' 'int' 'good_sum(int a, int b)' '{' \
	    '	const char *s = "gets(\" sprintf(";' '' \
	    '	if (a == b && a >= 0 && s[0] != 61)' '		return 2 * a;' \
	    '	while (a <= b)' '		a++;' '	return a + b;' '}'
} >proto/good.c
{
	printf '%s\n' '/* other.h - wrong name. */' '/* no licence */' \
	    '#include <lmdb.h>' '#include "ledger/deep.h"' \
	    'typedef struct bad bad_t;' '' 'int' \
	    'bad_many(int a, int b, int c, int d, int e, int (*f)(int, int), int g)' \
	    '{' '	char buf[8];' '' '	strcpy(buf, "x");' \
	    '	if ((a = b) != 0)' '		exit(1);' \
	    '	return malloc(3) == NULL; /* TODO */' '}' '' 'int' 'bad_long(void)' '{'
	for _ in $(seq 80); do echo '	bad_step();'; done
	echo '}'
} >proto/bad.c
printf '%s\n' '/* good.c - the same stem again. */' "$spdx" >ledger/good.c
{
	printf '%s\n' '/* deep.h - a header that is too long. */' "$spdx"
	for _ in $(seq 150); do echo; done
} >ledger/deep.h
printf '%s\n' '/* pure.h - includes a store. */' "$spdx" \
    '#include "node/fold.h"' '#include "proto/clock.h"' >node/domain/pure.h
printf '%s\n' '/* open.c - opens bodies. */' "$spdx" \
    'e = log_sealed(book, txn, slot, index, &sealed, why);' >node/open.c
echo 'file ledger/absent.c 700' >>tests/check/limits.txt
printf '%s\n' 'return err_fail(why, e, "%s is new", name);' \
    'return err_wrap(why, e, "$.path");' 'return err_wrap(why, e, what);' \
    'return err_fail(why, e, "%s", "no such thing");' \
    '/* err_fail(why, e, "in a comment"); */' 'x = ZH("a" " phrase");' >node/say.c
printf '%s\n' '#define ZH_TABLE(X) \' '	X("a phrase", "短语") \' \
    '	X("gone " PRIu64, "没了 " PRIu64)' >proto/zh_table.h
tests/check/texts.sh >texts && echo "texts.sh passed a bad tree"
rm proto/zh_table.h node/say.c
touch stray
git add -A
tests/check/limits.sh >found && echo "limits.sh passed a bad tree"
cat texts >>found

bad=0
want() {
	grep -qF -- "$1" found || { echo "selftest: not found: $1"; bad=1; }
}
want 'node/say.c:1: no row in proto/zh_table.h: %s is new'
want 'node/say.c:3: err_wrap() of no literal: what'
want 'node/say.c:4: a phrase as an argument: no such thing'
want 'proto/zh_table.h:3: nothing says this any more: gone {PRIu64}'
want 'proto/bad.c:1: not /* bad.c - what it is. */'
want 'proto/bad.c:2: no SPDX line'
want 'proto/bad.c:3: lmdb.h belongs to ledger/store* only'
want 'proto/bad.c:4: includes ledger/deep.h from a floor above'
want 'node/domain/pure.h:3: the domain does not know node/fold.h'
want 'node/domain/pure.h:4: the domain does not know proto/clock.h'
want 'proto/bad.c:5: typedef of something other than a function'
want 'proto/bad.c: bad_many has 7 parameters, ceiling 6'
want 'proto/bad.c:12: strcpy() is banned'
want 'proto/bad.c:13: assignment and test are two statements'
want 'proto/bad.c:14: a library neither prints nor exits'
want 'proto/bad.c:15: memory comes from mem_alloc'
want '<- unfinished'
want 'proto/bad.c: bad_long has 83 lines, ceiling 80'
want 'ledger/deep.h: 152 lines, ceiling 150'
want 'stem also in'
want 'node/open.c: opens bodies'
want 'limits.txt: file ledger/absent.c 700 is not needed'
want 'stray: not at the top level'
if grep 'proto/good' found | grep -v 'stem also in'; then
	echo "selftest: a clean file was accused"
	bad=1
fi

printf '%s\n' '| file | what |' '|---|---|' '| `good.h` | good |' \
    '| bad.c, gone.c | bad |' '| bad.c | again |' '[no](none.md)' \
    '`suite::held` `suite::hel`' >proto/README.md
mkdir -p tests/proto
echo 'Test(suite, held)' >tests/proto/held_test.c
git add -A
tests/check/docs.sh >found && echo "docs.sh passed a bad tree"
want 'ledger/README.md: does not name deep.h'
want 'proto/README.md: names gone.c, which is not there'
want 'proto/README.md: names bad.c twice'
want 'proto/README.md: link to none.md leads nowhere'
want 'proto/README.md: no test suite::hel'
if grep 'suite::held' found; then
	echo "selftest: docs.sh accused a test that is there"
	bad=1
fi
if grep 'does not name' found | grep 'proto/README'; then
	echo "selftest: docs.sh accused a file that is named"
	bad=1
fi

printf '%s\n' 'int pair_one(void);' 'int pair_one(void) { return 1; }' \
    'int pair_read_two(void);' 'int pair_read_two(void) { return 2; }' \
    >pair_read.c
"${CC:-gcc}" -c pair_read.c -o pair_read.o
tests/check/symbols.sh pair_read.o || { echo "selftest: pair_read"; bad=1; }
mv pair_read.o pear.o
tests/check/symbols.sh pear.o >found && bad=1
want 'pear.o: pair_one does not start with pear_'

printf 'int up(void);\nint low(void);\nint low(void) { return up(); }\n' >low.c
printf 'int up(void);\nint up(void) { return 1; }\n' >up.c
"${CC:-gcc}" -c low.c up.c && ar rcs low.a low.o && ar rcs up.a up.o
tests/check/layers.sh "" low.a up.a >found 2>&1 && bad=1
want 'low.a does not link on its own floor'
[ $bad -eq 0 ] || sed 's/^/  found: /' found
exit $bad
