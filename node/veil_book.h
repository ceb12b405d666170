/* veil_book.h - who takes part in a term of the veil, by the alliance logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_BOOK_H
#define NODE_VEIL_BOOK_H

#include "node/veil_word.h"

struct site;

#define VEIL_WORDS_MAX 512 /* one a week for ten years */
struct veil_book {
	uint32_t term;
	struct hash alliance; /* fingerprint */
	struct veil_said *at; /* each member once, no key twice */
	size_t len;
};

/*
 * veil_book_read - what the own alliance log and the replicas hold now; what
 * does not prove its secrets is left out, and so is whoever announced more than
 * VEIL_WORDS_MAX keys since.  Some reads for each log.
 * ERR_NOT_FOUND: this node is in no alliance; ERR_* of a store.
 */
ERR_CHECKED enum err veil_book_read(
    struct veil_book *out, struct site *s, uint32_t term, struct err_why *why);
void veil_book_clear(struct veil_book *b);

/* Has a member announced for the term, and this key?  Who announced another
 * one, of which the secret is lost, takes no part until the next. */
enum veil_stand {
	VEIL_STAND_NEW,
	VEIL_STAND_IN,
	VEIL_STAND_LOST
};
enum veil_stand veil_book_stand(
    const struct veil_book *b, const char *member, const struct point *key);

/*
 * veil_book_pace - does this member's slot last as long as our own (0: ours was
 * not announced yet)?  Who has another one sends more or fewer cells than all
 * others and fills batches at another pace: nobody is hidden among its cells.
 */
uint32_t veil_book_slot(const struct veil_book *b, const char *member);
bool veil_book_pace(
    const struct veil_book *b, struct site *s, const struct veil_said *m);

/* The keys in a ring's order, of members of now that keep our pace; free(). */
struct point *veil_book_ring(
    const struct veil_book *b, struct site *s, size_t *n);

/* Whose company a member is of, by what tells it (gate_k_owner): by the
 * profiles, else by its card, else its own name. */
void veil_book_owner(
    struct site *s, const char *member, char *out, size_t size);

/*
 * veil_book_check - an item under its ring, of the book's term.
 *   owners   different ones among the ring's members
 * ERR_NOT_FOUND: a key was announced by nobody (as far as is known here);
 * ERR_UNVERIFIED, ERR_MALFORMED, ERR_CONFLICT, ERR_LIMIT: nobody vouches.
 */
struct veil_vouched {
	struct point tag;
	size_t members;
	size_t owners;
};
ERR_CHECKED enum err veil_book_check(const struct veil_book *b, struct site *s,
    const Record__Intel *m, struct veil_vouched *out, struct err_why *why);

#endif
