/* packs_fuzz.c - a rule pack that somebody put into the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/packs_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct packs *standard;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
free_standard(void)
{
	packs_free(standard);
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

/* The standard is read once: it is most of what opening a node's packs costs.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err_why why = {.text = ""};
	struct packs *p;

	if (standard == NULL) {
		must(packs_open(&standard, NULL, NULL) == ERR_OK);
		(void)atexit(free_standard);
	}
	p = packs_grow(standard);
	if (packs_add(p, "x.yaml", bytes_of(data, size), &why) != ERR_OK)
		must(strstr(why.text, "x.yaml") != NULL);
	check_packs(p);
	packs_ungrow(p);
	return 0;
}
