/* veil_judge.c - may what was handed over be published here? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_judge.h"

#include <stdlib.h>
#include <string.h>

#include "node/domain/gate_k.h"
#include "node/veil_item.h"
#include "proto/digest.h"
#include "proto/mem.h"

#define TAGS_MAX 4096

struct veil_tag {
	struct point tag;
	unsigned n;
};

void
veil_judge_clear(struct veil_judge *j)
{
	free(j->at);
	*j = (struct veil_judge){.len = 0};
}

static bool
may_more(struct veil_judge *j, const struct point *tag)
{
	for (size_t i = 0; i < j->len; i++)
		if (memcmp(j->at[i].tag.b, tag->b, GROUP_BYTES) == 0) {
			if (j->at[i].n == VEIL_JUDGE_ITEMS)
				return false;
			j->at[i].n++;
			return true;
		}
	if (j->len == TAGS_MAX)
		return false;
	j->at = mem_resize(j->at, j->len + 1, sizeof *j->at);
	j->at[j->len++] = (struct veil_tag){*tag, 1};
	return true;
}

enum err
veil_judge(struct veil_judge *j, const struct veil_book *b, struct site *s,
    const Record__Intel *m, uint32_t *origin, struct err_why *why)
{
	struct veil_vouched v;
	struct hash h;
	enum err e = veil_item_form(m, why);

	if (e == ERR_OK && m->action == RECORD__INTEL__ACTION__WITHDRAW) {
		digest_sha256(&h, bytes_str(m->intel_id));
		memcpy(origin, h.b, sizeof *origin);
		return ERR_OK;
	}
	if (e == ERR_OK)
		e = veil_book_check(b, s, m, &v, why);
	if (e != ERR_OK)
		return e;
	if (v.owners < GATE_K_LEAST + 1)
		return err_fail(why, ERR_LIMIT,
		    "item: its ring is of %zu companies, %d at the least",
		    v.owners, GATE_K_LEAST + 1);
	if (!may_more(j, &v.tag))
		return err_fail(why, ERR_BUSY,
		    "item: its source has sent %d in this term",
		    VEIL_JUDGE_ITEMS);
	memcpy(origin, v.tag.b, sizeof *origin);
	return ERR_OK;
}
