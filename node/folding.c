/* folding.c - tables of another version, folded while alarms are taken. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/folding.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "node/pack_store.h"
#include "node/service.h"
#include "node/site.h"
#include "node/site_fold.h"
#include "proto/mem.h"

struct folding {
	struct site *site;
	pthread_t thread;
	atomic_bool done;
	enum err result;
	struct err_why why;
};

static void *
fold_main(void *arg)
{
	struct folding *f = arg;

	f->result = site_fold_follow(f->site, &f->why);
	if (f->result == ERR_OK)
		f->result = pack_store_recall(f->site, &f->why);
	atomic_store(&f->done, true);
	return NULL;
}

enum err
folding_start(struct folding **out, struct service *s, struct err_why *why)
{
	struct folding *f = mem_alloc(1, sizeof *f);

	f->site = s->site;
	/* Else the committer would begin to sign with its first command. */
	f->site->asks = true;
	if (pthread_create(&f->thread, NULL, fold_main, f) != 0) {
		free(f);
		return err_fail(why, ERR_IO, "cannot start a thread");
	}
	*out = f;
	return ERR_OK;
}

bool
folding_done(const struct folding *f)
{
	return atomic_load(&f->done);
}

enum err
folding_end(struct folding *f, struct err_why *why)
{
	enum err e;

	pthread_join(f->thread, NULL);
	e = f->result;
	if (e != ERR_OK && why != NULL)
		*why = f->why;
	free(f);
	return e;
}
