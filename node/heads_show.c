/* heads_show.c - why own logs are not signed now, and who was not heard. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "node/heads_state.h"
#include "node/site_logs.h"
#include "proto/mem.h"

unsigned
heads_unsure(const struct heads *h)
{
	return atomic_load(&h->site->unsure);
}

int
heads_kind(const struct heads *h, const char *origin)
{
	/* Of a node that does not run the command line asks nobody. */
	for (int k = 0; h->on && k < SITE_LOGS; k++)
		if (strcmp(site_log(h->site, (enum site_kind)k)->key.name,
		        origin) == 0)
			return k;
	return -1;
}

static void
say(struct heads *h, int k, struct err_why *why)
{
	const struct known *l = &h->log[k];
	enum err e = ERR_TIMEOUT;

	if ((h->decided & 1u << k) != 0)
		e = err_fail(why, e,
		    "kept alarms could not be entered yet, which is tried "
		    "again: see the node's journal");
	else if (l->two)
		e = err_fail(why, e,
		    "%.80s holds another history that is signed by the same "
		    "key",
		    l->by);
	else if (l->most > l->held.size)
		e = err_fail(why, e,
		    "%.80s proves %llu entries, %llu are held here and nobody "
		    "who can be asked now has the rest",
		    l->by, (unsigned long long)l->most,
		    (unsigned long long)l->held.size);
	else if (l->gaps.len > 0)
		e = err_fail(why, e,
		    "%zu entries came back without their bodies", l->gaps.len);
	else if ((h->site->doubt & 1u << k) != 0)
		e = err_fail(why, e,
		    "own/ was put back to an older copy: entries may exist "
		    "that only clients hold receipts for");
	else if (l->behind)
		e = err_fail(why, e,
		    "the directory was put back to an older copy: entries may "
		    "exist that only clients hold receipts for");
	else
		e = err_fail(why, e, "members are being asked");
	(void)e;
}

static void
advise(struct heads *h, int k, struct err_why *why)
{
	const struct known *l = &h->log[k];
	enum err e = ERR_TIMEOUT;

	if ((h->decided & 1u << k) != 0)
		return;
	if (l->two)
		e = err_fail(why, e,
		    "stop the node and put back the newest copy of own/ that "
		    "there is");
	else if ((h->site->doubt & 1u << k) != 0 || l->behind)
		e = err_fail(why, e,
		    "put back the newest copy of own/ that there is, let the "
		    "missing members come, or: lianfang admit-loss --log %s "
		    "--reason ...",
		    site_kind_text((enum site_kind)k));
	(void)e;
}

bool
heads_reason(struct heads *h, const char *origin, struct err_why *why,
    struct err_why *advice)
{
	int k;

	*why = *advice = (struct err_why){.text = ""};
	k = heads_kind(h, origin);
	if (k < 0 || (heads_unsure(h) & 1u << k) == 0 ||
	    (!h->on && (h->site->doubt & 1u << k) == 0))
		return false;
	(void)pthread_mutex_lock(&h->lock);
	say(h, k, why);
	advise(h, k, advice);
	(void)pthread_mutex_unlock(&h->lock);
	return true;
}

bool
heads_unheard(struct heads *h, char ***names, size_t *len)
{
	if (!h->on || heads_unsure(h) == 0)
		return false;
	(void)pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < h->len; i++) {
		bool heard = true;

		for (int k = 0; k < SITE_LOGS; k++)
			heard &= (heads_unsure(h) & 1u << k) == 0 ||
			    h->asked[i].log[k].heard;
		if (heard)
			continue;
		*names = mem_resize(*names, *len + 1, sizeof **names);
		(*names)[(*len)++] = mem_strdup(h->asked[i].name);
	}
	(void)pthread_mutex_unlock(&h->lock);
	return true;
}
