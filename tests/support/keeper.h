/* keeper.h - a plant that is backed up and restored, in one process. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_KEEPER_H
#define TESTS_SUPPORT_KEEPER_H

#include "node/backup.h"
#include "tests/support/plant.h"

/* All calls abort when what they need fails, unless they return an error. */
struct keeper {
	struct plant p;
	char folder[TEMP_PATH_BYTES]; /* of the next three */
	char to[TEMP_PATH_BYTES];
	char keys[TEMP_PATH_BYTES];
	char back[TEMP_PATH_BYTES]; /* what is restored */
	uint64_t seq; /* of gds-01's last message */
};

void keeper_begin(struct keeper *k);
void keeper_end(struct keeper *k);
/* One store is opened once in a process: closed for a backup, opened again. */
void keeper_close(struct keeper *k);
void keeper_open(struct keeper *k);

/* A numbered alarm with this title, raised and cleared; its index. */
uint64_t keeper_alarm(struct keeper *k, const char *title);
/* Erases an entry of the newest generation; fields: 0 the whole. */
void keeper_erase(struct keeper *k, uint64_t index, uint32_t field);
void keeper_roll(struct keeper *k);

/* backup_run with the node closed; result may be NULL. */
enum err keeper_backup(struct keeper *k, bool full,
    struct backup_result *result, struct err_why *why);
/* backup verify --keys. */
enum err keeper_verify(struct keeper *k, struct err_why *why);
/* restore_run into k->back, removed before. */
enum err keeper_restore(struct keeper *k, struct err_why *why);
/* Every table of the own store is the same there and here; "" or which is not.
 * The node is closed. */
const char *keeper_differs(struct keeper *k);

#endif
