/* defence_post.c - entries of joint defence that wait for the committer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence_post.h"

#include "node/journal.h"

static const struct submit_who node = {.subject = "node", .role = "node"};

void
defence_post_open(struct defence_post *p, struct site *s)
{
	*p = (struct defence_post){.site = s};
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->wake, NULL);
}

void
defence_post_close(struct defence_post *p)
{
	(void)pthread_cond_destroy(&p->wake);
	(void)pthread_mutex_destroy(&p->lock);
}

static void
done(void *arg, struct submit_result *r)
{
	struct defence_post *p = arg;

	if (r->error != ERR_OK && r->error != ERR_TIMEOUT)
		journal_warn("DEFENCE", "not recorded yet: %s", r->why.text);
	(void)pthread_mutex_lock(&p->lock);
	p->waiting--;
	p->made += r->error == ERR_OK && !r->items[0].duplicate;
	p->failed |= r->error != ERR_OK;
	(void)pthread_cond_signal(&p->wake);
	(void)pthread_mutex_unlock(&p->lock);
	submit_result_free(r);
}

struct submit_to
defence_post_to(struct defence_post *p)
{
	(void)pthread_mutex_lock(&p->lock);
	p->waiting++;
	(void)pthread_mutex_unlock(&p->lock);
	return (struct submit_to){
	    .site = p->site, .who = &node, .done = done, .arg = p};
}

void
defence_post_told(void *arg)
{
	struct defence_post *p = arg;

	(void)pthread_mutex_lock(&p->lock);
	p->waiting--;
	(void)pthread_cond_signal(&p->wake);
	(void)pthread_mutex_unlock(&p->lock);
}

bool
defence_post_settled(struct defence_post *p)
{
	bool good;

	(void)pthread_mutex_lock(&p->lock);
	/* A committer that is held answers only when it ends. */
	while (p->waiting > 0 && !p->ending)
		(void)pthread_cond_wait(&p->wake, &p->lock);
	good = !p->failed && p->waiting == 0;
	p->failed = false;
	(void)pthread_mutex_unlock(&p->lock);
	return good;
}

void
defence_post_end(struct defence_post *p)
{
	(void)pthread_mutex_lock(&p->lock);
	p->ending = true;
	(void)pthread_cond_signal(&p->wake);
	(void)pthread_mutex_unlock(&p->lock);
}

unsigned
defence_post_made(struct defence_post *p)
{
	unsigned n;

	(void)pthread_mutex_lock(&p->lock);
	n = p->made;
	p->made = 0;
	(void)pthread_mutex_unlock(&p->lock);
	return n;
}
