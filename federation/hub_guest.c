/* hub_guest.c - strangers who were invited, beside the links. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub_guest.h"

#include "federation/hub_state.h"

static void
lose(struct hub *h, struct wire_call *call)
{
	buf_reset(&h->home.frame);
	session_lost(&h->home.frame);
	wire_answer(call, buf_view(&h->home.frame));
}

/* lock held, or the hub's thread has ended. */
static void
forget(struct hub_guest *g)
{
	session_free(g->session);
	buf_clear(&g->welcome);
	buf_wipe(&g->answer);
	memset(g, 0, sizeof(*g));
}

static bool
allowed(struct hub *h, int64_t now_us)
{
	if (h->guest_us < now_us)
		h->guest_us = now_us;
	if (h->guest_us - now_us > HUB_GUEST_BURST * HUB_GUEST_US)
		return false;
	h->guest_us += HUB_GUEST_US;
	return true;
}

/* Only the hub's thread fills places. */
static struct hub_guest *
free_place(struct hub *h)
{
	for (size_t i = 0; i < HUB_GUESTS; i++)
		if (h->guests[i].call == NULL)
			return &h->guests[i];
	return NULL;
}

/* What a guest says holds the secret of its invitation. */
static void
forget_said(struct hub *h)
{
	buf_wipe(&h->home.plain);
	buf_init(&h->home.plain, SESSION_PLAIN_MAX);
}

static enum err
admit(struct hub *h, struct hub_guest *g, const struct wire_event *ev,
    const struct hub_guest_said *known, int64_t now_us)
{
	struct session_guest guest = {
	    .said = &h->home.plain, .welcome = &g->welcome};
	struct hub_guest_said said = *known;
	struct hash epoch;
	struct session_ends ends = {
	    h->o.self, said.invitation, &epoch, &h->key, NULL};
	enum err e;

	if (!h->o.host.invited(h->o.host.arg, said.invitation, &epoch))
		return ERR_NOT_FOUND;
	buf_reset(&h->home.plain);
	buf_init(&g->welcome, SESSION_WELCOME_BYTES);
	e = session_admit(&g->session, &ends, ev->body, now_us, &guest, NULL);
	if (e != ERR_OK)
		return e;
	/* Never the same as in a hub before: answers may come late. */
	crypto_random(&said.id, sizeof(said.id));
	buf_init(&g->answer, SESSION_PLAIN_MAX);
	g->until_us = now_us + HUB_GUEST_PATIENCE_US;
	(void)pthread_mutex_lock(&h->lock);
	g->id = said.id;
	g->call = ev->call;
	(void)pthread_mutex_unlock(&h->lock);
	said.key = guest.key;
	said.message = buf_view(&h->home.plain);
	h->o.host.guest(h->o.host.arg, &said);
	return ERR_OK;
}

void
hub_guest_request(struct hub *h, const struct wire_event *ev, int64_t now_us)
{
	struct hub_guest_said said = {.id = 0};
	struct hub_guest *g = free_place(h);
	char name[NOTE_NAME_MAX + 1];
	enum err e = ERR_BUSY;

	if (g != NULL && h->o.host.guest != NULL && allowed(h, now_us)) {
		e = session_claim(name, sizeof(name), ev->body, NULL);
		said.invitation = name;
	}
	if (e == ERR_OK) {
		e = admit(h, g, ev, &said, now_us);
		forget_said(h);
	}
	if (e == ERR_OK)
		return;
	if (g != NULL)
		forget(g);
	lose(h, ev->call);
}

void
hub_guest_answer(struct hub *h, uint64_t id, struct bytes message)
{
	(void)pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < HUB_GUESTS; i++) {
		struct hub_guest *g = &h->guests[i];

		if (g->call == NULL || g->id != id || g->answered)
			continue;
		buf_bytes(&g->answer, message);
		g->answered = true;
	}
	(void)pthread_mutex_unlock(&h->lock);
	wire_wake(h->home.wire);
}

static void
answer(struct hub *h, struct hub_guest *g)
{
	const struct session_place place = {true, 0};

	buf_reset(&h->home.frame);
	buf_bytes(&h->home.frame, buf_view(&g->welcome));
	if (g->answer.over ||
	    session_seal(g->session, place, buf_view(&g->answer),
	        &h->home.frame, NULL) != ERR_OK)
		lose(h, g->call);
	else
		wire_answer(g->call, buf_view(&h->home.frame));
}

int64_t
hub_guest_pump(struct hub *h, int64_t now_us)
{
	int64_t next_us = INT64_MAX;

	(void)pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < HUB_GUESTS; i++) {
		struct hub_guest *g = &h->guests[i];

		if (g->call == NULL)
			continue;
		if (!g->answered && now_us < g->until_us) {
			if (g->until_us < next_us)
				next_us = g->until_us;
			continue;
		}
		if (g->answered)
			answer(h, g);
		else
			lose(h, g->call);
		forget(g);
	}
	(void)pthread_mutex_unlock(&h->lock);
	return next_us;
}

void
hub_guest_end(struct hub *h)
{
	for (size_t i = 0; i < HUB_GUESTS; i++)
		forget(&h->guests[i]);
}
