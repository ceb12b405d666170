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
	for (int k = 0; k < SITE_LOGS; k++)
		if (strcmp(site_log(h->site, (enum site_kind)k)->key.name,
		        origin) == 0)
			return k;
	return -1;
}

static void
say(struct heads *h, int k, struct buf *out)
{
	const struct known *l = &h->log[k];
	bool doubt = (h->site->doubt & 1u << k) != 0;

	if (l->two)
		buf_printf(out,
		    "%s holds another history signed by this log's key: put "
		    "back the newest copy of own/ there is",
		    l->by);
	else if (l->most > l->held.size)
		buf_printf(out,
		    "%s proves %llu entries, %llu are held here and nobody "
		    "who can be asked now has the rest",
		    l->by, (unsigned long long)l->most,
		    (unsigned long long)l->held.size);
	else if (l->gaps.len > 0)
		buf_printf(out, "%zu entries came back without their bodies",
		    l->gaps.len);
	else if (doubt || l->behind)
		buf_printf(out,
		    "%s was put back to an older copy: entries may exist that "
		    "only clients hold receipts for",
		    doubt ? "own/" : "the directory");
	else
		buf_str(out, "members are being asked");
	if (!l->two && (doubt || l->behind))
		buf_printf(out,
		    "; put back the newest copy there is, let missing members "
		    "come, or: lianfang admit-loss --log %s --reason ...",
		    site_kind_text((enum site_kind)k));
}

char *
heads_reason(struct heads *h, const char *origin)
{
	struct buf text;
	char *out = NULL;
	int k;

	h->site = h->service->site;
	k = heads_kind(h, origin);
	if (k < 0 || (heads_unsure(h) & 1u << k) == 0 ||
	    (!h->on && (h->site->doubt & 1u << k) == 0))
		return NULL;
	buf_init(&text, 4096);
	(void)pthread_mutex_lock(&h->lock);
	say(h, k, &text);
	(void)pthread_mutex_unlock(&h->lock);
	out = mem_strdup(buf_cstr(&text));
	buf_clear(&text);
	return out;
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
