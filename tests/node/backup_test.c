/* backup_test.c - what is backed up comes back, whatever happens meanwhile. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/backup_part.h"
#include "tests/support/chance.h"
#include "tests/support/hunt.h"
#include "tests/support/keeper.h"

/* ---- calls that fail or never return, on demand ---- */

static bool counting; /* calls count, from 1 */
static unsigned calls;
static unsigned fatal; /* this one fails; 0: none */
static int fatal_errno; /* 0: the process ends there */

ssize_t __wrap_write(int fd, const void *p, size_t n);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_rename(const char *a, const char *b);
int __wrap_linkat(int a, const char *b, int c, const char *d, int f);
int __wrap_mkdir(const char *path, mode_t mode);
ssize_t __real_write(int fd, const void *p, size_t n);
int __real_rename(const char *a, const char *b);
int __real_linkat(int a, const char *b, int c, const char *d, int f);
int __real_mkdir(const char *path, mode_t mode);

static bool
fails(void)
{
	if (!counting || ++calls != fatal)
		return false;
	if (fatal_errno == 0)
		_exit(9);
	errno = fatal_errno;
	return true;
}

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	/* Half of it reaches the disk. */
	if (fails())
		return n > 1 && fatal_errno == ENOSPC
		    ? __real_write(fd, p, n / 2)
		    : -1;
	return __real_write(fd, p, n);
}

int
__wrap_fsync(int fd)
{
	(void)fd;
	return fails() ? -1 : 0; /* nobody cuts the power here */
}

int
__wrap_fdatasync(int fd)
{
	(void)fd;
	return fails() ? -1 : 0;
}

int
__wrap_rename(const char *a, const char *b)
{
	return fails() ? -1 : __real_rename(a, b);
}

int
__wrap_linkat(int a, const char *b, int c, const char *d, int f)
{
	return fails() ? -1 : __real_linkat(a, b, c, d, f);
}

int
__wrap_mkdir(const char *path, mode_t mode)
{
	return fails() ? -1 : __real_mkdir(path, mode);
}

/* ---- what comes back ---- */

static struct keeper k;

static void
setup(void)
{
	keeper_begin(&k);
}

static void
teardown(void)
{
	counting = false;
	keeper_end(&k);
}

TestSuite(backup, .init = setup, .fini = teardown);

static void
back_up(void)
{
	struct err_why why = {.text = ""};

	keeper_close(&k);
	cr_assert_eq(
	    keeper_backup(&k, false, NULL, &why), ERR_OK, "%s", why.text);
	keeper_open(&k);
}

/* The node is closed from here on. */
static void
restored_is_the_same(void)
{
	struct err_why why = {.text = ""};

	if (k.p.site != NULL)
		keeper_close(&k);
	cr_assert_eq(keeper_verify(&k, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(keeper_restore(&k, &why), ERR_OK, "%s", why.text);
	cr_assert_str_eq(keeper_differs(&k), "");
}

Test(backup, of_an_empty_node)
{
	back_up();
	restored_is_the_same();
}

static void
law(struct chance *c)
{
	struct err_why why = {.text = ""};
	uint64_t at[64];
	unsigned n = 0;

	keeper_begin(&k);
	for (unsigned parts = 0; parts < 3; parts++) {
		for (uint64_t left = chance_below(c, 8); left > 0; left--) {
			switch (chance_below(c, 6)) {
			case 0:
				if (n > 0)
					keeper_erase(&k, at[--n], 0);
				break;
			case 1:
				plant_turn(&k.p, 40 * 1440 * PLANT_MINUTE);
				break;
			case 2:
				if (chance_below(c, 3) == 0) {
					keeper_roll(&k);
					n = 0;
				}
				break;
			default:
				at[n++] = keeper_alarm(&k, "LEL high");
			}
		}
		keeper_close(&k);
		chance_holds(c, keeper_backup(&k, false, NULL, &why) == ERR_OK);
		if (parts < 2)
			keeper_open(&k);
	}
	chance_holds(c, keeper_verify(&k, &why) == ERR_OK);
	chance_holds(c, keeper_restore(&k, &why) == ERR_OK);
	chance_holds(c, keeper_differs(&k)[0] == '\0');
	keeper_end(&k);
}

Test(backup_law, base_and_increments_make_the_live_store)
{
	chance_each(4, law);
}

Test(backup, keeps_the_numbers_of_messages_that_were_erased)
{
	uint64_t a = keeper_alarm(&k, "first");
	uint64_t b;

	back_up();
	b = keeper_alarm(&k, "second"); /* erased before it is backed up */
	keeper_erase(&k, a, 0);
	keeper_erase(&k, b, 0);
	back_up();
	restored_is_the_same();
}

Test(backup, a_restored_node_finds_itself_so)
{
	(void)keeper_alarm(&k, "LEL high");
	keeper_roll(&k);
	(void)keeper_alarm(&k, "LEL high");
	back_up();
	restored_is_the_same();
	temp_remove(k.p.dir);
	cr_assert_eq(rename(k.back, k.p.dir), 0);
	keeper_open(&k);
	cr_assert_eq(k.p.site->doubt, 3, "neither log is signed by itself");
}

/* ---- another history, another node ---- */

/* The directory is one alarm older than its backup; closed. */
static void
go_back(void)
{
	char old[TEMP_PATH_BYTES];

	temp_path(old, k.folder, "old");
	(void)keeper_alarm(&k, "LEL high");
	keeper_close(&k);
	temp_copy(k.p.dir, old);
	keeper_open(&k);
	(void)keeper_alarm(&k, "LEL high");
	back_up();
	keeper_close(&k);
	temp_remove(k.p.dir);
	temp_copy(old, k.p.dir);
}

Test(backup, does_not_go_on_from_another_history)
{
	struct err_why why = {.text = ""};
	struct backup_result r;

	go_back();
	cr_assert_eq(keeper_backup(&k, false, NULL, &why), ERR_CONFLICT);
	/* What the backup holds and the node lost may be nowhere else. */
	cr_assert_eq(keeper_backup(&k, true, NULL, &why), ERR_CONFLICT);
	cr_assert(strstr(why.text, "another place") != NULL, "%s", why.text);
	cr_assert_eq(keeper_verify(&k, &why), ERR_OK, "%s", why.text);
	temp_path(k.to, k.folder, "to.2");
	cr_assert_eq(
	    keeper_backup(&k, false, &r, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(r.manifest->n_parts, 1);
	backup_clear(&r);
	restored_is_the_same();
}

/* A copy of the node went on by itself, and is as long. */
Test(backup, does_not_take_the_place_of_a_fork_of_equal_size)
{
	struct err_why why = {.text = ""};

	go_back();
	for (unsigned more = 0; more < 2; more++) {
		keeper_open(&k);
		(void)keeper_alarm(&k, "LEL high");
		keeper_close(&k);
		why.text[0] = '\0';
		cr_expect_eq(keeper_backup(&k, true, NULL, &why), ERR_CONFLICT,
		    "%u", more);
		cr_expect_not_null(
		    strstr(
		        why.text, "plant-a.acme.example/evidence/1 is forked"),
		    "%s", why.text);
		cr_expect_eq(keeper_verify(&k, NULL), ERR_OK, "it is there");
	}
}

/* Whoever can write the backup signs a manifest of his own. */
Test(backup, does_not_go_on_from_what_another_key_signed)
{
	struct err_why why = {.text = ""};
	struct crypto_signer stranger;
	Backup__Manifest *m = NULL;
	char path[TEMP_PATH_BYTES];
	struct note_vkey vkey;
	struct buf text;

	(void)keeper_alarm(&k, "LEL high");
	back_up();
	keeper_close(&k);
	cr_assert_eq(backup_manifest_read(&m, k.to, &why), ERR_OK);
	crypto_signer_new(&stranger);
	cr_assert_eq(note_vkey_make(&vkey, "plant-a.acme.example/identity",
	                 NOTE_TYPE_ED25519, stranger.pub, &why),
	    ERR_OK);
	buf_init(&text, 65536);
	note_vkey_put(&text, &vkey);
	free(m->identity);
	m->identity = strdup(buf_cstr(&text));
	buf_reset(&text);
	cr_assert_eq(backup_manifest_put(&text, m, &stranger, &why), ERR_OK);
	temp_path(path, k.to, BACKUP_MANIFEST_FILE);
	temp_write(path, text.ptr, text.len);
	buf_clear(&text);
	protobuf_c_message_free_unpacked(&m->base, NULL);
	cr_assert_eq(keeper_backup(&k, false, NULL, &why), ERR_UNVERIFIED);
	cr_assert_eq(keeper_backup(&k, true, NULL, &why), ERR_UNVERIFIED,
	    "nor is it replaced");
}

Test(backup, makes_no_folder_of_keys_within_itself)
{
	struct backup_plan plan = {.dir = k.p.dir, .to = k.to};
	struct err_why why = {.text = ""};
	struct backup_result r;
	char inner[TEMP_PATH_BYTES];

	keeper_close(&k);
	temp_path(inner, k.to, "keys");
	plan.keydir = inner;
	cr_assert_eq(backup_run(&plan, &r, &why), ERR_REFUSED);
	cr_assert_eq(access(inner, F_OK), -1);
}

/* Both folders of the store were put back: its keys are numbered anew. */
Test(backup, takes_no_other_wrapping_key_for_one_it_has)
{
	struct err_why why = {.text = ""};
	char old[TEMP_PATH_BYTES];

	temp_path(old, k.folder, "old");
	keeper_close(&k);
	temp_copy(k.p.dir, old);
	keeper_open(&k);
	(void)keeper_alarm(&k, "LEL high");
	back_up();
	keeper_close(&k);
	temp_remove(k.p.dir);
	temp_copy(old, k.p.dir);
	keeper_open(&k);
	(void)keeper_alarm(&k, "LEL low");
	keeper_close(&k);
	temp_path(k.to, k.folder, "to.2");
	cr_assert_eq(
	    keeper_backup(&k, false, NULL, &why), ERR_CONFLICT, "%s", why.text);
	cr_assert(strstr(why.text, "another place") != NULL, "%s", why.text);
}

Test(backup, keeps_its_place_from_another_node_and_its_keys_apart)
{
	struct backup_plan plan = {.dir = k.p.dir, .to = k.to};
	struct err_why why = {.text = ""};
	struct backup_result r;
	struct keeper other;
	char inner[TEMP_PATH_BYTES];

	back_up();
	keeper_close(&k);
	temp_path(inner, k.to, "keys");
	plan.keydir = inner;
	cr_assert_eq(mkdir(inner, 0700), 0);
	cr_assert_eq(backup_run(&plan, &r, &why), ERR_REFUSED);
	plan.keydir = NULL;
	plan.to = k.p.dir;
	cr_assert_eq(backup_run(&plan, &r, &why), ERR_REFUSED);
	keeper_begin(&other);
	site_close(other.p.site);
	other.p.site = NULL;
	plan.dir = other.p.dir;
	plan.to = k.to;
	cr_assert_eq(backup_run(&plan, &r, &why), ERR_UNVERIFIED,
	    "a node of this name, not this node");
	plan.full = true;
	plan.to = other.to;
	plan.keydir = k.keys;
	cr_assert_eq(backup_run(&plan, &r, &why), ERR_CONFLICT,
	    "the keys are of another store");
	keeper_end(&other);
	cr_assert_eq(keeper_verify(&k, &why), ERR_OK, "%s", why.text);
}

/* ---- erasure ---- */

/* The key row of an entry, as the first part has it. */
struct first_row {
	uint64_t index;
	uint32_t slot; /* of the evidence log */
	uint8_t row[VAULT_KEY_ROW_BYTES];
};

static void
find_slot(struct first_row *t, const Backup__Head *h)
{
	for (size_t i = 0; i < h->n_logs; i++) {
		if (strstr(h->logs[i]->origin, "/evidence/") != NULL)
			t->slot = h->logs[i]->slot;
	}
}

static enum err
take_row(void *arg, const struct part_frame *f, struct err_why *why)
{
	struct first_row *t = arg;
	const Backup__Entries *m = (const Backup__Entries *)f->msg;

	(void)why;
	if (f->kind == PART_HEAD)
		find_slot(t, (const Backup__Head *)f->msg);
	if (f->kind != PART_ENTRIES || m->slot != t->slot ||
	    t->index < m->first || t->index >= m->first + m->n_entries)
		return ERR_OK;
	const Backup__Entry *e = m->entries[t->index - m->first];

	cr_assert_eq(e->key.len, sizeof t->row);
	memcpy(t->row, e->key.data, sizeof t->row);
	return ERR_OK;
}

static void
read_row(struct first_row *out)
{
	struct backup_verify v = {
	    .folder = k.to, .arg = out, .frame = take_row};
	struct part_check_counts counts;
	Backup__Manifest *m = NULL;

	cr_assert_eq(backup_verify_open(&m, k.to, NULL, NULL), ERR_OK);
	v.manifest = m;
	cr_assert_eq(backup_verify(&v, &counts, NULL), ERR_OK);
	protobuf_c_message_free_unpacked(&m->base, NULL);
}

/* Every key row of all parts, under every wrapping key of KEYDIR. */
static unsigned
unwrapped(struct hunt *h, unsigned parts)
{
	char name[BACKUP_MANIFEST_NAME];
	char vault[TEMP_PATH_BYTES];
	char path[TEMP_PATH_BYTES];
	unsigned n = 0;

	temp_path(vault, k.keys, "own-keys");
	for (unsigned i = 1; i <= parts; i++) {
		backup_manifest_part(name, i);
		temp_path(path, k.to, name);
		n += hunt_unwrap(h, path, vault);
	}
	return n;
}

Test(backup, after_an_erasure_and_a_backup_nothing_opens_it)
{
	static const char marker[] = "PLANTED-MARKER-7261";
	uint8_t key[CRYPTO_KEY_BYTES];
	char vault[TEMP_PATH_BYTES];
	struct hunt *h = hunt_new();
	struct first_row first;

	(void)keeper_alarm(&k, "stays");
	first.index = keeper_alarm(&k, marker);
	back_up();
	read_row(&first);
	temp_path(vault, k.keys, "own-keys");
	hunt_data_key(h, key, bytes_of(first.row, sizeof first.row), vault);
	hunt_add(h, "title", bytes_str(marker));
	hunt_add_data_key(h, "data key", key);
	cr_assert_eq(hunt_look(h, k.folder), 0, "nothing is in the clear");
	cr_assert_eq(unwrapped(h, 1), 1, "what is not erased is found so");

	keeper_erase(&k, first.index, 0);
	back_up();
	cr_assert_eq(hunt_look(h, k.folder), 0);
	cr_assert_eq(unwrapped(h, 2), 0, "neither part opens it any more");
	hunt_free(h);
	restored_is_the_same();
}

/* ---- the disk ---- */

/* An alarm and an erasure to back up, after a backup that is whole. */
static void
prepare(void)
{
	struct err_why why = {.text = ""};
	uint64_t at = keeper_alarm(&k, "LEL high");

	(void)keeper_alarm(&k, "LEL high");
	back_up();
	(void)keeper_alarm(&k, "LEL high");
	keeper_erase(&k, at, 0);
	keeper_close(&k);
	cr_assert_eq(keeper_verify(&k, &why), ERR_OK, "%s", why.text);
}

/* What the first backup was, put back before each attempt. */
static void
copy_both(const char *from, const char *to)
{
	static const char *const of[] = {"to", "keys"};
	char a[TEMP_PATH_BYTES];
	char b[TEMP_PATH_BYTES];

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(
		    a, sizeof a, "%.400s/%s%s", k.folder, of[i], from);
		(void)snprintf(b, sizeof b, "%.400s/%s%s", k.folder, of[i], to);
		temp_remove(b);
		temp_copy(a, b);
	}
}

static void
save(void)
{
	copy_both("", ".was");
}

static void
put_back(void)
{
	copy_both(".was", "");
}

Test(backup, each_call_fails_once)
{
	static const int codes[] = {ENOSPC, EIO};
	struct err_why why;
	unsigned refused = 0;
	enum err e = ERR_IO;

	prepare();
	save();
	for (unsigned n = 1;; n++) {
		why = (struct err_why){.text = ""};
		calls = 0;
		fatal = n;
		fatal_errno = codes[n % 2];
		counting = true;
		e = keeper_backup(&k, false, NULL, &why);
		counting = false;
		if (calls < n)
			break;
		refused += e != ERR_OK;
		cr_assert(e == ERR_OK || why.text[0] != '\0');
		cr_assert_eq(keeper_verify(&k, &why), ERR_OK, "call %u: %s", n,
		    why.text);
		cr_assert_eq(keeper_backup(&k, false, NULL, &why), ERR_OK,
		    "call %u: %s", n, why.text);
		put_back();
	}
	cr_assert_eq(e, ERR_OK);
	cr_assert_gt(refused, 10, "%u", refused);
}

Test(backup, ends_at_each_call)
{
	struct err_why why = {.text = ""};
	int status = 1;

	prepare();
	save();
	for (unsigned n = 1; status != 0; n++) {
		pid_t pid = fork();

		cr_assert_geq(pid, 0);
		if (pid == 0) {
			calls = 0;
			fatal = n;
			fatal_errno = 0;
			counting = true;
			_exit(keeper_backup(&k, false, NULL, NULL) != ERR_OK);
		}
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_assert(WIFEXITED(status) &&
		    (WEXITSTATUS(status) == 9 || status == 0));
		cr_assert_eq(keeper_verify(&k, &why), ERR_OK, "call %u: %s", n,
		    why.text);
		cr_assert_eq(keeper_backup(&k, false, NULL, &why), ERR_OK,
		    "call %u: %s", n, why.text);
		if (n % 8 == 0)
			restored_is_the_same();
		put_back();
	}
}
