/* scrub.h - what in a text still says who, or where. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_SCRUB_H
#define NODE_DOMAIN_SCRUB_H

#include "pack.pb-c.h"
#include "proto/bytes.h"

#include <stdbool.h>

/* Source of the kinds: domain F.5 4.  Formats: GB 11643 (identity numbers),
 * GB 32100 (uniform credit codes), GA 36 (plates). */
enum scrub_kind {
	SCRUB_IDENTITY = 1, /* 18 digits with a valid check digit, or 15 */
	SCRUB_MOBILE,
	SCRUB_LANDLINE,
	SCRUB_CREDIT_CODE,
	SCRUB_NUMBER, /* 11 digits or more in a row */
	SCRUB_PLATE,
	SCRUB_MAIL,
	SCRUB_LINK,
	SCRUB_COORDINATES,
	SCRUB_TAG, /* of equipment or a permit, in the site's own forms */
	SCRUB_MEMBER,
	SCRUB_PERSON,
	SCRUB_PLACE,
	SCRUB_WORD, /* of the policy */
	SCRUB_KINDS,
};
/* "a mobile number", "手机号码"; never NULL. */
const char *scrub_kind_text(enum scrub_kind k, bool zh);

/* What was found: never the text itself. */
#define SCRUB_FIELD_MAX 48
struct scrub_find {
	char field[SCRUB_FIELD_MAX]; /* "actions[1].object", as JSON names it */
	uint32_t position; /* of the first character, from 1 */
	enum scrub_kind kind;
};
#define SCRUB_FINDS_MAX 32
struct scrub_list {
	struct scrub_find at[SCRUB_FINDS_MAX];
	size_t len; /* found; those past the room are counted, not kept */
};

/* What is known here that no text may hold.  All of it is borrowed but the
 * words (scrub_clear). */
struct scrub_known {
	struct scrub_word {
		char *text; /* as scrub_fold has it */
		enum scrub_kind kind;
	} * word;
	size_t len;
	char *const *forms; /* # a digit, @ a letter, else as it stands */
	size_t forms_len;
	char *const *allowed; /* forms of what is no tag: "R-###" */
	size_t allowed_len;
	/* Is this the name of a person whom the node knows?  NULL: unknown. */
	bool (*person)(void *arg, const char *name);
	void *arg;
};
/* Shorter than 3 bytes, or NULL: ignored. */
void scrub_word(struct scrub_known *k, enum scrub_kind kind, const char *word);
/* A node's name and its labels: plant-a.acme.example, plant-a, acme. */
void scrub_node(struct scrub_known *k, const char *name);
/* A company's name, also without its legal form: 宁化集团有限公司. */
void scrub_company(struct scrub_known *k, const char *name);
void scrub_clear(struct scrub_known *k);

/*
 * scrub_text - adds what this text gives away.  Wide, circled and mathematical
 * digits, Chinese numerals, letters that look alike, what nobody sees, and
 * separators within a number do not help.  Pure, but for `person`.
 *   text    UTF-8 (what is not is skipped), at most a few thousand characters
 */
void scrub_text(const char *field, const char *text,
    const struct scrub_known *known, struct scrub_list *out);

/* Every text of a message, those within its messages too, but for the fields
 * that `skip` names (ended by NULL). */
void scrub_message(const ProtobufCMessage *m, const char *const *skip,
    const struct scrub_known *known, struct scrub_list *out);

#endif
