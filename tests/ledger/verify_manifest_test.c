/* verify_manifest_test.c - a manifest is believed on proof alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "proto/mem.h"
#include "tests/support/answer.h"
#include "tests/support/kit.h"

static struct answer a;
static struct buf out, lines;
static struct kit kit;

static void
begin(void)
{
	answer_new(&a);
	buf_init(&out, BUNDLE_BYTES_MAX);
	buf_init(&lines, 1 << 20);
}

static void
end(void)
{
	kit_clear(&kit);
	buf_clear(&lines);
	buf_clear(&out);
	answer_end(&a);
}

TestSuite(verify_manifest, .init = begin, .fini = end);

static void
write_out(void)
{
	struct err_why why = {.text = ""};

	buf_reset(&out);
	cr_assert_eq(answer_write(&a, &out, &why), ERR_OK, "%s", why.text);
}

static struct verify_result
judge(void)
{
	buf_reset(&lines);
	return answer_judge(buf_view(&out), buf_view(&a.policy), &lines);
}

static bool
says(const char *text)
{
	return strstr(buf_cstr(&lines), text) != NULL;
}

/* ---- a manifest that is none ---- */

Test(verify_manifest, refuses_one_that_lacks_or_twists_a_member)
{
	static const struct {
		const char *old, *new, *told;
	} all[] = {
	    {"\"formatVersion\": 1,", "", "no formatVersion"},
	    {"\"formatVersion\": 1,", "\"formatVersion\": 2,",
	        "format version 2"},
	    {"\"asker\": \"应急管理局\",", "", "a member is missing"},
	    {"\"kind\": \"PERMIT\"", "\"kind\": \"PERMITS\"", "kind PERMITS"},
	    {"\"firstIndex\": \"3\",", "", "half a window"},
	    {"\"endIndex\": \"11\"", "\"endIndex\": \"3\"", "impossible range"},
	    {"\"endIndex\": \"11\"", "\"endIndex\": \"13\"",
	        "impossible range"},
	    {"\"headsIndex\": \"11\"", "\"headsIndex\": \"12\"",
	        "number out of range"},
	    {"\"formatVersion\": 1,",
	        "\"formatVersion\": 1, \"withheld\": [{\"index\": \"6\"}],",
	        "not complete, or not in order"},
	    {"\"formatVersion\": 1,",
	        "\"formatVersion\": 1, \"withheld\": [{\"index\": \"6\", "
	        "\"reason\": \"ERASED\"}, {\"index\": \"4\", \"reason\": "
	        "\"ERASED\"}],",
	        "not complete, or not in order"},
	    {"\"formatVersion\": 1,",
	        "\"formatVersion\": 1, \"recordIds\": [\"x\"],", "FAIL"},
	};

	write_out();
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct verify_result r;
		struct buf whole;

		buf_init(&whole, BUNDLE_BYTES_MAX);
		buf_bytes(&whole, buf_view(&out));
		kit_open(&kit, buf_view(&whole));
		kit_edit(&kit, "manifest.json", all[i].old, all[i].new);
		kit_pack(&kit, SIZE_MAX, &out);
		r = judge();
		cr_assert_neq(r.worst, VERIFY_PASS, "%s", all[i].new);
		cr_assert_neq(r.complete, VERIFY_COMPLETE);
		cr_assert(
		    says(all[i].told), "%s: %s", all[i].told, buf_cstr(&lines));
		buf_reset(&out);
		buf_bytes(&out, buf_view(&whole));
		buf_clear(&whole);
	}
	cr_assert_eq(judge().worst, VERIFY_PASS);
}

/* ---- what is only stored, and media that ended ---- */

#define AREA_FIELD 5

static uint64_t said_by;

static size_t
hide(void *arg, uint64_t index, const Ledger__Entry *e,
    uint32_t fields[static SLICE_MAX], uint64_t *by)
{
	(void)arg;
	(void)e;
	if (index != ANSWER_A2)
		return 0;
	fields[0] = AREA_FIELD;
	*by = said_by;
	return 1;
}

static bool
ended(void *arg, uint64_t index, uint64_t *by)
{
	(void)arg;
	*by = said_by;
	return index == ANSWER_A2;
}

/* What the RETENTION entry says of entry A2. */
struct word {
	const char *origin;
	uint64_t index;
	Record__Retention__Action action;
	uint32_t hidden;
	bool pass;
};

static void
append_word(const struct word *w)
{
	Record__Retention x = RECORD__RETENTION__INIT;
	char *origin = mem_strdup(w->origin);
	uint64_t index = w->index;
	uint32_t hidden = w->hidden;

	x.origin = origin;
	x.has_action = 1;
	x.action = w->action;
	x.index = &index;
	x.n_index = 1;
	x.hidden = &hidden;
	x.n_hidden = w->hidden != 0;
	said_by = answer_append(&a,
	    &(struct answer_event){
	        .kind = LEDGER__KIND__RETENTION, .body = &x.base});
	free(origin);
}

static void
judge_words(const struct word *all, size_t n, const char *lie)
{
	for (size_t i = 0; i < n; i++) {
		struct verify_result r;
		bool hides = a.hidden != NULL;

		if (i > 0) {
			end();
			begin();
			a.hidden = hides ? hide : NULL;
			a.media = hides ? NULL : ended;
		}
		append_word(&all[i]);
		write_out();
		r = judge();
		cr_assert_eq(r.worst == VERIFY_PASS, all[i].pass, "%zu: %s", i,
		    buf_cstr(&lines));
		cr_assert_eq(
		    says(lie), !all[i].pass, "%zu: %s", i, buf_cstr(&lines));
	}
}

#define DEFER RECORD__RETENTION__ACTION__DEFER
#define MEDIA RECORD__RETENTION__ACTION__MEDIA

Test(verify_manifest, believes_that_a_field_is_only_stored_by_an_entry)
{
	static const struct word all[] = {
	    {BOOK_ORIGIN, ANSWER_A2, DEFER, AREA_FIELD, true},
	    {BOOK_ORIGIN, ANSWER_A2, MEDIA, AREA_FIELD, false},
	    {BOOK_ORIGIN, ANSWER_A1, DEFER, AREA_FIELD, false},
	    {"other.example/evidence/1", ANSWER_A2, DEFER, AREA_FIELD, false},
	    {BOOK_ORIGIN, ANSWER_A2, DEFER, AREA_FIELD + 1, false},
	    {BOOK_ORIGIN, ANSWER_A2, DEFER, 0, false},
	};

	a.hidden = hide;
	judge_words(all, sizeof(all) / sizeof(*all),
	    "does not say that it is only stored");
}

Test(verify_manifest, believes_that_media_ended_by_an_entry)
{
	static const struct word all[] = {
	    {BOOK_ORIGIN, ANSWER_A2, MEDIA, 0, true},
	    {BOOK_ORIGIN, ANSWER_A2, DEFER, 0, false},
	    {BOOK_ORIGIN, ANSWER_A1, MEDIA, 0, false},
	    {"other.example/evidence/1", ANSWER_A2, MEDIA, 0, false},
	};

	a.media = ended;
	judge_words(all, sizeof(all) / sizeof(*all), "does not end its media");
}

/* Neither by an entry that stands before what it speaks of, nor of any other
 * kind, nor by one that is not there. */
Test(verify_manifest, refuses_excuses_that_name_another_entry)
{
	static const char *const excuses[] = {
	    "\"media\": [{\"index\": \"6\", \"retentionIndex\": \"8\"}],",
	    "\"media\": [{\"index\": \"6\", \"retentionIndex\": \"4\"}],",
	    "\"media\": [{\"index\": \"6\"}],",
	    "\"media\": [{\"index\": \"6\", \"retentionIndex\": \"99\"}],",
	    ("\"withheld\": [{\"index\": \"6\", \"reason\": \"STORAGE_ONLY\", "
	     "\"erasureIndex\": \"8\"}],"),
	    "\"withheld\": [{\"index\": \"6\", \"reason\": \"STORAGE_ONLY\"}],",
	};
	char *text;

	write_out();
	kit_open(&kit, buf_view(&out));
	text = mem_strdup(buf_cstr(&kit_find(&kit, "manifest.json")->data));
	for (size_t i = 0; i < sizeof(excuses) / sizeof(*excuses); i++) {
		struct buf *m = &kit_find(&kit, "manifest.json")->data;
		size_t gone = strstr(excuses[i], "withheld") != NULL
		    ? kit_position(&kit, "records/6.json")
		    : SIZE_MAX;
		struct verify_result r;

		buf_reset(m);
		buf_printf(m, "{%s%s", excuses[i], text + 1);
		kit_pack(&kit, gone, &out);
		r = judge();
		cr_assert_neq(r.worst, VERIFY_PASS, "%s", excuses[i]);
		cr_assert_neq(r.complete, VERIFY_COMPLETE);
	}
	free(text);
}
