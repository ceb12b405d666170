/* submit_invited.h - an invitation is used: its row and an entry in one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_INVITED_H
#define NODE_SUBMIT_INVITED_H

#include "node/submit.h"
#include "proto/bytes.h"

struct token_book;

struct submit_invited {
	struct token_book *book; /* to be read again afterwards: token_reload */
	const char *id; /* of the invitation */
	const struct hash *secret; /* under which it is kept */
	const struct hash *card; /* for which it is used */
	const char *detail; /* for people */
};

/*
 * An ADMIN entry whose record is the invitation's, and the row, in one
 * transaction; `u` is the caller's until done.  ERR_EXISTS: it was used
 * already, whatever the row says.
 */
void submit_invited(const struct submit_to *to, const struct submit_invited *u);

#endif
