/* alarms.c - numbered alarms of about 600 bytes, without end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/alarms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "record.pb-c.h"
#include "tests/bench/bench.h"

void
alarms_init(struct alarms *a, const char *prefix)
{
	memset(a, 0, sizeof(*a));
	(void)snprintf(a->prefix, sizeof(a->prefix), "%s", prefix);
}

size_t
alarms_json(struct alarms *a, unsigned source, char *out)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[32];
	int n;

	(void)gmtime_r(&now, &tm);
	(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	n = snprintf(out, 2048,
	    "{\"source\":\"%s-%02u\",\"sourceSeq\":\"%" PRIu64
	    "\",\"level\":2,\"kind\":\"gas\",\"area\":\"tank-farm-2\","
	    "\"title\":\"LEL high\",\"value\":12.5,\"unit\":\"%%LEL\","
	    "\"occurredAt\":\"%s\",\"asset\":\"GDS-01\",\"detail\":\"%s\"}",
	    a->prefix, source, ++a->seq[source], when, bench_detail());
	return (size_t)n;
}

size_t
alarms_pb(struct alarms *a, unsigned source, char *out)
{
	Record__Alarm alarm;
	struct timespec now;
	char name[48];
	char detail[1024];
	char kind[] = "gas";
	char area[] = "tank-farm-2";
	char title[] = "LEL high";
	char unit[] = "%LEL";
	char asset[] = "GDS-01";

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)snprintf(name, sizeof(name), "%s-%02u", a->prefix, source);
	(void)snprintf(detail, sizeof(detail), "%s%s", bench_detail(),
	    " The loading of truck 7 was stopped at the first reading, the "
	    "valves were closed from the control room.");
	record__alarm__init(&alarm);
	alarm.source = name;
	alarm.has_source_seq = 1;
	alarm.source_seq = ++a->seq[source];
	alarm.has_occurred_at = 1;
	alarm.occurred_at = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	alarm.has_level = 1;
	alarm.level = 2;
	alarm.kind = kind;
	alarm.area = area;
	alarm.title = title;
	alarm.has_value = 1;
	alarm.value = 12.5;
	alarm.unit = unit;
	alarm.asset = asset;
	alarm.detail = detail;
	return record__alarm__pack(&alarm, (uint8_t *)out);
}

size_t
alarms_pb_item(struct alarms *a, unsigned source, char *out)
{
	char item[2048];
	size_t len = alarms_pb(a, source, item);
	size_t n = 0;

	/* Field 1, length-delimited: what a repeated message field looks like.
	 */
	out[n++] = 0x0a;
	for (size_t left = len;; left >>= 7) {
		out[n++] = (char)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
		if (left <= 0x7f)
			break;
	}
	memcpy(out + n, item, len);
	return n + len;
}
