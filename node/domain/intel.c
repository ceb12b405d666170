/* intel.c - an item of risk intelligence: made from a record, as it leaves. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/intel.h"

#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define ITEM_BYTES (1 << 20)

/* Messages of one canonical form are one message. */
static Record__Intel *
copy(const Record__Intel *m)
{
	ProtobufCMessage *out = NULL;
	struct buf bytes;

	buf_init(&bytes, ITEM_BYTES);
	slice_pack(&bytes, &m->base);
	if (slice_unpack(&out, &record__intel__descriptor, buf_view(&bytes),
	        NULL) != ERR_OK) {
		out = mem_alloc(1, sizeof(Record__Intel));
		record__intel__init((Record__Intel *)out);
	}
	buf_wipe(&bytes);
	return (Record__Intel *)out;
}

/* Where nothing stands yet. */
static void
complete(char **field, const char *value)
{
	if (*field == NULL && value != NULL && value[0] != '\0')
		*field = mem_strdup(value);
}

static void
drop(char **field)
{
	free(*field);
	*field = NULL;
}

static const char *
region_of(const Pack__Release *policy, const char *area)
{
	for (size_t i = 0; i < policy->n_regions; i++) {
		const char *want = policy->regions[i]->area;
		size_t len = want != NULL ? strlen(want) : 0;
		bool prefix = len > 0 && want[len - 1] == '*';

		if (want == NULL)
			continue;
		if (prefix ? area != NULL || len == 1
		           : area != NULL && strcmp(want, area) == 0) {
			if (prefix && len > 1 &&
			    strncmp(want, area, len - 1) != 0)
				continue;
			return strcmp(policy->regions[i]->region,
			           "unspecified") != 0
			    ? policy->regions[i]->region
			    : NULL;
		}
	}
	return NULL;
}

bool
intel_tlp_known(const char *label)
{
	static const char *const labels[] = {
	    "CLEAR", "GREEN", "AMBER", "AMBER+STRICT"};

	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		if (label != NULL && strcmp(label, labels[i]) == 0)
			return true;
	}
	return false;
}

bool
intel_author_wrote(const Record__Intel *m)
{
	const char *const node_says[] = {m->intel_id, m->source, m->label,
	    m->month, m->region, m->period, m->approved_by, m->policy_version,
	    m->superseded_by, m->reason};

	for (size_t i = 0; i < sizeof node_says / sizeof node_says[0]; i++) {
		if (node_says[i] != NULL)
			return false;
	}
	return m->action == RECORD__INTEL__ACTION__DRAFT && !m->has_k &&
	    !m->has_expires_at && !m->has_item_version && !m->has_text_digest &&
	    !m->has_letter && m->n_companies == 0;
}

const struct rule *
intel_draft(const Pack__Release *policy, const struct intel_source *source,
    const Record__Intel *author, Record__Intel **out)
{
	const Record__Case *c = source->basis_case;
	const char *tlp = author->tlp;
	Record__Intel *m;

	if (policy == NULL)
		return rule_get(RULE_INTEL_POLICY);
	if (source->alarm == NULL && c == NULL)
		return rule_get(RULE_INTEL_BASIS);
	if (tlp != NULL && !intel_tlp_known(tlp))
		return rule_get(RULE_INTEL_TLP);
	m = copy(author);
	m->has_action = true;
	m->action = RECORD__INTEL__ACTION__DRAFT;
	drop(&m->drafted_by);
	drop(&m->basis);
	complete(&m->type, "lesson");
	complete(&m->tlp, "AMBER");
	complete(&m->region, region_of(policy, source->area));
	if (c == NULL) {
		complete(&m->hazard, source->alarm->kind);
		*out = m;
		return NULL;
	}
	complete(&m->industry, c->industry);
	complete(&m->hazard, c->hazard);
	complete(&m->equipment, c->equipment);
	complete(&m->severity, c->severity);
	complete(&m->potential, c->potential);
	if (c->event_class != NULL && strncmp(c->event_class, "1986", 4) == 0)
		complete(&m->event_class_1986, c->event_class);
	else
		complete(&m->event_class, c->event_class);
	*out = m;
	return NULL;
}

static void
drop_companies(Record__Intel *m)
{
	for (size_t i = 0; i < m->n_companies; i++)
		free(m->companies[i]);
	free(m->companies);
	m->companies = NULL;
	m->n_companies = 0;
}

Record__Intel *
intel_release(const Record__Intel *item, const char *source)
{
	Record__Intel *m = copy(item);

	m->action = RECORD__INTEL__ACTION__RELEASE;
	drop_companies(m);
	drop(&m->drafted_by);
	drop(&m->approved_by);
	drop(&m->basis);
	drop(&m->source);
	if (m->named)
		complete(&m->source, source);
	return m;
}

void
intel_digest(const Record__Intel *item, struct hash *out)
{
	Record__Intel *m = copy(item);
	struct buf bytes;

	drop_companies(m);
	buf_init(&bytes, ITEM_BYTES);
	buf_str(&bytes, "lianfang/intel/v1");
	slice_pack(&bytes, &m->base);
	digest_sha256(out, buf_view(&bytes));
	buf_wipe(&bytes);
	slice_free(&m->base);
}
