/* backup_manifest_fuzz.c - a manifest.json that somebody has changed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup_manifest.h"

#include <stdlib.h>

#include "proto/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* What is taken is its only spelling, and says what a reader relies on. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Backup__Manifest *m = NULL;
	struct note_vkey key;
	struct part_sum sum;
	struct buf text;

	crypto_start();
	if (backup_manifest_get(&m, bytes_of(data, size), NULL) != ERR_OK) {
		must(m == NULL);
		return 0;
	}
	buf_init(&text, JSON_BYTES_MAX);
	json_encode(&text, &m->base, JSON_PRETTY);
	must(bytes_equal(buf_view(&text), bytes_of(data, size)));
	buf_clear(&text);
	must(m->n_parts > 0 && m->node != NULL);
	for (size_t i = 0; i < m->n_parts; i++) {
		must(backup_manifest_sum(&sum, m->parts[i], NULL) == ERR_OK);
		must(backup_manifest_number(m->parts[i]->file) > 0);
	}
	for (size_t i = 0; i < m->n_logs; i++)
		(void)backup_manifest_vkey(m, m->logs[i]->origin, &key);
	protobuf_c_message_free_unpacked(&m->base, NULL);
	return 0;
}
