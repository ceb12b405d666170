/* feed_kept.c - kept alarms as server-sent events. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/feed_kept.h"

#include "node/fold_key.h"
#include "node/spool.h"
#include "proto/json.h"
#include "proto/text.h"

#define ROWS 32

/* One that its source signed and that does not decode has neither area nor
 * level: only who may see every area is told of it. */
static bool
wanted(const struct feed_filter *f, const struct digest_hmac *mac,
    const Record__Alarm *a)
{
	const uint32_t level = a != NULL ? a->level : 0;
	const uint64_t area =
	    fold_hash(mac, FOLD_AREA, a != NULL ? a->area : NULL);
	bool allowed = f->allowed_len == 0;

	if (f->kind != 0 && f->kind != LEDGER__KIND__ALARM)
		return false;
	if (f->no_exercises && a != NULL && a->exercise)
		return false;
	if (f->level != 0 && (level == 0 || level > f->level))
		return false;
	if (f->area != 0 && area != f->area)
		return false;
	for (size_t i = 0; !allowed && i < f->allowed_len; i++)
		allowed = area != 0 && area == f->allowed[i];
	return allowed;
}

static void
put_event(struct buf *out, const struct spool_row *row, const Record__Alarm *a)
{
	char when[TEXT_TIME_CHARS + 1];

	text_time_put(when, row->received_us);
	buf_str(out, "event: alarm\ndata: {\"kind\":\"ALARM\",\"recordId\":");
	json_quote(out, bytes_str(row->post->record_id));
	buf_printf(out,
	    ",\"provisional\":true,\"state\":\"RAISED\",\"receivedAt\":\"%s\"",
	    when);
	if (a != NULL && a->level != 0)
		buf_printf(out, ",\"level\":%u", a->level);
	if (a != NULL && a->area != NULL && a->area[0] != '\0') {
		buf_str(out, ",\"area\":");
		json_quote(out, bytes_str(a->area));
	}
	buf_str(out, "}\n\n");
}

bool
feed_kept_put(struct buf *out, struct site *s, const struct feed_filter *filter,
    uint64_t *from)
{
	struct spool_list list;
	bool more;

	if (filter->alliance_only ||
	    (filter->site[0] != '\0' && strcmp(filter->site, s->name) != 0) ||
	    spool_read(&list, s, *from, ROWS, NULL) != ERR_OK)
		return false;
	more = list.len + list.unreadable_len == ROWS;
	for (size_t i = 0; i < list.len; i++) {
		const struct spool_row *row = &list.at[i];
		Record__Alarm *a = spool_alarm(row);

		*from = row->number + 1;
		if (row->post->record_id != NULL &&
		    wanted(filter, &s->index_mac, a))
			put_event(out, row, a);
		if (a != NULL)
			record__alarm__free_unpacked(a, NULL);
	}
	spool_free(&list);
	return more;
}
