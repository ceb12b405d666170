/* query_action.c - what is to be done about an alarm, as people see it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_action.h"

#include "node/domain/alarm_action.h"
#include "proto/mem.h"

static char *
copy(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

Record__Recommended *
query_action_copy(const Record__Recommended *r)
{
	Record__Recommended *m = mem_alloc(1, sizeof *m);

	record__recommended__init(m);
	m->asset = copy(r->asset);
	m->verb = copy(r->verb);
	m->parameter = copy(r->parameter);
	m->text = copy(r->text);
	return m;
}

void
query_action(Api__AlarmState *out, const Pack__AlarmPolicy *p,
    const Record__Alarm *raised)
{
	const struct alarm_action a = alarm_action(p, raised);

	if (out->n_recommended > 0)
		return;
	out->has_action_missing = out->action_missing = a.missing;
	if (!a.by_policy)
		return;
	out->recommended = mem_alloc(a.len, sizeof *out->recommended);
	for (size_t i = 0; i < a.len; i++)
		out->recommended[out->n_recommended++] =
		    query_action_copy(a.at[i]);
}
