/* quarantine.h - what machines sent and nobody could take, kept as it came. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUARANTINE_H
#define NODE_QUARANTINE_H

#include "api.pb-c.h"
#include "proto/err.h"

/* Nothing is dropped to make room: who is at a limit is told so. */
#define QUARANTINE_ITEM_MAX (256u << 10) /* bytes of one message */
#define QUARANTINE_TOKEN_ITEMS 100 /* of one sender */
#define QUARANTINE_TOKEN_BYTES (4u << 20)
#define QUARANTINE_ITEMS 2000 /* in all */
#define QUARANTINE_BYTES (64u << 20)

struct quarantine;

/*
 * DIR/quarantine/<id>.item: a Quarantined, sealed under a data key of its own,
 * DIR/keys/quarantine/<id>.key.  Destroying the key destroys the message;
 * neither is in a backup or at a member.  Beside the stores: what is refused
 * costs the committer nothing.
 *
 * Opening makes nothing; what a crash left half is removed.  ERR_IO.
 */
ERR_CHECKED enum err quarantine_open(
    struct quarantine **out, const char *dir, struct err_why *why);
void quarantine_close(struct quarantine *q); /* NULL allowed */

/*
 * quarantine_put - keep one message; durable when ERR_OK.  Any thread; blocks
 * for two small files.  The same message of the same sender is kept once.
 *
 *   m    token, operation, received_at, body ...; gets quarantine_id
 *
 * ERR_LIMIT: the message is too long; ERR_FULL: the sender, or all together,
 * are at their limit, or there is no room; ERR_IO.
 */
ERR_CHECKED enum err quarantine_put(
    struct quarantine *q, Api__Quarantined *m, struct err_why *why);

/* One of them; release with api__quarantined__free_unpacked.  ERR_NOT_FOUND;
 * ERR_CORRUPT: it does not open. */
ERR_CHECKED enum err quarantine_get(struct quarantine *q,
    const uint8_t id[static 16], Api__Quarantined **out, struct err_why *why);
/* Ids after `after` (NULL: from the first), oldest first; of one token, or
 * (NULL) all.  Returns how many, at most cap. */
size_t quarantine_ids(struct quarantine *q, const uint8_t *after,
    const char *token, uint8_t (*out)[16], size_t cap);
void quarantine_count(struct quarantine *q, uint64_t *items, uint64_t *bytes);

/* Destroys one for good.  ERR_NOT_FOUND, ERR_IO. */
ERR_CHECKED enum err quarantine_drop(
    struct quarantine *q, const uint8_t id[static 16], struct err_why *why);

#endif
