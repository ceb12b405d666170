/* bundle.c - write an answer that strangers can check offline. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/bundle_part.h"
#include "ledger/disclosure.h"
#include "proto/digest.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

/* ---- what the caller gave, held against the log ---- */

static enum err
check_fields(const struct window_question *q, struct err_why *why)
{
	for (size_t i = 0; i < q->show_len; i++) {
		if (!disclosure_knows(q->show[i]))
			return err_fail(why, ERR_MALFORMED,
			    "no record has a field named %.100s", q->show[i]);
	}
	return ERR_OK;
}

static enum err
read_checkpoint(struct bundle_part *b, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	struct note_checkpoint c;
	struct note n;
	enum err e;

	e = note_parse(&n, r->checkpoint, why);
	if (e != ERR_OK)
		return e;
	e = note_checkpoint_get(&c, n.text, why);
	if (e != ERR_OK)
		return e;
	if (strcmp(c.origin, b->origin) != 0 || c.head.size <= r->heads_index)
		return err_fail(why, ERR_CONFLICT,
		    "checkpoint of another log, or HEADS is not yet under it");
	b->head = c;
	b->size = c.head.size;
	return ERR_OK;
}

/* The HEADS entry was written for exactly this question. */
static enum err
check_heads(struct bundle_part *b, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	Ledger__Entry *leaf = NULL;
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *msg = NULL;
	struct buf text = {0}, body = {0}, annex = {0};
	enum err e;

	buf_init(&text, WINDOW_QUESTION_MAX);
	buf_init(&body, SEAL_MESSAGE_MAX);
	buf_init(&annex, SEAL_MESSAGE_MAX);
	e = window_question_put(&text, r->question, why);
	if (e != ERR_OK)
		goto out;
	e = bundle_part_leaf(b, r->heads_index, &leaf, why);
	if (e != ERR_OK)
		goto out;
	if (leaf->kind != LEDGER__KIND__HEADS) {
		e = err_fail(why, ERR_NOT_FOUND,
		    "entry %" PRIu64 " is no HEADS", r->heads_index);
		goto out;
	}
	e = log_sealed(r->book, r->txn, r->slot, r->heads_index, &sealed, why);
	if (e != ERR_OK)
		goto out;
	e = disclosure_open(&body, &annex, sealed, leaf, why);
	if (e != ERR_OK)
		goto out;
	e = slice_unpack(
	    &msg, &record__heads__descriptor, buf_view(&body), why);
	if (e != ERR_OK)
		goto out;
	const Record__Heads *heads = (const void *)msg;
	if (!heads->question || strcmp(heads->question, buf_cstr(&text)) != 0) {
		e = err_fail(why, ERR_NOT_FOUND,
		    "entry %" PRIu64 " is no HEADS of this question",
		    r->heads_index);
		goto out;
	}
	b->answered_us = leaf->recorded_us;
out:
	if (msg)
		slice_free(msg);
	if (sealed)
		ledger__sealed__free_unpacked(sealed, NULL);
	if (leaf)
		ledger__entry__free_unpacked(leaf, NULL);
	buf_clear(&annex);
	buf_clear(&body);
	buf_clear(&text);
	return e;
}

static enum err
begin(struct bundle_part *b, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	struct hash id;
	struct buf dir = {0};
	enum err e;

	if (r->entries_len > BUNDLE_RECORDS_MAX)
		return err_fail(why, ERR_LIMIT, "too many entries");
	e = check_fields(r->question, why);
	if (e != ERR_OK)
		return e;
	e = log_origin(r->book, r->txn, r->slot, b->origin, why);
	if (e != ERR_OK)
		return e;
	e = read_checkpoint(b, why);
	if (e != ERR_OK)
		return e;
	digest_sha256(&id, bytes_str(b->origin));
	buf_init(&dir, sizeof(b->dir));
	buf_str(&dir, "logs/");
	text_hex_put(&dir, bytes_hash(&id));
	memcpy(b->dir, buf_cstr(&dir), dir.len + 1);
	buf_clear(&dir);
	return check_heads(b, why);
}

/* ---- the run of a window ---- */

/* What leaves must be what was signed. */
static enum err
check_run(struct bundle_part *b, struct tree_span span,
    const struct tree_proof *proof, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	struct hash *leaves;
	struct bytes leaf;
	enum err e = ERR_OK;

	leaves = mem_alloc((size_t)(span.to - span.from) + 1, sizeof(*leaves));
	for (uint64_t i = span.from; i < span.to && e == ERR_OK; i++) {
		e = log_entry(r->book, r->txn, r->slot, i, &leaf, why);
		if (e == ERR_OK)
			tree_leaf(&leaves[i - span.from], leaf);
	}
	if (e == ERR_OK &&
	    tree_check_range(leaves, span, proof, &b->head.head.root, NULL) !=
	        ERR_OK)
		e = err_fail(why, ERR_CORRUPT,
		    "entries %" PRIu64 " to %" PRIu64
		    " or their nodes differ from what was signed",
		    span.from, span.to);
	free(leaves);
	return e;
}

static enum err
put_run_proof(struct bundle_part *b, struct err_why *why)
{
	struct tree_span span = {b->run.from, b->run.to, b->size};
	struct proof_range p = {
	    .from = span.from, .to = span.to, .note = b->req->checkpoint};
	struct buf text = {0};
	char name[BUNDLE_PART_NAME];
	enum err e;

	e = tree_range(&p.hashes, span, log_node, &b->nodes, why);
	if (e == ERR_OK)
		e = check_run(b, span, &p.hashes, why);
	if (e != ERR_OK)
		return e;
	buf_init(&text, PROOF_FILE_MAX);
	proof_range_put(&text, &p);
	bundle_part_name(name, "%s/run.proof", b->dir);
	e = bundle_part_add(b, name, &text, why);
	buf_clear(&text);
	return e;
}

/* All leaves of the run in one file, u16be length before each; the records
 * among them that were asked for. */
static enum err
put_run(struct bundle_part *b, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	struct buf leaves = {0};
	char name[BUNDLE_PART_NAME];
	enum err e = ERR_OK;

	if (b->run.to - b->run.from > BUNDLE_LEAVES_MAX)
		return err_fail(
		    why, ERR_LIMIT, "too many entries: narrow the window");
	buf_init(&leaves, BUNDLE_RUN_MAX);
	for (uint64_t i = b->run.from; i < b->run.to && e == ERR_OK; i++) {
		Ledger__Entry *leaf = NULL;
		struct bytes bytes;

		e = log_entry(r->book, r->txn, r->slot, i, &bytes, why);
		if (e != ERR_OK)
			break;
		buf_u16be(&leaves, (uint16_t)bytes.len);
		buf_bytes(&leaves, bytes);
		e = log_decode(&leaf, bytes, why);
		if (e != ERR_OK)
			break;
		if (window_asks(r->question, leaf) && i != r->heads_index)
			e = bundle_part_record(b, i, leaf, why);
		ledger__entry__free_unpacked(leaf, NULL);
	}
	if (e != ERR_OK)
		goto out;
	bundle_part_name(name, "%s/run.entries", b->dir);
	e = bundle_part_add(b, name, &leaves, why);
	if (e != ERR_OK)
		goto out;
	e = put_run_proof(b, why);
out:
	buf_clear(&leaves);
	return e;
}

/* ---- entries by id ---- */

static enum err
put_entries(struct bundle_part *b, struct err_why *why)
{
	const struct bundle_request *r = b->req;

	for (size_t i = 0; i < r->entries_len; i++) {
		uint64_t index = r->entries[i];
		Ledger__Entry *leaf = NULL;
		enum err e;

		e = bundle_part_leaf(b, index, &leaf, why);
		if (e != ERR_OK)
			return e;
		if ((i > 0 && index <= r->entries[i - 1]) ||
		    index >= r->heads_index || !window_asks(r->question, leaf))
			e = err_fail(why, ERR_NOT_FOUND,
			    "entry %" PRIu64 " was not asked for", index);
		if (e == ERR_OK)
			e = bundle_part_single(b, index, why);
		if (e == ERR_OK)
			e = bundle_part_record(b, index, leaf, why);
		ledger__entry__free_unpacked(leaf, NULL);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

/* ---- actors ---- */

/* From the newest ACTOR entry below HEADS back to the first that is named. */
static enum err
find_actors(
    struct bundle_part *b, uint64_t **list, size_t *len, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	uint64_t seq, at;
	enum err e;

	e = log_kind_head(
	    r->book, r->txn, r->slot, LEDGER__KIND__ACTOR, &seq, &at, why);
	if (e != ERR_OK)
		return e;
	*list = mem_alloc(BUNDLE_ACTORS_MAX, sizeof(**list));
	while (at >= r->actors[0]) {
		Ledger__Entry *leaf = NULL;
		uint64_t before;

		e = bundle_part_leaf(b, at, &leaf, why);
		if (e != ERR_OK)
			return e;
		before = leaf->previous_of_kind;
		ledger__entry__free_unpacked(leaf, NULL);
		if (*len == BUNDLE_ACTORS_MAX)
			return err_fail(why, ERR_LIMIT, "too many actors");
		if (at < r->heads_index)
			(*list)[(*len)++] = at;
		if (before == 0 || before > at)
			break;
		at = before - 1;
	}
	return ERR_OK;
}

static int
index_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static enum err
put_actors(struct bundle_part *b, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	uint64_t *list = NULL;
	size_t len = 0;
	enum err e;

	if (r->actors_len == 0)
		return ERR_OK;
	e = find_actors(b, &list, &len, why);
	for (size_t i = len; e == ERR_OK && i-- > 0;) {
		bool signer = bsearch(&list[i], r->actors, r->actors_len,
		                  sizeof(*list), index_order) != NULL;

		e = bundle_part_single(b, list[i], why);
		if (e == ERR_OK)
			e = bundle_part_actor(b, list[i], signer, why);
	}
	free(list);
	return e;
}

/* ---- the whole ---- */

static enum err
put_manifest(struct bundle_part *b, struct err_why *why)
{
	const struct window_question *q = b->req->question;
	Ledger__Manifest m = LEDGER__MANIFEST__INIT;
	char uuid[WINDOW_IDS_MAX][TEXT_UUID_CHARS + 1];
	char *ids[WINDOW_IDS_MAX];
	struct buf text = {0};
	enum err e;

	m.has_format_version = 1;
	m.format_version = BUNDLE_FORMAT_VERSION;
	m.origin = b->origin;
	m.kind = (char *)(uintptr_t)protobuf_c_enum_descriptor_get_value(
	    &ledger__kind__descriptor, (int)q->kind)
	             ->name;
	if (q->timed) {
		m.has_time_epoch = m.has_from_at = m.has_to_at = 1;
		m.time_epoch = q->time_epoch;
		m.from_at = q->from_us;
		m.to_at = q->to_us;
		m.has_first_index = m.has_end_index = 1;
		m.first_index = b->run.from;
		m.end_index = b->run.to;
	}
	for (size_t i = 0; i < q->ids_len; i++) {
		text_uuid_put(uuid[i], q->ids[i]);
		ids[i] = uuid[i];
	}
	m.n_record_ids = q->ids_len;
	m.record_ids = ids;
	m.n_shown_fields = q->show_len;
	m.shown_fields = (char **)(uintptr_t)q->show;
	m.asker = (char *)(uintptr_t)q->asker;
	m.purpose = (char *)(uintptr_t)q->purpose;
	m.has_answered_at = m.has_tree_size = m.has_heads_index = 1;
	m.answered_at = b->answered_us;
	m.tree_size = b->size;
	m.heads_index = b->req->heads_index;
	m.n_withheld = b->withheld_len;
	m.withheld = b->withheld;
	m.n_media = b->media_len;
	m.media = b->media;
	buf_init(&text, JSON_BYTES_MAX);
	json_encode(&text, &m.base, JSON_PRETTY);
	e = bundle_part_add(b, "manifest.json", &text, why);
	buf_clear(&text);
	return e;
}

static enum err
put_fixed(struct bundle_part *b, struct err_why *why)
{
	char name[BUNDLE_PART_NAME];
	struct buf readme = {0};
	enum err e;

	buf_init(&readme, BUNDLE_README_MAX);
	bundle_readme(&readme);
	e = bundle_part_add(b, "README.txt", &readme, why);
	buf_clear(&readme);
	if (e != ERR_OK)
		return e;
	e = zip_writer_add(b->zip, "policy", b->req->question->policy, why);
	if (e != ERR_OK)
		return e;
	bundle_part_name(name, "%s/checkpoint", b->dir);
	return zip_writer_add(b->zip, name, b->req->checkpoint, why);
}

static enum err
put_all(struct bundle_part *b, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	const struct log_place heads = {
	    .slot = r->slot, .index = r->heads_index};
	enum err e;

	e = put_fixed(b, why);
	if (e != ERR_OK)
		return e;
	if (r->question->timed) {
		e = window_range(
		    r->book, r->txn, &heads, r->question, &b->run, why);
		if (e == ERR_OK)
			e = put_run(b, why);
	} else {
		e = put_entries(b, why);
	}
	if (e != ERR_OK)
		return e;
	e = bundle_part_single(b, r->heads_index, why);
	if (e != ERR_OK)
		return e;
	e = bundle_part_whole(b, r->heads_index, why);
	if (e != ERR_OK)
		return e;
	e = put_actors(b, why);
	if (e != ERR_OK)
		return e;
	return put_manifest(b, why);
}

enum err
bundle_write(
    struct buf *out, const struct bundle_request *req, struct err_why *why)
{
	struct bundle_part b = {.req = req};
	enum err e;

	b.nodes = (struct log_nodes){
	    .book = req->book, .txn = req->txn, .slot = req->slot};
	b.zip = zip_writer_new();
	e = begin(&b, why);
	if (e != ERR_OK)
		goto out;
	e = put_all(&b, why);
	if (e != ERR_OK)
		goto out;
	e = zip_writer_done(b.zip, out, why);
out:
	bundle_part_clear(&b);
	return e;
}

/* ---- files ---- */

static enum err
write_all(int fd, struct bytes data)
{
	while (data.len > 0) {
		ssize_t n = write(fd, data.ptr, data.len);

		if (n < 0 && errno != EINTR)
			return ERR_IO;
		if (n > 0)
			data = bytes_of(data.ptr + n, data.len - (size_t)n);
	}
	return fsync(fd) == 0 ? ERR_OK : ERR_IO;
}

/* So that the name survives a power cut as well. */
static enum err
sync_folder(const char *path)
{
	char copy[PATH_MAX];
	enum err e = ERR_IO;
	int fd;

	if (strlen(path) >= sizeof(copy))
		return ERR_IO;
	memcpy(copy, path, strlen(path) + 1);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fsync(fd) == 0)
		e = ERR_OK;
	if (fd >= 0)
		(void)close(fd);
	return e;
}

static enum err
write_new(const char *path, struct bytes data, struct err_why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum err e;

	if (fd < 0)
		return err_errno(why, errno == EEXIST ? ERR_EXISTS : ERR_IO,
		    errno, "%.150s", path);
	e = write_all(fd, data);
	if (close(fd) != 0)
		e = ERR_IO;
	if (e == ERR_OK)
		e = sync_folder(path);
	if (e != ERR_OK) {
		(void)unlink(path);
		return err_fail(why, e, "%.150s: not written", path);
	}
	return ERR_OK;
}

enum err
bundle_write_file(
    const char *path, const struct bundle_request *req, struct err_why *why)
{
	struct buf out = {0};
	enum err e;

	buf_init(&out, BUNDLE_BYTES_MAX);
	e = bundle_write(&out, req, why);
	if (e == ERR_OK)
		e = write_new(path, buf_view(&out), why);
	buf_clear(&out);
	return e;
}
