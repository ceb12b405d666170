/* scrub_test.c - what says who or where is found, in every spelling. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/scrub.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/mem.h"
#include "record.pb-c.h"

static char form_a[] = "@-###", form_b[] = "@@-###", form_c[] = "DH########";
static char *forms[] = {form_a, form_b, form_c};
static char allowed_a[] = "R-###";
static char *allowed[] = {allowed_a};

static bool
is_person(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "欧阳立") == 0 || strcmp(name, "李雷") == 0 ||
	    strcmp(name, "Li Lei") == 0 || strcmp(name, "Cristobal") == 0 ||
	    strcmp(name, "José Peña") == 0 ||
	    strcmp(name, "阿卜杜拉·买买提") == 0;
}

static void
begin(struct scrub_known *k)
{
	*k = (struct scrub_known){.forms = forms,
	    .forms_len = 3,
	    .allowed = allowed,
	    .allowed_len = 1,
	    .person = is_person};
	scrub_node(k, "plant-a.acme.example");
	scrub_word(k, SCRUB_MEMBER, "宁化集团");
	scrub_company(k, "银川石化有限责任公司");
	scrub_company(k, "North Star Chemical Co., Ltd.");
	scrub_word(k, SCRUB_PLACE, "tank-farm-2");
	scrub_word(k, SCRUB_PLACE, "二号罐区");
	scrub_word(k, SCRUB_WORD, "blackbird");
}

struct row {
	const char *text;
	enum scrub_kind kind; /* 0: nothing is found */
	uint32_t position;
};

static void
check(const struct row *rows, size_t n)
{
	struct scrub_known k;

	begin(&k);
	for (size_t i = 0; i < n; i++) {
		struct scrub_list l = {.len = 0};
		bool found = false;

		scrub_text("narrative", rows[i].text, &k, &l);
		if (rows[i].kind == 0)
			cr_expect_eq(l.len, 0, "%s: %s at %u", rows[i].text,
			    scrub_kind_text(l.at[0].kind, false),
			    l.at[0].position);
		for (size_t f = 0; f < l.len; f++)
			found |= l.at[f].kind == rows[i].kind &&
			    l.at[f].position == rows[i].position;
		cr_expect(rows[i].kind == 0 || found, "%s: %s, %zu found",
		    rows[i].text, scrub_kind_text(rows[i].kind, false), l.len);
	}
	scrub_clear(&k);
}

#define CHECK(rows) check(rows, sizeof rows / sizeof rows[0])

Test(scrub, finds_numbers_in_every_spelling)
{
	static const struct row rows[] = {
	    {"ID 11010519491231002X", SCRUB_IDENTITY, 4},
	    {"ID 110105 19491231 002x.", SCRUB_IDENTITY, 4},
	    {"身份证110105-1949-1231-002X", SCRUB_IDENTITY, 4},
	    {"号１１０１０５１９４９１２３１００２Ｘ", SCRUB_IDENTITY, 2},
	    {"一一〇一〇五一九四九一二三一〇〇二X", SCRUB_IDENTITY, 1},
	    {"old 110105491231002", SCRUB_IDENTITY, 5},
	    {"11010519491231002Х", SCRUB_IDENTITY, 1}, /* a Cyrillic letter */
	    {"call 13812345678 now", SCRUB_MOBILE, 6},
	    {"call 138-1234-5678 now", SCRUB_MOBILE, 6},
	    {"call +86 138 1234 5678", SCRUB_MOBILE, 10},
	    {"138.1234.5678", SCRUB_MOBILE, 1},
	    {"1 3 8 1 2 3 4 5 6 7 8", SCRUB_MOBILE, 1},
	    {"电话１３８１２３４５６７８", SCRUB_MOBILE, 3},
	    {"电话幺三八一二三四五六七八", SCRUB_MOBILE, 3},
	    {"壹叁捌壹贰叁肆伍陆柒捌", SCRUB_MOBILE, 1},
	    {"①③⑧①②③④⑤⑥⑦⑧", SCRUB_MOBILE, 1},
	    {"138\xe2\x80\x8b"
	     "12345678",
	        SCRUB_MOBILE, 1},
	    {"138l2345678", SCRUB_MOBILE, 1},
	    {"138O2345678", SCRUB_MOBILE, 1},
	    {"138I2345678", SCRUB_MOBILE, 1},
	    {"138|2345678", SCRUB_MOBILE, 1},
	    {"138、1234、5678", SCRUB_MOBILE, 1},
	    {"0951-2012345", SCRUB_LANDLINE, 1},
	    {"(010) 6234 5678", SCRUB_LANDLINE, 2},
	    {"400-810-8888", SCRUB_LANDLINE, 1},
	    {"91350100M000100Y43", SCRUB_CREDIT_CODE, 1},
	    {"code 9135 0100 M000 100Y 43.", SCRUB_CREDIT_CODE, 6},
	    {"order 123456789012", SCRUB_NUMBER, 7},
	    {"138 - 1234 - 5678", SCRUB_MOBILE, 1},
	    {"138 \r\n1234 \r\n5678", SCRUB_MOBILE, 1},
	    {"幺三八幺两三四五六拐勾", SCRUB_MOBILE, 1},
	    {"㈠㈢㈧㈠㈡㈢㈣㈤㈥㈦㈧", SCRUB_MOBILE, 1},
	    {"㊀㊂㊇㊀㊁㊂㊃㊄㊅㊆㊇", SCRUB_MOBILE, 1},
	    {"⓵⓷⓼⓵⓶⓷⓸⓹⓺⓻⓼", SCRUB_MOBILE, 1},
	    {"1\u20e33\u20e38\u20e31\u20e32\u20e33\u20e34\u20e35\u20e36\u20e37"
	     "\u20e38\u20e3",
	        SCRUB_MOBILE, 1},
	    {"138\u061c1234\u31645678", SCRUB_MOBILE, 1},
	    {"138\U000e00201234\u115f5678", SCRUB_MOBILE, 1},
	};

	CHECK(rows);
}

Test(scrub, finds_what_has_a_shape)
{
	static const struct row rows[] = {
	    {"truck 宁A12345 left", SCRUB_PLATE, 7},
	    {"宁A·D1234学", SCRUB_PLATE, 1},
	    {"宁A1234挂", SCRUB_PLATE, 1},
	    {"宁Ａ１２３４５", SCRUB_PLATE, 1},
	    {"寧A12345", SCRUB_PLATE, 1},
	    {"truck 宁 A·12345 left", SCRUB_PLATE, 7},
	    {"宁A -  12345", SCRUB_PLATE, 1},
	    {"遼B12345", SCRUB_PLATE, 1},
	    {"write to li.lei@acme.test", SCRUB_MAIL, 16},
	    {"li.lei＠acme", SCRUB_MAIL, 7},
	    {"lilei(at)acme", SCRUB_MAIL, 6},
	    {"lilei[at]acme", SCRUB_MAIL, 6},
	    {"see https://x.test/a", SCRUB_LINK, 5},
	    {"see http://x.test/a", SCRUB_LINK, 5},
	    {"see www.x.test", SCRUB_LINK, 5},
	    {"at 38.4872, 106.2309 near", SCRUB_COORDINATES, 4},
	    {"106.2309 38.4872", SCRUB_COORDINATES, 1},
	    {"38°29′ north", SCRUB_COORDINATES, 1},
	    {"东经106.2度", SCRUB_COORDINATES, 3},
	    {"pump P-101A leaked", SCRUB_TAG, 6},
	    {"PV-204 left open", SCRUB_TAG, 1},
	    {"permit dh20261103 ended", SCRUB_TAG, 8},
	};

	CHECK(rows);
}

Test(scrub, finds_names)
{
	static const struct row rows[] = {
	    {"the ACME crew", SCRUB_MEMBER, 5},
	    {"the АСМЕ crew", SCRUB_MEMBER, 5}, /* Cyrillic */
	    {"the acmes of it", SCRUB_MEMBER, 5},
	    {"宁化集团的车间", SCRUB_MEMBER, 1},
	    {"宁 化 集 团", SCRUB_MEMBER, 1},
	    {"at Tank-Farm-2", SCRUB_PLACE, 4},
	    {"at Tank Farm 2", SCRUB_PLACE, 4},
	    {"在二号罐区", SCRUB_PLACE, 2},
	    {"b l a c k b i r d", SCRUB_WORD, 1},
	    {"李雷未接地", SCRUB_PERSON, 1},
	    {"当班欧阳立未接地", SCRUB_PERSON, 3},
	    {"then Li Lei opened", SCRUB_PERSON, 6},
	    {"then Cristóbal opened", SCRUB_PERSON, 6},
	    {"proceeding Mr. Wang to climb", SCRUB_PERSON, 12},
	    {"then Eng. Wang climbed", SCRUB_PERSON, 6},
	    {"周某取样", SCRUB_PERSON, 1},
	    {"王班长到场", SCRUB_PERSON, 1},
	};

	CHECK(rows);
}

Test(scrub, reads_traditional_characters_as_the_simplified)
{
	static const struct row rows[] = {
	    {"當班張某取样", SCRUB_PERSON, 3},
	    {"陳師傅到場", SCRUB_PERSON, 1},
	    {"\uf9e1雷未接地", SCRUB_PERSON, 1},
	    {"寧化集團的車間", SCRUB_MEMBER, 1},
	};

	CHECK(rows);
}

Test(scrub, finds_names_as_they_are_written)
{
	static const struct row rows[] = {
	    {"then José Peña opened", SCRUB_PERSON, 6},
	    {"then LI LEI opened", SCRUB_PERSON, 6},
	    {"then li lei opened", SCRUB_PERSON, 6},
	    {"当班李　雷未接地", SCRUB_PERSON, 3},
	    {"李·雷未接地", SCRUB_PERSON, 1},
	    {"当班阿卜杜拉·买买提到场", SCRUB_PERSON, 3},
	    {"当班阿卜杜拉・买买提到场", SCRUB_PERSON, 3},
	};

	CHECK(rows);
}

Test(scrub, finds_companies_without_their_legal_form)
{
	static const struct row rows[] = {
	    {"如银川石化所报", SCRUB_MEMBER, 2},
	    {"如银川石化公司所报", SCRUB_MEMBER, 2},
	    {"as North Star Chemical said", SCRUB_MEMBER, 4},
	    {"as NORTH-STAR CHEMICAL said", SCRUB_MEMBER, 4},
	    {"石化 of the north, a star of chemicals, co., ltd.", 0, 0},
	};

	CHECK(rows);
}

Test(scrub, leaves_alone_what_says_nobody)
{
	static const struct row rows[] = {
	    {"valve 3 left open at 45 bar, 350 C for 12.5 min", 0, 0},
	    {"2026-11-22 10:45, again 2026-11-23", 0, 0},
	    {"pressure 12.5, 13.75, 14.25 and 15.05 MPa", 0, 0},
	    {"CAS 7782-50-5, UN 1017, GB 30871-2022 5.3.1", 0, 0},
	    {"refrigerant R-134 escaped", 0, 0},
	    {"batch 91350100M000100Y44, 91350100M000100Y43A", 0, 0},
	    {"1.50 m, 0.35 m, 10 x 20 x 400 mm, 1800 rpm", 0, 0},
	    {"第一、第二、第三道阀门，三人一组", 0, 0},
	    {"施工人员未系安全带，车间主任、班长均不在场", 0, 0},
	    {"an angle of 45° and 90 °C", 0, 0},
	    {"acmeist", 0, 0},
	    {"placement and plantation, for example", 0, 0},
	    {"收到李。雷雨停工", 0, 0},
	    {"牌号川ABCDEF", 0, 0},
	    {"a ratio of 1.234, 2.345", 0, 0},
	    {"二〇二六年十一月三十日", 0, 0},
	};

	CHECK(rows);
}

Test(scrub_message, names_field_and_place_in_all_its_messages)
{
	Record__Intel m = RECORD__INTEL__INIT;
	char good[] = "check seals", bad[] = "ask 13812345678";
	char *list[] = {good, bad};
	const char *const skip[] = {"intel_id", NULL};
	struct scrub_list l = {.len = 0};
	struct scrub_known k;

	begin(&k);
	m.intel_id = bad;
	m.recommended = list;
	m.n_recommended = 2;
	scrub_message(&m.base, skip, &k, &l);
	cr_assert_eq(l.len, 1);
	cr_assert_str_eq(l.at[0].field, "recommended[1]");
	cr_assert_eq(l.at[0].position, 5);
	scrub_clear(&k);
}

Test(scrub_text, counts_more_than_it_keeps)
{
	struct scrub_list l = {.len = 0};
	struct scrub_known k;
	char text[64 * 13 + 1];

	begin(&k);
	for (size_t i = 0; i < 64; i++)
		memcpy(text + i * 13, "13812345678; ", 14);
	scrub_text("title", text, &k, &l);
	cr_assert_gt(l.len, SCRUB_FINDS_MAX);
	scrub_clear(&k);
}
