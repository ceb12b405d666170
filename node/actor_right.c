/* actor_right.c - what an enrolled person may sign, where and when. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/actor_right.h"

#include <string.h>

#include "node/fold.h"
#include "node/site.h"
#include "proto/slice.h"

static bool
has_role(const Record__Actor *a, char *const *roles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(roles[i], "any") == 0)
			return true;
		for (size_t j = 0; j < a->n_roles; j++) {
			if (strcmp(roles[i], a->roles[j]) == 0)
				return true;
		}
	}
	return false;
}

static bool
has_area(const Record__Actor *a, const struct commit_ctx *ctx, uint64_t area)
{
	for (size_t i = 0; i < a->n_areas; i++) {
		if (fold_hash(ctx->fold.mac, FOLD_AREA, a->areas[i]) == area)
			return true;
	}
	return a->n_areas == 0;
}

static const struct rule *
own_right(const struct commit_ctx *ctx, const Record__Actor *a,
    const struct actor_right *right)
{
	if (!has_role(a, right->roles, right->roles_len))
		return rule_get(RULE_ROLE_MISSING);
	if (!has_area(a, ctx, right->area))
		return rule_get(RULE_ACTOR_AREA);
	if ((a->has_valid_from_at && right->at_us < a->valid_from_at) ||
	    (a->has_valid_to_at && right->at_us >= a->valid_to_at))
		return rule_get(RULE_RIGHT_OVER);
	return NULL;
}

/* Whose right it is; *out NULL: nobody's who is enrolled. */
static enum err
delegator(struct commit_ctx *ctx, const Record__Actor *a, Record__Actor **out)
{
	enum err e;

	*out = NULL;
	e = fold_actor(&ctx->fold, ctx->site->evidence,
	    bytes_of(a->delegator.data, a->delegator.len), out, NULL);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

const struct rule *
actor_right_missing(struct commit_ctx *ctx, const Record__Actor *a,
    const struct actor_right *right, enum err *e)
{
	const struct rule *rule = own_right(ctx, a, right);
	Record__Actor *by;

	*e = ERR_OK;
	if (rule != NULL || !a->has_delegator)
		return rule;
	*e = delegator(ctx, a, &by);
	if (*e != ERR_OK)
		return NULL;
	if (by == NULL || by->has_delegator ||
	    own_right(ctx, by, right) != NULL)
		rule = rule_get(RULE_DELEGATION_EMPTY);
	if (by != NULL)
		slice_free(&by->base);
	return rule;
}

/* Every role and area of `a`, those of `by` being wider or the same. */
static bool
covers(const Record__Actor *by, const Record__Actor *a)
{
	for (size_t i = 0; i < a->n_roles; i++) {
		if (!has_role(by, &a->roles[i], 1))
			return false;
	}
	if (by->n_areas > 0 && a->n_areas == 0)
		return false;
	for (size_t i = 0; by->n_areas > 0 && i < a->n_areas; i++) {
		bool found = false;

		for (size_t j = 0; j < by->n_areas && !found; j++)
			found = strcmp(a->areas[i], by->areas[j]) == 0;
		if (!found)
			return false;
	}
	return true;
}

static int64_t
end_of(const Record__Actor *a)
{
	return a->has_valid_to_at ? a->valid_to_at : INT64_MAX;
}

/* Does it end with the right of whoever gives it, or before?  A right that is
 * lent ends with the lender's, too. */
static bool
ends_in_time(struct commit_ctx *ctx, const Record__Actor *a,
    const uint8_t *signer, enum err *e)
{
	Record__Actor *lender = NULL;
	Record__Actor *by = NULL;
	bool good;

	if (signer == NULL)
		return true;
	*e = fold_actor(&ctx->fold, ctx->site->evidence,
	    bytes_of(signer, CRYPTO_ALG_PUB_BYTES), &by, NULL);
	if (*e != ERR_OK)
		return false;
	good = end_of(a) <= end_of(by);
	if (by->has_delegator)
		*e = delegator(ctx, by, &lender);
	if (lender != NULL) {
		good = good && end_of(a) <= end_of(lender);
		slice_free(&lender->base);
	}
	slice_free(&by->base);
	return *e == ERR_OK && good;
}

const struct rule *
actor_right_enrol(struct commit_ctx *ctx, const Record__Actor *a,
    const uint8_t *signer, enum err *e)
{
	const struct rule *rule = NULL;
	Record__Actor *by;

	*e = ERR_OK;
	if (!ends_in_time(ctx, a, signer, e))
		return *e == ERR_OK ? rule_get(RULE_DELEGATION_EMPTY) : NULL;
	if (a->has_valid_from_at && a->has_valid_to_at &&
	    a->valid_from_at >= a->valid_to_at)
		return rule_get(RULE_FIELD_RANGE);
	if (!a->has_delegator)
		return NULL;
	if (!a->has_valid_to_at)
		return rule_get(RULE_FIELD_MISSING);
	*e = delegator(ctx, a, &by);
	if (*e != ERR_OK)
		return NULL;
	if (by == NULL || by->has_delegator || !covers(by, a))
		rule = rule_get(RULE_DELEGATION_EMPTY);
	if (by != NULL)
		slice_free(&by->base);
	return rule;
}
