/* proved_test.c - what members prove of this directory is not forgotten. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/proved.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ledger/log_read.h"
#include "node/commit.h"
#include "node/incarnation.h"
#include "node/site_keys.h"
#include "tests/support/plant.h"

#define ORIGIN "plant-a.acme.example/evidence/1"

static struct plant p;

static void
setup(void)
{
	plant_begin(&p, "plant-a.acme.example");
}

static void
teardown(void)
{
	plant_end(&p);
}

TestSuite(proved, .init = setup, .fini = teardown);

static bool
signs(void)
{
	static char gas[] = "gas", area[] = "tank-farm-2";
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	struct submit_result *r;
	bool now;

	a.has_level = true;
	a.level = 1;
	a.kind = gas;
	a.area = area;
	r = plant_alarms(&p, list, 1);
	cr_assert_eq(r->error, ERR_OK);
	now = !r->items[0].provisional;
	submit_result_free(r);
	return now;
}

static struct tree_head
held(void)
{
	struct log_state st;
	struct store_txn *txn = NULL;
	struct tree_head now;

	cr_assert_eq(store_read(p.site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_state(p.site->own.book, txn, p.site->evidence, &st, NULL),
	    ERR_OK);
	store_abort(txn);
	now.size = st.frontier.size;
	tree_root(&st.frontier, &now.root);
	return now;
}

/* A checkpoint by the log's key; flip: of another tree. */
static void
keep(uint64_t size, bool flip)
{
	struct note_checkpoint c = {.origin = ORIGIN, .head = held()};
	struct crypto_signer key;
	struct note_vkey vkey;
	struct buf text, note;

	if (size != c.head.size) {
		c.head.size = size;
		memset(c.head.root.b, 7, HASH_BYTES);
	}
	if (flip)
		c.head.root.b[0] ^= 1;
	cr_assert_eq(
	    site_keys_log(&key, &vkey, p.site, SITE_EVIDENCE, 1, NULL), ERR_OK);
	buf_init(&text, 4096);
	buf_init(&note, NOTE_BYTES_MAX);
	note_checkpoint_put(&text, &c);
	note_sign(&note, buf_view(&text), ORIGIN, &key);
	proved_keep(p.site, &c, buf_view(&note));
	buf_clear(&text);
	buf_clear(&note);
}

static const struct incarnation_log *
kept_log(void)
{
	return &p.site->incarnation->log[SITE_EVIDENCE];
}

static bool
has_key(void)
{
	char path[TEMP_PATH_BYTES];

	temp_path(path, p.dir, "keys/witness.key");
	return access(path, F_OK) == 0;
}

static void
restart(void)
{
	struct err_why why = {.text = ""};

	plant_restart(&p);
	cr_assert_eq(incarnation_replica(p.site, &why), ERR_OK, "%s", why.text);
}

Test(proved, nothing_of_what_is_held)
{
	char path[TEMP_PATH_BYTES];

	cr_assert(signs());
	keep(held().size, false);
	temp_path(path, p.dir, "keys/evidence-1.ahead");
	cr_assert_neq(access(path, F_OK), 0);
	restart();
	cr_assert(signs());
	cr_assert(has_key());
}

Test(proved, more_than_the_directory_knew_of)
{
	cr_assert(signs());
	keep(held().size + 3, false);
	restart();
	cr_assert_eq(p.site->doubt, COMMIT_EVIDENCE);
	cr_assert_eq(kept_log()->proved, held().size + 3);
	cr_assert_not(kept_log()->other);
	cr_assert_not(signs(), "a clean stop that knew less is not believed");
	cr_assert(p.site->witness_retired);
	cr_assert_not(has_key());
}

Test(proved, another_history_and_never_forgets_it)
{
	cr_assert(signs());
	keep(held().size, true);
	/* What is merely larger is no reason to let go of that. */
	keep(held().size + 3, false);
	restart();
	cr_assert(kept_log()->other);
	cr_assert_not(signs());
	cr_assert_not(has_key());
	restart();
	cr_assert(kept_log()->other);
	cr_assert_not(signs());
}

/* own/ alone put back: what the clean stop of the newest run names is no
 * news, and replica/ is as it was. */
Test(proved, nothing_new_of_what_a_clean_stop_knew)
{
	struct tree_head now;
	char path[TEMP_PATH_BYTES];
	char text[1024], root[64];
	struct buf b;

	cr_assert(signs());
	now = held();
	keep(now.size + 3, false);
	buf_init(&b, 64);
	text_b64_put(&b, bytes_of((const uint8_t[32]){7}, 32));
	(void)snprintf(root, sizeof root, "%s", buf_cstr(&b));
	buf_clear(&b);
	site_close(p.site);
	(void)snprintf(text, sizeof text,
	    "lianfang-incarnation/1\nnow 9 0\nclosed " ORIGIN " %llu %s\n"
	    "open plant-a.acme.example/alliance/1\n",
	    (unsigned long long)now.size + 3, root);
	temp_path(path, p.dir, "incarnation");
	temp_write(path, text, strlen(text));
	cr_assert_eq(site_open(&p.site, p.dir, &p.clock, NULL), ERR_OK);
	cr_assert_eq(site_start(p.site, NULL), ERR_OK);
	cr_assert_eq(incarnation_replica(p.site, NULL), ERR_OK);
	cr_assert(p.site->doubt & COMMIT_EVIDENCE);
	cr_assert_eq(kept_log()->proved, now.size + 3);
	cr_assert(has_key());
}

static void
nothing(void *arg)
{
	atomic_store((_Atomic bool *)arg, true);
}

Test(proved, retires_the_witness_key_of_a_running_node)
{
	const struct timespec ms = {0, 1000000};
	_Atomic bool done = false;

	cr_assert(signs());
	proved_retire(p.site);
	cr_assert(p.site->witness_retired, "at once");
	proved_retire(p.site);
	commit_between(p.site->commit, nothing, &done);
	for (int i = 0; i < 20000 && !atomic_load(&done); i++)
		(void)nanosleep(&ms, NULL);
	cr_assert(atomic_load(&done));
	cr_assert_not(has_key());
	restart();
	cr_assert(p.site->witness_retired);
	cr_assert(signs(), "the logs are not touched by it");
}
