/* packs_fuzz.c - a rule pack that somebody put into the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/packs_file.h"

#include <math.h>
#include <stdlib.h>

#include "tests/support/temp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[TEMP_PATH_BYTES];

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
remove_dir(void)
{
	temp_remove(dir);
}

/* A pack that is in force has every limit that a decision reads. */
static void
check_packs(const struct packs *p)
{
	const Pack__Work *w;
	char name[64];

	for (size_t i = 0; i < PACKS_MAX; i++) {
		w = packs_each(p, i);
		if (w == NULL)
			break;
		must(w->n_levels > 0 && w->n_rights > 0 && w->n_classes > 0);
		must(w->n_classes <= PACKS_CLASSES_MAX);
		must(isfinite(w->lel_split) && isfinite(w->limit_low_lel));
		packs_name(name, w);
		must(packs_version(p, packs_id(name)) == w);
		(void)packs_level(w, RECORD__PERMIT__LEVEL__SPECIAL);
		(void)packs_right(w, RECORD__PERMIT__ACTION__APPROVE,
		    RECORD__PERMIT__LEVEL__SPECIAL);
	}
	must(packs_work(p, "hot-work", INT64_MAX) != NULL);
	(void)packs_release(p, INT64_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[TEMP_PATH_BYTES];
	struct err_why why = {.text = ""};
	struct packs *p = NULL;

	if (dir[0] == '\0') {
		temp_make(dir);
		(void)atexit(remove_dir);
	}
	temp_path(path, dir, "x.yaml");
	temp_write(path, data, size);
	if (packs_open(&p, dir, &why) == ERR_OK)
		check_packs(p);
	else
		must(p == NULL && strstr(why.text, "x.yaml") != NULL);
	packs_free(p);
	return 0;
}
