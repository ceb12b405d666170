/* bundle.h - write an answer that strangers can check offline. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BUNDLE_H
#define LEDGER_BUNDLE_H

#include "ledger/window.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/slice.h"

#define BUNDLE_FORMAT_VERSION 1
#define BUNDLE_RUN_MAX ((size_t)64 << 20) /* bytes, leaves of a window */
#define BUNDLE_RECORDS_MAX 30000 /* disclosures in one bundle */
#define BUNDLE_LEAVES_MAX 1000000 /* leaves of a window */
#define BUNDLE_ACTORS_MAX 10000
#define BUNDLE_BYTES_MAX ((size_t)256 << 20)

/* May the asker see the body of this entry?  false: withheld NOT_ENTITLED. */
typedef bool (*bundle_entitled)(
    void *arg, uint64_t index, const Ledger__Entry *e);

/* Fields of this entry's body that are stored and given out to nobody, how
 * many; *by: the RETENTION entry of this log that says so, or UINT64_MAX. */
typedef size_t (*bundle_hidden)(void *arg, uint64_t index,
    const Ledger__Entry *e, uint32_t fields[static SLICE_MAX], uint64_t *by);
/* Ended the media of this entry lawfully?  by: as above. */
typedef bool (*bundle_media)(void *arg, uint64_t index, uint64_t *by);

/*
 * What bundle_write needs.  The caller has, in this order: built the question
 * (with the policy text that is to travel), appended the HEADS entry whose
 * body is window_heads(question), and waited for a cosigned checkpoint that
 * covers it.  asker, purpose and time of the answer come from there.
 */
struct bundle_request {
	struct log_book *book;
	struct store_txn *txn; /* read transaction */
	uint16_t slot;
	const struct window_question *question;
	uint64_t heads_index;
	struct bytes checkpoint; /* signed note with its cosignatures */
	/* Not timed: indices of all entries of the asked records, ascending. */
	const uint64_t *entries;
	size_t entries_len;
	/* ENROL entries of the actors whose signatures are disclosed, ascending
	 * and in the same log.  Later ACTOR entries are added by itself, so
	 * that a reader sees that nobody was revoked in between. */
	const uint64_t *actors;
	size_t actors_len;
	bundle_entitled entitled; /* NULL: everything */
	bundle_hidden hidden; /* NULL: nothing */
	bundle_media media; /* NULL: of none */
	void *arg;
};

/*
 * bundle_write - append a bundle (docs/wire.md 5) to `out`.
 *
 * Of fields the question's `show` decides; annex and signature are always
 * shown when held.  What cannot be shown is listed in the manifest: ERASED
 * (with the ERASURE entry when one is found), NOT_ENTITLED or NOT_HELD.
 *
 * ERR_MALFORMED  no question, or a field that no asked record has
 * ERR_NOT_FOUND  HEADS or an entry is not there or not of this question
 * ERR_CONFLICT   the checkpoint does not cover HEADS, or is of another log
 * ERR_LIMIT      too large: narrow the window
 * Reader's thread; reads the window once.
 */
ERR_CHECKED enum err bundle_write(
    struct buf *out, const struct bundle_request *req, struct err_why *why);

/* The same into a new file, durable on ERR_OK, nothing left on failure.
 * ERR_EXISTS, ERR_IO. */
ERR_CHECKED enum err bundle_write_file(
    const char *path, const struct bundle_request *req, struct err_why *why);

/* Appends the fixed text of README.txt. */
#define BUNDLE_README_MAX 16384
void bundle_readme(struct buf *out);

#endif
