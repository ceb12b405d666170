/* replay.c - feed corpus files to a fuzz target, without libFuzzer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
    unsigned seed) __attribute__((weak));
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#define INPUT_MAX (16u << 20) /* bytes; a corpus file is small */
#define CHANGES 6 /* of each corpus file, where the target has a mutator */
#define CHANGED_MAX 65536 /* bytes */

static void
fail(const char *what, const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", what, path);
	exit(1);
}

/* In place of libFuzzer's: one byte altered, added or taken away, the same in
 * every run. */
size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	static uint64_t state = UINT64_C(88172645463325252);
	size_t at;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	at = size > 0 ? (size_t)(state >> 16) % size : 0;
	if (state % 3 == 0 && size < max_size) {
		memmove(data + at + 1, data + at, size - at);
		data[at] = (uint8_t)(state >> 8);
		return size + 1;
	}
	if (state % 3 == 1 && size > 1) {
		memmove(data + at, data + at + 1, size - at - 1);
		return size - 1;
	}
	if (size > 0)
		data[at] ^= (uint8_t)(1u << (state >> 8) % 8);
	return size;
}

/* Changes that build on each other; their number is part of the test. */
static void
replay_changes(const uint8_t *data, size_t size, const char *path)
{
	uint8_t *room, *exact;

	if (LLVMFuzzerCustomMutator == NULL || size > CHANGED_MAX)
		return;
	room = malloc(CHANGED_MAX);
	if (room == NULL)
		fail("no memory", path);
	memcpy(room, data, size);
	for (unsigned i = 1; i <= CHANGES; i++) {
		size = LLVMFuzzerCustomMutator(
		    room, size, CHANGED_MAX, i * 2654435761u);
		exact = malloc(size > 0 ? size : 1);
		if (exact == NULL)
			fail("no memory", path);
		memcpy(exact, room, size);
		fprintf(stderr, "%s, change %u\n", path, i);
		(void)LLVMFuzzerTestOneInput(exact, size);
		free(exact);
	}
	free(room);
}

/* Exactly as many heap bytes as the file has, so that a read past the end is
 * seen by AddressSanitizer. */
static void
replay_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(size > 0 ? size : 1);

	if (f == NULL)
		fail("cannot open", path);
	if (data == NULL || size > INPUT_MAX)
		fail("too large", path);
	if (fread(data, 1, size, f) != size)
		fail("cannot read", path);
	(void)fclose(f);
	/* The last line of the log names the input that crashed. */
	fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(data, size);
	replay_changes(data, size, path);
	free(data);
}

static unsigned
replay_path(const char *path)
{
	struct dirent **names = NULL;
	unsigned count = 0;
	struct stat st;
	int n;

	if (stat(path, &st) != 0)
		fail("not found", path);
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path, (size_t)st.st_size);
		return 1;
	}
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		fail("cannot list", path);
	for (int i = 0; i < n; i++) {
		char child[4096];

		if (names[i]->d_name[0] != '.') {
			(void)snprintf(child, sizeof(child), "%s/%s", path,
			    names[i]->d_name);
			count += replay_path(child);
		}
		free(names[i]);
	}
	free(names);
	return count;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;

	if (LLVMFuzzerInitialize != NULL)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		count += replay_path(argv[i]);
	if (count == 0)
		fail("no inputs in", argc > 1 ? argv[1] : "nothing");
	/* Every target refuses the empty input without touching it. */
	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("%u inputs\n", count);
	return 0;
}
