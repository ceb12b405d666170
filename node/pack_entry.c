/* pack_entry.c - activations of rule packs as entries of the ledger. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_entry.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "node/draft.h"
#include "node/site.h"
#include "proto/text.h"

#define ACTION "pack.activate"
#define DIGEST_AT " sha256="
#define TEXT_MAX (SEAL_MESSAGE_MAX - 1024)

void
pack_entry_hex(char out[static PACK_ENTRY_HEX + 1], const struct hash *digest)
{
	for (size_t i = 0; i < sizeof digest->b; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", digest->b[i]);
}

static bool
hex_get(struct hash *digest, const char *text)
{
	struct buf b = {
	    .ptr = digest->b, .cap = sizeof digest->b, .max = sizeof digest->b};

	return strlen(text) >= PACK_ENTRY_HEX &&
	    text_hex_get(&b, bytes_of(text, PACK_ENTRY_HEX), NULL) == ERR_OK &&
	    b.len == sizeof digest->b;
}

void
pack_entry_make(
    struct pack_entry *out, const struct packs_fact *fact, char *operator_)
{
	char hex[PACK_ENTRY_HEX + 1];

	record__admin__init(&out->msg);
	pack_entry_hex(hex, &fact->digest);
	(void)snprintf(out->action, sizeof out->action, "%s", ACTION);
	(void)snprintf(out->detail, sizeof out->detail, "%s" DIGEST_AT "%s",
	    fact->name, hex);
	out->msg.action = out->action;
	out->msg.detail = out->detail;
	out->msg.operator_ = operator_;
	/* The set's copy ends with a NUL. */
	if (fact->text.len <= TEXT_MAX)
		out->msg.text = (char *)(uintptr_t)fact->text.ptr;
}

/* "hot-work@2022.2 sha256=..."; told from the end, whatever the name holds. */
bool
pack_entry_read(struct pack_entry_said *out, const Record__Admin *m)
{
	const size_t tail = strlen(DIGEST_AT) + PACK_ENTRY_HEX;
	const char *at;
	size_t n;

	if (m->action == NULL || strcmp(m->action, ACTION) != 0 ||
	    m->detail == NULL)
		return false;
	n = strlen(m->detail);
	n = n > tail ? n - tail : 0;
	at = m->detail + n;
	if (n == 0 || n >= PACKS_NAME_MAX ||
	    strncmp(at, DIGEST_AT, strlen(DIGEST_AT)) != 0)
		return false;
	memcpy(out->name, m->detail, n);
	out->name[n] = '\0';
	out->text = m->text;
	out->by_file =
	    m->operator_ != NULL && strcmp(m->operator_, PACK_ENTRY_FILE) == 0;
	return hex_get(&out->digest, at + strlen(DIGEST_AT));
}

static enum err
append(struct site *s, struct store_txn *txn, uint16_t slot,
    const struct packs_fact *fact, struct err_why *why)
{
	char who[] = "init";
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct pack_entry entry;
	struct draft_spec spec = {
	    .slot = slot,
	    .kind = LEDGER__KIND__ADMIN,
	    .body = &entry.msg.base,
	    .record_id = record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	struct fold f = {.txn = txn,
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac};
	struct log_place place;
	struct draft d = {0};
	enum err e;

	pack_entry_make(&entry, fact, who);
	crypto_uuid7(record_id, site_now(s));
	crypto_uuid7(event_id, site_now(s));
	e = draft_make(&d, &spec, NULL, site_now(s), why);
	if (e == ERR_OK)
		e = log_append(
		    s->own.book, txn, slot, &d.event.draft, &place, why);
	if (e == ERR_OK)
		e = fold_range(&f, slot, place.index, 1, why);
	draft_clear(&d);
	return e;
}

enum err
pack_entry_begin(
    struct site *s, struct store_txn *txn, uint16_t slot, struct err_why *why)
{
	struct packs_fact fact;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && packs_at(s->packs, i, &fact) != NULL;
	     i++) {
		if (packs_waiting(s->packs, i))
			e = append(s, txn, slot, &fact, why);
	}
	return e;
}
