/* proof.c - proof files: one leaf, or a whole range. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/proof.h"

#include <assert.h>
#include <inttypes.h>

#include "proto/text.h"

#define LEAF_HEADER "c2sp.org/tlog-proof@v1"
#define RANGE_HEADER "lianfang/range-proof@v1"
#define EXTRA "extra "
#define INDEX "index "
#define RANGE "range "

static void
put_tail(struct buf *out, const struct tree_proof *hashes, struct bytes note)
{
	assert(hashes->len <= TREE_PROOF_MAX);
	for (size_t i = 0; i < hashes->len; i++) {
		text_b64_put(out, bytes_hash(&hashes->path[i]));
		buf_str(out, "\n");
	}
	buf_str(out, "\n");
	buf_bytes(out, note);
}

void
proof_put(struct buf *out, const struct proof *p, struct bytes extra)
{
	assert(extra.len <= PROOF_EXTRA_MAX);
	buf_str(out, LEAF_HEADER "\n");
	if (extra.len > 0) {
		buf_str(out, EXTRA);
		text_b64_put(out, extra);
		buf_str(out, "\n");
	}
	buf_printf(out, INDEX "%" PRIu64 "\n", p->index);
	put_tail(out, &p->hashes, p->note);
}

void
proof_range_put(struct buf *out, const struct proof_range *p)
{
	buf_printf(out, RANGE_HEADER "\n" RANGE "%" PRIu64 " %" PRIu64 "\n",
	    p->from, p->to);
	put_tail(out, &p->hashes, p->note);
}

/* Hash lines, the blank line and the note; max: hashes allowed. */
static enum err
get_tail(struct tree_proof *hashes, struct bytes *note, struct bytes rest,
    size_t max, struct err_why *why)
{
	struct bytes line;

	hashes->len = 0;
	for (;;) {
		if (!text_line(&rest, &line))
			return err_fail(why, ERR_MALFORMED,
			    "a proof without blank line before its checkpoint");
		if (line.len == 0)
			break;
		if (hashes->len == max)
			return err_fail(why, ERR_LIMIT,
			    "a proof with more than %zu hashes", max);
		if (text_b64_fixed(hashes->path[hashes->len].b, HASH_BYTES,
		        line, NULL) != ERR_OK)
			return err_fail(why, ERR_MALFORMED,
			    "hash %zu of the proof is not base64 of 32 bytes",
			    hashes->len);
		hashes->len++;
	}
	if (rest.len == 0)
		return err_fail(
		    why, ERR_MALFORMED, "a proof without checkpoint");
	if (rest.len > NOTE_BYTES_MAX)
		return err_fail(why, ERR_LIMIT,
		    "a proof with a checkpoint of %zu bytes", rest.len);
	*note = rest;
	return ERR_OK;
}

static enum err
get_header(struct bytes *rest, const char *header, struct err_why *why)
{
	struct bytes line;

	if (rest->len > PROOF_FILE_MAX)
		return err_fail(why, ERR_LIMIT,
		    "a proof of %zu bytes; at most %d", rest->len,
		    PROOF_FILE_MAX);
	if (!text_line(rest, &line) || !bytes_equal(line, bytes_str(header)))
		return err_fail(why, ERR_MALFORMED,
		    "a proof that does not start with '%s'", header);
	return ERR_OK;
}

static enum err
get_extra(struct buf *raw, struct bytes text, struct err_why *why)
{
	enum err e;

	if (text.len == 0)
		return err_fail(why, ERR_MALFORMED, "an empty extra line");
	if (text.len / 4 * 3 > PROOF_EXTRA_MAX + 2)
		return err_fail(why, ERR_LIMIT,
		    "extra data of more than %d bytes", PROOF_EXTRA_MAX);
	e = text_b64_get(raw, text, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "extra");
	return ERR_OK;
}

/* The optional extra line and the index line. */
static enum err
get_index(
    struct proof *p, struct buf *extra, struct bytes *rest, struct err_why *why)
{
	struct bytes line;
	enum err e;

	if (!text_line(rest, &line))
		line.len = 0;
	if (text_skip(&line, EXTRA)) {
		e = get_extra(extra, line, why);
		if (e != ERR_OK)
			return e;
		if (!text_line(rest, &line))
			line.len = 0;
	}
	if (!text_skip(&line, INDEX))
		return err_fail(
		    why, ERR_MALFORMED, "a proof without index line");
	e = text_u64_get(&p->index, line, TREE_SIZE_MAX, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "index");
	return ERR_OK;
}

enum err
proof_get(
    struct proof *out, struct buf *extra, struct bytes in, struct err_why *why)
{
	struct proof p = {.index = 0};
	struct bytes rest = in;
	struct buf raw;
	enum err e;

	buf_init(&raw, PROOF_EXTRA_MAX);
	e = get_header(&rest, LEAF_HEADER, why);
	if (e != ERR_OK)
		goto out;
	e = get_index(&p, &raw, &rest, why);
	if (e != ERR_OK)
		goto out;
	e = get_tail(&p.hashes, &p.note, rest, PROOF_HASHES_MAX, why);
	if (e != ERR_OK)
		goto out;
	if (extra != NULL) {
		buf_bytes(extra, buf_view(&raw));
		e = buf_ok(extra, why);
		if (e != ERR_OK)
			goto out;
	}
	*out = p;
out:
	buf_clear(&raw);
	return e;
}

static bool
cut_range(struct proof_range *p, struct bytes line)
{
	const uint8_t *space;
	struct bytes from;

	if (!text_skip(&line, RANGE) || line.len == 0)
		return false;
	space = memchr(line.ptr, ' ', line.len);
	if (space == NULL)
		return false;
	from = bytes_of(line.ptr, (size_t)(space - line.ptr));
	line = bytes_of(space + 1, line.len - from.len - 1);
	return text_u64_get(&p->from, from, TREE_SIZE_MAX, NULL) == ERR_OK &&
	    text_u64_get(&p->to, line, TREE_SIZE_MAX, NULL) == ERR_OK &&
	    p->from < p->to;
}

enum err
proof_range_get(struct proof_range *out, struct bytes in, struct err_why *why)
{
	struct proof_range p = {.from = 0};
	struct bytes rest = in;
	struct bytes line;
	enum err e;

	e = get_header(&rest, RANGE_HEADER, why);
	if (e != ERR_OK)
		return e;
	if (!text_line(&rest, &line) || !cut_range(&p, line))
		return err_fail(why, ERR_MALFORMED,
		    "a range proof without 'range FROM TO', FROM below TO");
	e = get_tail(&p.hashes, &p.note, rest, TREE_PROOF_MAX, why);
	if (e != ERR_OK)
		return e;
	*out = p;
	return ERR_OK;
}
