/* note_fuzz.c - any bytes as a note, a checkpoint or a key. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define LOG                                  \
	"example.com/log/testdata+33d7b496+" \
	"AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
#define WIT "Wit1+9b3fb2d5+BFhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk"

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* What was accepted is written the same way again. */
static void
check_key(struct bytes in)
{
	struct note_vkey key;
	struct buf b;

	if (note_vkey_get(&key, in, NULL) != ERR_OK)
		return;
	buf_init(&b, 65536);
	note_vkey_put(&b, &key);
	must(bytes_equal(buf_view(&b), in));
	buf_clear(&b);
}

static void
check_checkpoint(struct bytes text)
{
	struct note_checkpoint c;
	struct note_checkpoint again;
	struct buf b;

	if (note_checkpoint_get(&c, text, NULL) != ERR_OK)
		return;
	buf_init(&b, 65536);
	note_checkpoint_put(&b, &c);
	/* All but extension lines. */
	must(b.len <= text.len && memcmp(b.ptr, text.ptr, b.len) == 0);
	must(note_checkpoint_get(&again, buf_view(&b), NULL) == ERR_OK);
	buf_clear(&b);
}

static void
check_note(struct bytes in)
{
	struct note_vkey key;
	struct note n;
	uint64_t when;

	if (note_parse(&n, in, NULL) != ERR_OK)
		return;
	must(n.sigs_len >= 1 && n.sigs_len <= NOTE_SIGS_MAX);
	must(n.text.len + 1 + n.sig_lines.len == in.len);
	must(note_vkey_get(&key, bytes_str(LOG), NULL) == ERR_OK);
	(void)!note_check(&n, &key, &when, NULL);
	must(note_vkey_get(&key, bytes_str(WIT), NULL) == ERR_OK);
	(void)!note_check(&n, &key, &when, NULL);
	check_checkpoint(n.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char name[NOTE_NAME_MAX + 1];
	struct crypto_signer signer;
	struct bytes in = bytes_of(data, len);

	crypto_start();
	check_key(in);
	check_note(in);
	check_checkpoint(in);
	(void)!note_skey_get(&signer, name, in, NULL);
	return 0;
}
