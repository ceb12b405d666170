/* turn_fuzz.c - a hostile member's turns against an exchange. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/exchange.h"
#include "proto/digest.h"
#include "tests/fuzz/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A host that owns ten entries, holds none, and stores nothing it is given. */
static const char note[] = "fuzz";

static enum err
host_head(void *arg, const char *origin, struct note_checkpoint *head,
    struct bytes *out)
{
	(void)arg;
	memset(head, 0, sizeof(*head));
	memcpy(head->origin, origin, strlen(origin));
	head->head.size = 10;
	*out = bytes_str(note);
	return ERR_OK;
}

static enum err
host_read(void *arg, const char *origin, const struct exchange_span *span,
    struct buf *items, uint64_t *n)
{
	(void)arg;
	(void)origin;
	if (span->from >= 10 || span->max_items > 10 - span->from)
		abort(); /* the exchange asks only for what there is */
	buf_put(items, "\x1a\x02\x0a\x00", 4);
	*n = 1;
	return ERR_OK;
}

static enum err
host_prove(void *arg, const char *origin, uint64_t old, uint64_t size,
    struct tree_proof *out)
{
	(void)arg;
	(void)origin;
	if (old > size)
		abort();
	out->len = 0;
	return ERR_OK;
}

static enum err
host_held(void *arg, const char *origin, uint64_t *size)
{
	(void)arg;
	(void)origin;
	*size = 0;
	return ERR_OK;
}

/* Nothing that was not signed by the owner's key comes as far as here. */
static enum err
host_extend(void *arg, const char *origin, const struct log_extension *x,
    struct exchange_work *work, struct err_why *why)
{
	(void)arg;
	(void)origin;
	(void)x;
	(void)work;
	(void)why;
	abort();
}

static enum err
host_cosign(void *arg, const struct exchange_head *h, struct buf *line,
    uint64_t *size, struct err_why *why)
{
	(void)arg;
	(void)h;
	(void)line;
	(void)size;
	(void)why;
	abort();
}

static enum err
host_erased(void *arg, const char *origin, uint64_t *cursor, uint64_t *index)
{
	(void)arg;
	(void)origin;
	(void)cursor;
	(void)index;
	return ERR_NOT_FOUND;
}

static enum err
host_give(void *arg, const char *origin, const struct exchange_span *span,
    struct buf *items, struct exchange_given *out)
{
	(void)arg;
	(void)origin;
	if (span->max_items > EXCHANGE_ITEMS_MAX)
		abort();
	if (span->max_items > 0 && span->from < 10) {
		buf_put(items, "\x1a\x02\x0a\x00", 4);
		out->n = 1;
	}
	out->note = bytes_str(note);
	return ERR_OK;
}

static bool
host_lacks(
    void *arg, const char *peer, const char *origin, struct exchange_span *out)
{
	(void)arg;
	(void)peer;
	(void)origin;
	*out = (struct exchange_span){.from = 4, .max_items = 6};
	return true;
}

/* Only that nothing is known comes without a note by our key. */
static enum err
host_returned(void *arg, const char *peer, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	(void)arg;
	(void)peer;
	(void)origin;
	(void)why;
	if (x->from != 4 || x->len > 0 || x->head != NULL)
		abort();
	return ERR_OK;
}

static int64_t
host_wall(void *arg)
{
	(void)arg;
	return INT64_C(1790000000000000);
}

static const struct exchange_recaller recaller = {
    NULL, host_lacks, host_returned};

static const struct exchange_host host = {NULL, host_head, host_read,
    host_prove, host_held, host_extend, NULL, NULL, NULL, host_cosign,
    host_erased, NULL, NULL, NULL, host_wall, NULL, host_give, &recaller, NULL,
    NULL, NULL, NULL, NULL, NULL};

static void
signer(struct crypto_signer *out, const char *name, uint8_t salt)
{
	struct bytes parts[2] = {bytes_str(name), bytes_of(&salt, 1)};
	struct hash seed;

	digest_sha256_parts(&seed, parts, 2);
	crypto_signer_seed(out, seed.b);
}

static Fed__Card *
card(const char *name, Fed__Role role)
{
	struct crypto_signer keys[5];
	struct roster_self self = {0};
	struct hash next = {{1}};
	uint8_t i;

	for (i = 0; i < 5; i++)
		signer(&keys[i], name, i);
	self.name = name;
	self.role = role;
	self.company = "acme";
	self.identity = &keys[0];
	self.log[ROSTER_EVIDENCE] = &keys[1];
	self.log[ROSTER_ALLIANCE] = &keys[2];
	self.witness = &keys[3];
	self.session = keys[4].pub;
	self.next_identity = &next;
	return roster_card(&self);
}

static struct roster *
make_roster(void)
{
	Fed__Genesis g = FED__GENESIS__INIT;
	Fed__Card *cards[2];
	char alliance[] = "fuzz";
	struct roster *r = NULL;

	crypto_start();
	cards[0] = card("hq.example", FED__ROLE__HQ);
	cards[1] = card("plant.example", FED__ROLE__PLANT);
	g.alliance = alliance;
	g.members = cards;
	g.n_members = 2;
	if (roster_load(&r, &g, NULL) != ERR_OK)
		abort();
	fed__card__free_unpacked(cards[0], NULL);
	fed__card__free_unpacked(cards[1], NULL);
	return r;
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return mutate_wire(data, size, max_size, &fed__turn__descriptor, seed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct roster *roster;
	struct exchange *x;
	struct buf turn, in;
	int64_t now = 1000000;
	enum err e;
	int i;

	if (roster == NULL)
		roster = make_roster();
	x = exchange_new(roster, "plant.example", "hq.example", &host);
	buf_init(&turn, EXCHANGE_TURN_MAX);
	for (i = 0; i < 3; i++) {
		buf_init(&in, size);
		buf_put(&in, data, size);
		e = exchange_in(x, &in, now, NULL, NULL);
		buf_clear(&in);
		if (e != ERR_OK)
			break;
		buf_reset(&turn);
		exchange_out(x, now, 0, &turn);
		exchange_settle(x, now);
		(void)exchange_due(x, now);
		now += 1000000;
	}
	buf_clear(&turn);
	exchange_free(x);
	return 0;
}
