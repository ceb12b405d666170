/* peers_policy.c - the policy that this node gives to readers of its logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/note.h"
#include "node/peers.h"
#include "node/site.h"
#include "node/site_logs.h"
#include "proto/mem.h"

enum err
peers_policy(struct peers *p, struct buf *out, struct err_why *why)
{
	const struct roster *r = peers_roster(p);
	struct site *s = peers_site(p);
	const struct site_logs *logs = site_logs(s);
	size_t n =
	    logs->log[SITE_EVIDENCE].number + logs->log[SITE_ALLIANCE].number;
	struct note_vkey *keys = mem_alloc(n, sizeof *keys);
	enum err e = ERR_OK;

	n = 0;
	for (int k = 0; k < SITE_LOGS; k++)
		for (uint32_t g = 1; e == ERR_OK && g <= logs->log[k].number;
		     g++)
			e = site_logs_vkey(
			    s, (enum site_kind)k, g, &keys[n++], why);
	if (e == ERR_OK && r != NULL)
		e = roster_policy(r, s->name, keys, n, out, why);
	for (size_t i = 0; e == ERR_OK && r == NULL && i < n; i++) {
		buf_str(out, "log ");
		note_vkey_put(out, &keys[i]);
		buf_str(out, "\n");
	}
	if (e == ERR_OK && r == NULL)
		buf_str(out, "quorum none\n");
	free(keys);
	return e;
}
