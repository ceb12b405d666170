/* alarms.h - numbered alarms of about 600 bytes, without end. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_ALARMS_H
#define TESTS_BENCH_ALARMS_H

#include <stddef.h>
#include <stdint.h>

#define ALARMS_SOURCES 64

/* Each source numbers its alarms from 1 without gaps. */
struct alarms {
	char prefix[24];
	uint64_t seq[ALARMS_SOURCES];
};

void alarms_init(struct alarms *a, const char *prefix);

/* The next alarm of a source into out (at least 2048 bytes): as JSON; as a
 * record.Alarm; and as that behind tag and length, an item of an array. */
size_t alarms_json(struct alarms *a, unsigned source, char *out);
size_t alarms_pb(struct alarms *a, unsigned source, char *out);
size_t alarms_pb_item(struct alarms *a, unsigned source, char *out);

#endif
