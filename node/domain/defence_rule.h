/* defence_rule.h - one rule of joint defence, read from its text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_DEFENCE_RULE_H
#define NODE_DOMAIN_DEFENCE_RULE_H

#include "defence.pb-c.h"
#include "proto/bytes.h"
#include "proto/err.h"

/* Whoever wrote it may be a liar: all of it is bounded. */
#define DEFENCE_RULE_BYTES 8192
#define DEFENCE_RULE_CONDITIONS 8 /* of `all` and `any` together */
#define DEFENCE_RULE_COUNT 16 /* alarms that a condition may ask for */
#define DEFENCE_RULE_MINUTES 1440 /* of a window, and of quiet */
#define DEFENCE_RULE_LIST 16 /* kinds, codes, types, areas ... */
#define DEFENCE_RULE_NAME 80 /* "id@version" and its NUL */

struct defence_rule {
	Record__DefenceRule *said; /* names of its lists: as _fold has them */
	char name[DEFENCE_RULE_NAME]; /* "id@version" */
	struct hash digest; /* SHA-256 of the text */
};

/*
 * defence_rule_read - one text, decoded and checked: every list, number and
 * string within its bound, no field unknown, no sign in a text that a terminal
 * would act on, and nothing to be done but raise, suspend and notify.
 *
 *   why  names line, field and what is wanted there
 * ERR_MALFORMED, ERR_LIMIT.
 */
ERR_CHECKED enum err defence_rule_read(
    struct defence_rule *out, struct bytes text, struct err_why *why);
void defence_rule_clear(struct defence_rule *r);

/* Names are the same in any case, with blanks around them: as fold.c has areas
 * and types, or an alarm would name one place and stop the work of another. */
void defence_rule_fold(char *out, size_t cap, const char *text);

/* The id alone: a-z, 0-9 and '-', 1 to 40 of them. */
bool defence_rule_id_ok(const char *id);

#endif
