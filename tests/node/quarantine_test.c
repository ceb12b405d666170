/* quarantine_test.c - what could not be taken is kept, bounded, decided on. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/quarantine.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/text.h"
#include "tests/support/live.h"

#define BAD "{\"level\":9,\"kind\":\"gas\",\"area\":\"t\",\"title\":\"%s\"}"
#define ODD "{\"no\":\"such\"}"
#define GOOD "{\"level\":2,\"kind\":\"gas\",\"area\":\"t\",\"title\":\"ok\"}"

/* A request; its status, and the text after `key` ("": none) in `out`. */
static unsigned
ask(struct live *l, const char *method, const char *target, const char *body,
    const char *key, char out[static 64])
{
	struct ops_call call;
	unsigned status;
	const char *at;

	live_call(l, LIVE_LOCAL, method, target, body, &call);
	status = call.status;
	buf_u8(&call.out, 0);
	at = strstr((const char *)call.out.ptr, key);
	(void)snprintf(out, 64, "%.*s",
	    at != NULL ? (int)strcspn(at + strlen(key), "\"") : 0,
	    at != NULL ? at + strlen(key) : "");
	ops_call_clear(&call);
	return status;
}

#define ID "\"quarantineId\":\""

static unsigned
post_bad(struct live *l, const char *title, char id[static 64])
{
	char body[256];

	(void)snprintf(body, sizeof body, BAD, title);
	return ask(l, "POST", "/v1/alarms", body, ID, id);
}

static uint64_t
kept(struct live *l)
{
	uint64_t items, bytes;

	quarantine_count(l->service->quarantine, &items, &bytes);
	return items;
}

Test(quarantine, what_is_refused_is_kept_as_it_came_also_after_a_restart)
{
	struct live l;
	char id[64], again[64], path[128], part[64];

	live_open(&l, NULL);
	cr_assert_eq(post_bad(&l, "pump-4711", id), 400u);
	cr_assert_eq(strlen(id), (size_t)TEXT_UUID_CHARS);
	/* The same once more is the same. */
	cr_assert_eq(post_bad(&l, "pump-4711", again), 400u);
	cr_assert_str_eq(again, id);
	cr_assert_eq(kept(&l), 1u);
	live_reopen(&l);
	cr_assert_eq(kept(&l), 1u);
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s", id);
	cr_assert_eq(ask(&l, "GET", path, NULL, "pump-", part), 200u);
	cr_assert_eq(strncmp(part, "4711", 4), 0, "%s", part);
	cr_assert_eq(ask(&l, "GET", path, NULL, "\"code\":\"", part), 200u);
	cr_assert_str_eq(part, "FIELD_RANGE");
	cr_assert_eq(ask(&l, "GET", "/v1/quarantine", NULL, ID, part), 200u);
	cr_assert_str_eq(part, id);
	live_close(&l);
}

Test(quarantine, holds_all_that_was_refused_and_no_more)
{
	struct live l;
	char id[64], path[128], part[64];

	live_open(&l, NULL);
	/* One of them is recorded, the other kept. */
	cr_assert_eq(
	    ask(&l, "POST", "/v1/alarms",
	        "[" GOOD ",{\"level\":2,\"area\":\"mark-1\"}]", ID, id),
	    201u);
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s", id);
	cr_assert_eq(ask(&l, "GET", path, NULL, "\"bodyText\":\"", part), 200u);
	cr_assert_eq(strncmp(part, "{\\", 2), 0, "%s", part);
	/* Unknown field in element 1 of 2: nothing is recorded, all is kept. */
	cr_assert_eq(
	    ask(&l, "POST", "/v1/alarms", "[" GOOD "," ODD "]", ID, id), 400u);
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s", id);
	cr_assert_eq(ask(&l, "GET", path, NULL, "\"bytes\":\"", part), 200u);
	cr_assert_eq(strtoul(part, NULL, 10), sizeof "[" GOOD "," ODD "]" - 1);
	/* One message does not stand for both. */
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s/release", id);
	cr_assert_eq(ask(&l, "POST", path,
	                 "{\"operator\":\"wu\",\"alarm\":" GOOD "}", "", part),
	    422u);
	cr_assert_eq(kept(&l), 2u);
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s/discard", id);
	cr_assert_eq(
	    ask(&l, "POST", path,
	        "{\"operator\":\"wu\",\"reason\":\"sent again\"}", "", part),
	    201u);
	/* The only one: it alone. */
	cr_assert_eq(
	    ask(&l, "POST", "/v1/alarms", "[ " ODD " ]", ID, id), 400u);
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s", id);
	cr_assert_eq(ask(&l, "GET", path, NULL, "\"bytes\":\"", part), 200u);
	cr_assert_str_eq(part, "13");
	cr_assert_eq(ask(&l, "POST", "/v1/alarms", "[{", ID, id), 400u);
	cr_assert_eq(strlen(id), (size_t)TEXT_UUID_CHARS);
	cr_assert_eq(kept(&l), 3u);
	/* What people send is answered, and not kept. */
	cr_assert_eq(ask(&l, "POST", "/v1/permits", "{\"x\":1}", ID, id), 400u);
	cr_assert_str_eq(id, "");
	live_close(&l);
}

Test(quarantine, a_full_one_drops_nothing_and_says_so)
{
	struct live l;
	char id[64], first[64], title[32], path[128], code[64];

	live_open(&l, NULL);
	for (unsigned i = 0; i < QUARANTINE_TOKEN_ITEMS; i++) {
		(void)snprintf(title, sizeof title, "n%u", i);
		cr_assert_eq(post_bad(&l, title, i == 0 ? first : id), 400u);
	}
	cr_assert_eq(post_bad(&l, "one more", id), 507u);
	cr_assert_str_eq(id, "");
	cr_assert_eq(
	    ask(&l, "POST", "/v1/alarms", "{", "\"code\":\"", code), 507u);
	cr_assert_str_eq(code, "quarantine_full");
	/* Good ones are taken all the same. */
	cr_assert_eq(ask(&l, "POST", "/v1/alarms", "[" GOOD ",{\"level\":1}]",
	                 "\"error\":\"", code),
	    201u);
	cr_assert_str_eq(code, "quarantine_full");
	cr_assert_eq(kept(&l), QUARANTINE_TOKEN_ITEMS);
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s/discard", first);
	cr_assert_eq(
	    ask(&l, "POST", path, "{\"operator\":\"wu\",\"reason\":\"a test\"}",
	        "\"outcome\":\"", code),
	    201u);
	cr_assert_str_eq(code, "APPLIED");
	cr_assert_eq(post_bad(&l, "one more", id), 400u);
	live_close(&l);
}

Test(quarantine, a_release_records_the_corrected_message_and_who_decided)
{
	struct live l;
	char id[64], path[128], part[64];

	live_open(&l, NULL);
	(void)post_bad(&l, "wrong", id);
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s/release", id);
	cr_assert_eq(
	    ask(&l, "POST", path, "{\"alarm\":" GOOD "}", "", part), 400u);
	cr_assert_eq(
	    ask(&l, "POST", path, "{\"operator\":\"wu\"}", "", part), 400u);
	/* Wrong again: it stays, and is not kept twice. */
	cr_assert_eq(
	    ask(&l, "POST", path,
	        "{\"operator\":\"wu\",\"alarm\":{\"level\":7}}", ID, part),
	    400u);
	cr_assert_str_eq(part, "");
	cr_assert_eq(kept(&l), 1u);
	cr_assert_eq(ask(&l, "POST", path,
	                 "{\"operator\":\"wu\",\"reason\":\"level\","
	                 "\"alarm\":" GOOD "}",
	                 "\"recordId\":\"", part),
	    201u);
	cr_assert_eq(strlen(part), (size_t)TEXT_UUID_CHARS);
	cr_assert_eq(kept(&l), 0u);
	(void)snprintf(path, sizeof path, "/v1/alarms/%s", part);
	cr_assert_eq(ask(&l, "GET", path, NULL, "\"state\":\"", part), 200u);
	cr_assert_str_eq(part, "RAISED");
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s", id);
	cr_assert_eq(ask(&l, "GET", path, NULL, "", part), 404u);
	live_close(&l);
}

static void
copy_file(const char *from, const char *to)
{
	char bytes[4096];
	FILE *in = fopen(from, "rb");
	FILE *out = fopen(to, "wb");
	size_t n;

	cr_assert_not_null(in, "%s", from);
	cr_assert_not_null(out, "%s", to);
	n = fread(bytes, 1, sizeof bytes, in);
	cr_assert_eq(fwrite(bytes, 1, n, out), n);
	(void)fclose(in);
	(void)fclose(out);
}

static size_t
alarms(struct live *l)
{
	struct ops_call call;
	size_t n = 0;

	live_call(l, LIVE_LOCAL, "GET", "/v1/alarms", NULL, &call);
	buf_u8(&call.out, 0);
	for (const char *at = (const char *)call.out.ptr;
	     (at = strstr(at, "\"recordId\":")) != NULL; at++)
		n++;
	ops_call_clear(&call);
	return n;
}

/* The node ended between the entry and the end of the message: the message is
 * still there, and was released all the same. */
Test(quarantine, a_message_is_released_once_also_when_it_outlived_its_entry)
{
	static const char item[] = "%s/quarantine/%s.item";
	static const char key[] = "%s/keys/quarantine/%s.key";
	struct live l;
	char id[64], path[128], part[64];
	char at[2][1024], kept_at[2][1024];

	live_open(&l, NULL);
	(void)post_bad(&l, "wrong", id);
	(void)snprintf(at[0], sizeof at[0], item, l.dir, id);
	(void)snprintf(at[1], sizeof at[1], key, l.dir, id);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(
		    kept_at[i], sizeof kept_at[i], "%.900s/kept-%d", l.dir, i);
		copy_file(at[i], kept_at[i]);
	}
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s/release", id);
	cr_assert_eq(ask(&l, "POST", path,
	                 "{\"operator\":\"wu\",\"alarm\":" GOOD "}", "", part),
	    201u);
	cr_assert_eq(kept(&l), 0u);
	for (int i = 0; i < 2; i++)
		copy_file(kept_at[i], at[i]);
	live_reopen(&l);
	cr_assert_eq(kept(&l), 1u);
	cr_assert_eq(ask(&l, "POST", path,
	                 "{\"operator\":\"wu\",\"alarm\":" GOOD "}", "", part),
	    409u);
	cr_assert_eq(kept(&l), 0u, "it goes");
	cr_assert_eq(alarms(&l), 1u);
	live_close(&l);
}

/* Only an alarm or a case is taken here: no alarm stands for a check. */
Test(quarantine, keeps_a_check_that_an_alarm_would_be_released_for)
{
	struct live l;
	char id[64], path[128], part[64];

	live_open(&l, NULL);
	cr_assert_eq(ask(&l, "POST", "/v1/checklists", ODD, ID, id), 400u);
	cr_assert_eq(strlen(id), (size_t)TEXT_UUID_CHARS);
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s/release", id);
	cr_assert_eq(ask(&l, "POST", path,
	                 "{\"operator\":\"wu\",\"alarm\":" GOOD "}", "", part),
	    422u);
	cr_assert_eq(kept(&l), 1u);
	live_close(&l);
}

Test(quarantine, nothing_rests_in_the_clear_and_a_key_dies_with_its_message)
{
	struct live l;
	char id[64], path[1024], part[64];
	FILE *f;

	live_open(&l, NULL);
	(void)post_bad(&l, "li-wei-secret-51", id);
	(void)snprintf(path, sizeof path, "%s/quarantine/%s.item", l.dir, id);
	f = fopen(path, "rb");
	cr_assert_not_null(f);
	char text[4096];
	size_t n = fread(text, 1, sizeof text, f);
	(void)fclose(f);
	for (size_t i = 0; i + 6 < n; i++)
		cr_assert_neq(memcmp(text + i, "secret", 6), 0);
	(void)snprintf(path, sizeof path, "/v1/quarantine/%s/discard", id);
	cr_assert_eq(
	    ask(&l, "POST", path, "{\"operator\":\"wu\",\"reason\":\"a test\"}",
	        "", part),
	    201u);
	(void)snprintf(
	    path, sizeof path, "%s/keys/quarantine/%s.key", l.dir, id);
	cr_assert_null(fopen(path, "rb"));
	live_close(&l);
}

Test(quarantine, what_a_crash_left_half_is_removed)
{
	struct live l;
	char id[64], other[64], path[1024];

	live_open(&l, NULL);
	(void)post_bad(&l, "a", id);
	(void)post_bad(&l, "b", other);
	/* The key of one was destroyed, the file of the other never written. */
	(void)snprintf(
	    path, sizeof path, "%s/keys/quarantine/%s.key", l.dir, id);
	cr_assert_eq(remove(path), 0);
	(void)snprintf(
	    path, sizeof path, "%s/quarantine/%s.item", l.dir, other);
	cr_assert_eq(remove(path), 0);
	live_reopen(&l);
	cr_assert_eq(kept(&l), 0u);
	(void)snprintf(
	    path, sizeof path, "%s/keys/quarantine/%s.key", l.dir, other);
	cr_assert_null(fopen(path, "rb"));
	(void)snprintf(path, sizeof path, "%s/quarantine/%s.item", l.dir, id);
	cr_assert_null(fopen(path, "rb"));
	live_close(&l);
}

Test(quarantine, a_token_bound_to_areas_sees_its_own_alone)
{
	struct live l;
	struct ops_call call;
	char id[64];

	live_open(&l, NULL);
	(void)post_bad(&l, "of the local one", id);
	live_token(&l, "operator", "t");
	live_call(&l, LIVE_TOKEN, "GET", "/v1/quarantine", NULL, &call);
	cr_assert_eq(call.status, 200u);
	buf_u8(&call.out, 0);
	cr_assert_null(strstr((const char *)call.out.ptr, id));
	ops_call_clear(&call);
	live_token(&l, "ingest", NULL);
	live_call(&l, LIVE_TOKEN, "GET", "/v1/quarantine", NULL, &call);
	cr_assert_eq(call.status, 403u);
	ops_call_clear(&call);
	live_close(&l);
}
