/* peers.c - the node's side of the federation: roster and hub. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/peers.h"

#include "ledger/generation.h"
#include "node/config.h"
#include "node/feed.h"
#include "node/forks.h"
#include "node/heads.h"
#include "node/journal.h"
#include "node/lane.h"
#include "node/mend.h"
#include "node/peers_file.h"
#include "node/peers_log.h"
#include "node/peers_state.h"
#include "node/seat.h"
#include "node/service.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "node/site_next.h"
#include "node/submit.h"
#include "node/submit_person.h"
#include "proto/json.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what the site asks ---- */

static Fed__Role
member_role(void *arg, const char *member)
{
	const struct roster *r = atomic_load(&((struct peers *)arg)->roster);
	const struct roster_member *m = r ? roster_find(r, member) : NULL;

	return m != NULL ? m->role : FED__ROLE__ROLE_UNSPECIFIED;
}

static int64_t
replica_seen(void *arg, const char *member)
{
	struct peers *p = arg;
	int64_t at = 0;

	(void)pthread_mutex_lock(&p->seen_lock);
	for (size_t i = 0; i < p->seen_len; i++)
		if (strcmp(p->seen[i].member, member) == 0)
			at = p->seen[i].at_us;
	(void)pthread_mutex_unlock(&p->seen_lock);
	return at;
}

static void
each_member(void *arg, void (*each)(void *ctx, const char *name), void *ctx)
{
	struct peers *p = arg;
	const struct roster *r = atomic_load(&p->roster);

	for (size_t i = 0; r != NULL && i < roster_len(r); i++)
		each(ctx, roster_at(r, i)->name);
}

/* ---- what the hub tells ---- */

static enum err
hub_fold(void *arg, struct store_txn *txn, const struct log_stretch *s,
    struct err_why *why)
{
	struct peers *p = arg;

	return site_fold_replica(p->site, txn, s, why);
}

static void
hub_extended(void *arg, const char *origin, uint64_t from, uint64_t to)
{
	struct peers *p = arg;

	journal_debug("PEER-EXTENDED", "origin=%s from=%llu to=%llu", origin,
	    (unsigned long long)from, (unsigned long long)to);
	feed_kick(p->service->feed);
	if (strstr(origin, "/alliance/") == NULL)
		return;
	submit_persons(p->site);
	seat_kick(p->seat);
}

static void
cosignature_stored(void *arg, struct submit_result *r)
{
	(void)arg;
	if (r->error != ERR_OK)
		journal_warn("PEER-COSIGNATURE", "not stored: %s", r->why.text);
	submit_result_free(r);
}

static void
hub_cosigned(void *arg, const char *origin, uint64_t size, struct bytes line)
{
	struct peers *p = arg;
	struct submit_who who = {.subject = "federation", .role = "node"};
	struct submit_to to = {
	    .site = p->site, .who = &who, .done = cosignature_stored, .arg = p};

	submit_cosignature(&to, origin, size, line);
}

static void
hub_forked(void *arg, const struct hub_fork *fork)
{
	struct peers *p = arg;

	forks_found(p->service->forks, fork->origin, fork->peer);
}

static void
hub_erased(void *arg, const char *peer, const char *origin, uint64_t index)
{
	(void)arg;
	journal_info("PEER-ERASED", "peer=%s origin=%s index=%llu", peer,
	    origin, (unsigned long long)index);
}

static void
hub_ahead(void *arg, const char *peer, const char *origin, uint64_t size,
    struct bytes note)
{
	struct peers *p = arg;

	if (note.len > 0)
		heads_proved(p->service->heads, peer, origin, note);
	/* A mere word, which any member could say: it stops nobody. */
	journal_error("NODE-BEHIND-ITSELF",
	    "peer=%s says that it acknowledged origin=%s size=%llu, more "
	    "than is held here; was an old copy restored?",
	    peer, origin, (unsigned long long)size);
}

static void
hub_shown(void *arg, const char *origin, uint64_t size, struct bytes note)
{
	struct peers *p = arg;

	(void)size;
	if (note.len > 0)
		heads_proved(p->service->heads, "a member", origin, note);
}

static void
hub_refused(void *arg, const struct hub_refusal *r)
{
	(void)arg;
	journal_warn("PEER-REFUSED", "peer=%s origin=%s code=%s why=\"%s\"",
	    r->peer, r->origin != NULL ? r->origin : "-", err_name(r->err),
	    r->text);
}

static void
hub_link(void *arg, const char *peer, bool up)
{
	struct peers *p = arg;

	heads_link(p->service->heads, peer, up);
	journal_info(up ? "PEER-UP" : "PEER-DOWN", "peer=%s", peer);
}

/* ---- the hub ---- */

/* lock held; no hub yet. */
static enum err
start_hub(struct peers *p, struct err_why *why)
{
	struct roster *r = atomic_load(&p->roster);
	struct peers_log_list list = {.len = 0};
	struct crypto_dh other = {.pub = {0}};
	bool waits = false, has;
	enum err e;

	if (r == NULL || !p->started)
		return ERR_OK;
	p->logs = site_logs(p->site);
	e = peers_log_list(&list, p->site, p->logs, r, why);
	has = site_next_session(p->site, &other, &waits);
	struct hub_options o = {.roster = r,
	    .self = p->site->name,
	    .session_key = &site_keys(p->site)->session,
	    .other_key = has ? &other : NULL,
	    .renewing = waits,
	    .witness_key = &site_keys(p->site)->witness,
	    .no_witness = &p->site->witness_retired,
	    .listen = p->listen[0] != '\0' ? p->listen : NULL,
	    .own = p->site->own.book,
	    .replicas = p->site->replica.book,
	    .witness = &p->site->witness,
	    .successions = list.view,
	    .successions_len = list.len,
	    .clock = p->site->clock,
	    .recall = mend_recaller(
	        p->service->mend, heads_recaller(p->service->heads)),
	    .host = {.arg = p,
	        .fold = hub_fold,
	        .extended = hub_extended,
	        .cosigned = hub_cosigned,
	        .forked = hub_forked,
	        .erased = hub_erased,
	        .ahead = hub_ahead,
	        .shown = hub_shown,
	        .refused = hub_refused,
	        .link = hub_link,
	        .cell = peers_heard_cell,
	        .remember = peers_remember,
	        .remembered = peers_remembered,
	        .invited = peers_invited,
	        .guest = peers_guest}};
	if (e == ERR_OK)
		e = hub_start(&p->hub, &o, why);
	crypto_wipe(&other, sizeof other);
	peers_log_clear(&list);
	return e;
}

/* lock held.  NULL: it talks to nobody any more. */
static void
adopt(struct peers *p, struct roster *r)
{
	struct kept *k;

	if (r != NULL) {
		k = mem_alloc(1, sizeof *k);
		k->roster = r;
		k->next = p->kept;
		p->kept = k;
	}
	atomic_store(&p->roster, r);
}

/* lock held.  Recording goes on whatever is wrong with it. */
static void
try_hub(struct peers *p)
{
	struct err_why why = {.text = ""};

	if (p->hub == NULL && start_hub(p, &why) != ERR_OK &&
	    strcmp(p->trouble, why.text) != 0) {
		memcpy(p->trouble, why.text, sizeof p->trouble);
		journal_error("PEER-HUB", "cannot start: %s", why.text);
	}
}

/* lock held: it begins anew, where it is known to listen. */
static void
end_hub(struct peers *p)
{
	if (p->hub == NULL)
		return;
	if (hub_url(p->hub)[0] != '\0')
		(void)snprintf(
		    p->listen, sizeof p->listen, "%s", hub_url(p->hub));
	hub_stop(p->hub);
	p->hub = NULL;
}

/* lock held, or nobody else is there.  What fails is tried again at the next
 * start; recording goes on with the keys of before. */
static void
take_keys(struct peers *p, const struct roster *r)
{
	const struct roster_member *me =
	    r != NULL ? roster_find(r, p->site->name) : NULL;
	struct err_why why = {.text = ""};
	bool changed = false;

	if (me == NULL)
		return;
	if (site_next_adopt(p->site, me->card, &changed, &why) != ERR_OK)
		journal_error("NODE-KEYS", "new keys: %s", why.text);
	if (changed)
		journal_info("NODE-KEYS",
		    "the keys of this node's new card are in force");
}

/* The members as they are now: no conversation goes on that began with others,
 * so none is with somebody who left, and none under a key that is gone. */
static void
on_epoch(void *arg)
{
	struct peers *p = arg;
	struct roster *r = NULL;
	struct err_why why = {.text = ""};

	(void)pthread_mutex_lock(&p->lock);
	if (seat_roster(p->seat, &r, &why) != ERR_OK)
		journal_error("ALLIANCE-LEFT", "%s", why.text);
	end_hub(p);
	take_keys(p, r);
	adopt(p, r);
	try_hub(p);
	peers_file_show(p->dir, p->seat);
	(void)pthread_mutex_unlock(&p->lock);
}

enum err
peers_open(
    struct peers **out, const char *dir, struct site *site, struct err_why *why)
{
	struct peers *p = mem_alloc(1, sizeof *p);
	struct roster *r = NULL;
	struct buf text;
	enum err e;

	(void)snprintf(p->dir, sizeof p->dir, "%s", dir);
	p->site = site;
	p->seat = seat_new(site);
	p->veil = veil_desk_new(p, site);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_mutex_init(&p->seen_lock, NULL);
	buf_init(&text, JSON_BYTES_MAX);
	e = peers_file_read(&text, dir, why);
	if (e == ERR_OK) {
		e = seat_begin(p->seat, buf_view(&text), why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "%s", PEERS_FILE);
		/* Not to be mistaken for the absence of a file. */
		if (e == ERR_NOT_FOUND)
			e = ERR_MALFORMED;
	}
	buf_clear(&text);
	if (e == ERR_OK && seat_roster(p->seat, &r, why) != ERR_OK)
		journal_error("ALLIANCE-LEFT", "%s", why->text);
	if (e != ERR_OK && e != ERR_NOT_FOUND) {
		peers_close(p);
		return e;
	}
	take_keys(p, r);
	adopt(p, r);
	site->peers = (struct site_peers){.arg = p,
	    .holds_key = peers_holds_key,
	    .agreed = peers_agreed,
	    .role = member_role,
	    .seen_us = replica_seen,
	    .members = each_member,
	    .clocks = peers_clocks,
	    .card = peers_card,
	    .alliance = peers_fingerprint};
	*out = p;
	return ERR_OK;
}

enum err
peers_start(
    struct peers *p, struct service *s, const char *listen, struct err_why *why)
{
	(void)pthread_mutex_lock(&p->lock);
	p->service = s;
	p->started = true;
	(void)snprintf(p->listen, sizeof p->listen, "%s", listen);
	if (p->watch == NULL)
		p->watch = peers_watch_new(p->site, s->config->node);
	enum err e = peers_guests_start(p, why);
	if (e == ERR_OK)
		e = seat_start(p->seat, on_epoch, p, why);
	if (e == ERR_OK)
		e = veil_desk_start(p->veil, why);
	if (e == ERR_OK)
		e = start_hub(p, why);
	/* Its card is to be renewed, or nobody: that stops no alarm. */
	if (e == ERR_DENIED || e == ERR_NOT_FOUND) {
		journal_error("PEER-HUB", "cannot start: %s", why->text);
		e = ERR_OK;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return e;
}

void
peers_stop(struct peers *p)
{
	seat_stop(p->seat);
	veil_desk_stop(p->veil);
	(void)pthread_mutex_lock(&p->lock);
	p->started = false;
	hub_stop(p->hub);
	p->hub = NULL;
	(void)pthread_mutex_unlock(&p->lock);
	lane_stop(p->guests);
	p->guests = NULL;
}

void
peers_close(struct peers *p)
{
	if (p == NULL)
		return;
	peers_stop(p);
	seat_free(p->seat);
	veil_desk_free(p->veil);
	while (p->kept != NULL) {
		struct kept *k = p->kept;
		p->kept = k->next;
		roster_free(k->roster);
		free(k);
	}
	peers_watch_free(p->watch);
	free(p->seen);
	(void)pthread_mutex_destroy(&p->lock);
	(void)pthread_mutex_destroy(&p->seen_lock);
	free(p);
}

bool
peers_running(struct peers *p)
{
	(void)pthread_mutex_lock(&p->lock);
	bool on = p->hub != NULL;
	(void)pthread_mutex_unlock(&p->lock);
	return on;
}

enum err
peers_install(struct peers *p, struct bytes json, struct err_why *why)
{
	struct roster *r = NULL;
	const struct roster *now;
	enum err e = peers_file_check(json, p->site, why);

	if (e == ERR_OK)
		e = peers_file_write(p->dir, json, why);
	if (e != ERR_OK)
		return e;
	(void)pthread_mutex_lock(&p->lock);
	e = seat_begin(p->seat, json, why);
	if (e == ERR_OK)
		e = seat_roster(p->seat, &r, why);
	if (e != ERR_OK)
		goto out;
	peers_file_show(p->dir, p->seat);
	now = atomic_load(&p->roster);
	if (now != NULL && roster_epoch(now) == roster_epoch(r) &&
	    memcmp(roster_fingerprint(now)->b, roster_fingerprint(r)->b,
	        HASH_BYTES) == 0) {
		roster_free(r);
	} else {
		end_hub(p);
		adopt(p, r);
		e = start_hub(p, why);
	}
out:
	(void)pthread_mutex_unlock(&p->lock);
	seat_kick(p->seat);
	return e;
}

void
peers_reconnect(struct peers *p)
{
	(void)pthread_mutex_lock(&p->lock);
	end_hub(p);
	try_hub(p);
	(void)pthread_mutex_unlock(&p->lock);
}

void
peers_wake(struct peers *p)
{
	/* The committer must not wait for an installation; the next second
	 * makes up for it. */
	if (pthread_mutex_trylock(&p->lock) != 0) {
		atomic_store(&p->unwoken, true);
		return;
	}
	if (p->hub != NULL)
		hub_wake(p->hub);
	(void)pthread_mutex_unlock(&p->lock);
}

/* seen_lock held. */
static void
note_complete(struct peers *p, const char *member, int64_t at_us)
{
	size_t i = 0;

	while (i < p->seen_len && strcmp(p->seen[i].member, member) != 0)
		i++;
	if (i == p->seen_len) {
		if (i == ROSTER_MEMBERS_MAX)
			return;
		p->seen = mem_resize(p->seen, i + 1, sizeof *p->seen);
		memset(&p->seen[i], 0, sizeof p->seen[i]);
		(void)snprintf(
		    p->seen[i].member, sizeof p->seen[i].member, "%s", member);
		p->seen_len++;
	}
	if (at_us > p->seen[i].at_us)
		p->seen[i].at_us = at_us;
}

bool
peers_hub_status(struct peers *p, struct hub_status *out)
{
	(void)pthread_mutex_lock(&p->lock);
	bool on = p->hub != NULL;
	if (on)
		hub_status(p->hub, out);
	(void)pthread_mutex_unlock(&p->lock);
	return on;
}

/* A log has gone on in its next generation: the hub begins anew with it. */
static void
renew(struct peers *p)
{
	(void)pthread_mutex_lock(&p->lock);
	if (p->hub != NULL && p->logs != site_logs(p->site))
		end_hub(p);
	try_hub(p);
	if (p->hub != NULL && atomic_exchange(&p->unwoken, false))
		hub_wake(p->hub);
	(void)pthread_mutex_unlock(&p->lock);
}

/* Whoever is no member (any more) misses nobody. */
static void
miss_nobody(struct peers *p)
{
	const struct hub_status none = {.len = 0};

	if (peers_roster(p) == NULL && p->watch != NULL)
		peers_watch_look(p->watch, &none);
}

void
peers_tick(struct peers *p)
{
	struct hub_status st;

	renew(p);
	seat_kick(p->seat);
	if (!peers_hub_status(p, &st)) {
		miss_nobody(p);
		return;
	}
	(void)pthread_mutex_lock(&p->seen_lock);
	for (size_t i = 0; i < st.len; i++) {
		const struct hub_peer_status *m = &st.peers[i];
		const struct hub_log_status *l = &m->log[ROSTER_ALLIANCE];

		if (l->wanted && l->held >= l->head)
			note_complete(p, m->name, l->head_us);
	}
	(void)pthread_mutex_unlock(&p->seen_lock);
	peers_watch_look(p->watch, &st);
	hub_status_clear(&st);
}

const struct roster *
peers_roster(const struct peers *p)
{
	return atomic_load(&p->roster);
}

struct site *
peers_site(const struct peers *p)
{
	return p->site;
}

struct seat *
peers_seat(struct peers *p)
{
	return p->seat;
}

size_t
peers_quorum(struct peers *p)
{
	const struct roster *r = peers_roster(p);

	return r != NULL ? roster_quorum(r) : 0;
}
