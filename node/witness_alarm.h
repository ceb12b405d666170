/* witness_alarm.h - raised while a witness outside does not cosign. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WITNESS_ALARM_H
#define NODE_WITNESS_ALARM_H

#include <pthread.h>
#include <stdbool.h>

#include "proto/text.h"

struct site;

/* Raise and clear are called over and over, by one thread, and never wait. */
struct witness_alarm {
	struct site *site;
	char source[96];
	pthread_mutex_t lock;
	enum {
		WITNESS_ALARM_NEW, /* a start: one may be open */
		WITNESS_ALARM_CALM,
		WITNESS_ALARM_UNDER_WAY,
		WITNESS_ALARM_RAISED
	} state; /* under the lock, as is id */
	char id[TEXT_UUID_CHARS + 1];
};
void witness_alarm_init(
    struct witness_alarm *a, struct site *s, const char *witness);
void witness_alarm_end(struct witness_alarm *a);
void witness_alarm_raise(struct witness_alarm *a, const char *trouble);
void witness_alarm_clear(struct witness_alarm *a);

#endif
