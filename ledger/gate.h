/* gate.h - many pass together, one closes it for itself. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GATE_H
#define LEDGER_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Unlike a read-write lock it may be left on another thread than it was
 * entered on, and the one who closes it gives up after a while.
 */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t turn;
	size_t inside;
	bool closed;
};

void gate_init(struct gate *g);
/* Nobody may be inside (asserted). */
void gate_clear(struct gate *g);

/* Waits while the gate is closed. */
void gate_enter(struct gate *g);
void gate_leave(struct gate *g);

/*
 * gate_close - keep newcomers out and wait until all have left; false when
 * that took longer than `wait_s` seconds (the gate is open again then).
 */
bool gate_close(struct gate *g, unsigned wait_s);
void gate_open(struct gate *g);

#endif
