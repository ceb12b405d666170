/* invite.c - invitations: made here, judged when a guest shows one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/invite.h"

#include <stdio.h>
#include <stdlib.h>

#include "federation/council_card.h"
#include "federation/roster_card.h"
#include "node/config.h"
#include "node/invite_stand.h"
#include "node/journal.h"
#include "node/peers.h"
#include "node/seat.h"
#include "node/service.h"
#include "node/site.h"
#include "node/site_keys.h"
#include "node/submit_invited.h"
#include "node/token.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define VALID "24h"
#define VALID_MAX_US (INT64_C(30) * 86400 * 1000000)
#define CARD_BYTES_MAX 8192

/* ---- making ---- */

struct making {
	const char *name;
	struct invitation *out;
	char *endpoint; /* that the own card says; or NULL */
	enum err e;
	struct err_why *why;
};

static void
look_around(void *arg, const struct seat_view *v)
{
	struct making *m = arg;
	const struct council_epoch *now = council_now(v->council);
	const Fed__Card *self = invite_card(now->state, v->self);

	m->out->epoch = now->id;
	if (self == NULL)
		m->e = err_fail(m->why, ERR_REFUSED,
		    "this node is no member (yet, or any more)");
	else if (invite_card(now->state, m->name) != NULL ||
	    invite_former(now->state, m->name))
		m->e = err_both(m->why, ERR_EXISTS,
		    "there is or was a member of that name: names are used "
		    "once",
		    "该名称已是或曾是成员：名称只能使用一次");
	else
		m->endpoint = mem_strdup_given(self->endpoint);
}

static enum err
take_request(struct invitation *out, const Config__InvitationRequest *req,
    int64_t now_us, struct err_why *why)
{
	int64_t span = 0;
	enum err e;

	if (req->name == NULL || !roster_card_name_ok(req->name) ||
	    strlen(req->name) > SITE_NAME_MAX)
		return err_both(why, ERR_MALFORMED,
		    "$.name: the name of the new node, such as "
		    "plant-e.acme.example",
		    "$.name：新节点的名称，例如 plant-e.acme.example");
	out->role = (Fed__Role)config_role(req->role != NULL ? req->role : "");
	if (out->role == FED__ROLE__ROLE_UNSPECIFIED)
		return err_fail(why, ERR_MALFORMED,
		    "role: expected plant, hq, partner or regulator");
	e = text_span_get(
	    &span, bytes_str(req->valid != NULL ? req->valid : VALID), why);
	if (e == ERR_OK && (span <= 0 || span > VALID_MAX_US))
		e = err_both(why, ERR_MALFORMED,
		    "expected a span like 24h, of 30d at most",
		    "应为时长，例如 24h，最长 30d");
	if (e != ERR_OK)
		return err_wrap(why, e, "$.valid");
	out->expires = (uint32_t)((now_us + span) / 1000000);
	(void)snprintf(out->name, sizeof out->name, "%s", req->name);
	return ERR_OK;
}

static enum err
take_address(struct invitation *out, const char *address, struct err_why *why)
{
	if (address == NULL)
		return err_both(why, ERR_REFUSED,
		    "this node's card has no endpoint, so nobody could dial "
		    "it: let a member invite that has one, or give --endpoint",
		    "本节点名片没有地址，新节点无法连接：请由有地址的成员邀请，"
		    "或用 --endpoint 指定");
	if (!roster_card_endpoint_ok(address) ||
	    strlen(address) > INVITATION_ADDRESS_MAX)
		return err_fail(
		    why, ERR_MALFORMED, "endpoint must be tcp://host:port");
	(void)snprintf(out->address, sizeof out->address, "%s", address);
	return ERR_OK;
}

static Config__Token *
row_of(const struct invitation *v, const struct hash *hash, int64_t now_us)
{
	Config__Token *t = mem_alloc(1, sizeof *t);

	config__token__init(t);
	t->id = mem_alloc(INVITATION_ID_CHARS + 1, 1);
	invitation_id(t->id, hash);
	t->role = mem_strdup(INVITE_ROLE);
	t->has_created_at = t->has_expires_at = true;
	t->created_at = now_us;
	t->expires_at = v->expires * INT64_C(1000000);
	t->member = mem_strdup(v->name);
	t->has_member_role = true;
	t->member_role = (Config__Company)v->role;
	t->has_epoch = true;
	t->epoch.data = mem_alloc(1, HASH_BYTES);
	t->epoch.len = HASH_BYTES;
	memcpy(t->epoch.data, v->epoch.b, HASH_BYTES);
	return t;
}

enum err
invite_make(struct service *s, const Config__InvitationRequest *req,
    struct invitation *out, struct hash *hash, Config__Token **row,
    struct err_why *why)
{
	const int64_t now_us = service_now();
	struct making m = {.name = req->name, .out = out, .why = why};
	enum err e = take_request(out, req, now_us, why);

	if (e == ERR_OK)
		e = seat_look(peers_seat(s->peers), look_around, &m, why);
	if (e == ERR_OK)
		e = m.e;
	if (e == ERR_OK)
		e = take_address(out,
		    req->endpoint != NULL ? req->endpoint : m.endpoint, why);
	free(m.endpoint);
	if (e != ERR_OK)
		return e;
	(void)snprintf(out->inviter, sizeof out->inviter, "%s", s->site->name);
	memcpy(out->key, site_keys(s->site)->session.pub, sizeof out->key);
	crypto_random(out->secret, sizeof out->secret);
	invitation_hash(hash, bytes_of(out->secret, sizeof out->secret));
	*row = row_of(out, hash, now_us);
	return ERR_OK;
}

/* ---- judging ---- */

struct judging {
	struct service *s;
	const struct invite_guest *g;
	Config__Token *row;
	struct hash secret; /* as kept */
	struct hash card; /* SHA-256 of the canonical card */
	struct err_why *why;
};

static enum err
know_row(struct judging *j)
{
	const Fed__Guest *m = j->g->said;
	struct hash shown;

	j->row = token_find(j->s->tokens, j->g->id, &j->secret);
	invitation_hash(&shown, bytes_of(m->secret.data, m->secret.len));
	if (j->row == NULL || j->row->member == NULL ||
	    !crypto_same(shown.b, j->secret.b, HASH_BYTES))
		return err_both(j->why, ERR_DENIED,
		    "this is no invitation of this node", "并非本节点的邀请码");
	if (j->row->has_revoked_at)
		return err_both(j->why, ERR_DENIED,
		    "the invitation was revoked; ask for another one",
		    "邀请码已吊销，请重新索取");
	return ERR_OK;
}

static enum err
know_card(struct judging *j)
{
	const Fed__Card *c = j->g->said->card;
	const Config__Token *row = j->row;
	struct buf b;
	enum err e;

	if (c == NULL)
		return err_fail(j->why, ERR_MALFORMED, "a card is missing");
	e = roster_card_check(c, j->why);
	if (e != ERR_OK)
		return e;
	if (strcmp(c->name, row->member) != 0 ||
	    (Config__Company)c->role != row->member_role)
		return err_both(j->why, ERR_DENIED,
		    "the invitation is for another node, or another role",
		    "邀请码属于其他节点或其他角色");
	if (!crypto_same(c->session_key.data, j->g->key, CRYPTO_KEY_BYTES))
		return err_both(j->why, ERR_UNVERIFIED,
		    "the card is not that of whoever shows it",
		    "名片与出示者不符");
	buf_init(&b, CARD_BYTES_MAX);
	slice_pack(&b, &c->base);
	e = buf_ok(&b, j->why);
	digest_sha256(&j->card, buf_view(&b));
	buf_clear(&b);
	if (e == ERR_OK && row->has_card &&
	    !bytes_equal(
	        bytes_of(row->card.data, row->card.len), bytes_hash(&j->card)))
		return err_both(j->why, ERR_DENIED,
		    "the invitation was used already, with another card: if "
		    "that was not this node, warn whoever invited it",
		    "邀请码已被另一张名片使用：若非本节点所为，请立即通知邀请"
		    "方");
	return e;
}

static enum err
still_valid(const struct judging *j)
{
	return service_now() < j->row->expires_at
	    ? ERR_OK
	    : err_both(j->why, ERR_DENIED,
	          "the invitation has expired; ask for another one",
	          "邀请码已过期，请重新索取");
}

/* Binds the invitation to the card. */
static enum err
use(struct judging *j)
{
	const struct submit_who node = {.subject = "node", .role = "node"};
	const Fed__Card *c = j->g->said->card;
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = {.site = j->s->site,
	    .who = &node,
	    .done = submit_wait_done,
	    .arg = w};
	struct submit_result *r;
	struct buf detail;
	enum err e;

	buf_init(&detail, 1024);
	buf_printf(&detail, "invitation %s used by %s, identity key ",
	    j->row->id, c->name);
	text_hex_put(
	    &detail, bytes_of(c->identity_key.data, c->identity_key.len));
	submit_invited(&to,
	    &(struct submit_invited){.book = j->s->tokens,
	        .id = j->row->id,
	        .secret = &j->secret,
	        .card = &j->card,
	        .detail = buf_cstr(&detail)});
	r = submit_wait_for(w);
	e = r->error;
	if (e == ERR_OK)
		journal_info("ALLIANCE-INVITED", "%s", buf_cstr(&detail));
	else
		*j->why = r->why;
	submit_result_free(r);
	buf_clear(&detail);
	return e == ERR_OK ? token_reload(j->s->tokens, j->why) : e;
}

static enum err
propose(struct judging *j)
{
	Record__Proposal *p = mem_alloc(1, sizeof *p);
	struct hash motion;
	enum err e;

	record__proposal__init(p);
	p->has_change = 1;
	p->change = RECORD__PROPOSAL__CHANGE__JOIN;
	p->card = council_card_copy(j->g->said->card);
	p->member = mem_strdup(p->card->name);
	e = seat_propose(peers_seat(j->s->peers), p, &motion, j->why);
	slice_free(&p->base);
	return e;
}

static enum err
look(const struct judging *j, struct invite_stand *s)
{
	enum err e =
	    seat_look(peers_seat(j->s->peers), invite_stand, s, j->why);

	return e == ERR_OK ? s->e : e;
}

/* Proposes, unless that was in vain in this epoch, and looks again. */
static enum err
propose_once(struct judging *j, struct invite_stand *s)
{
	struct hash *full = j->g->full;
	enum err e = still_valid(j);

	if (e == ERR_OK && memcmp(full->b, s->now.b, HASH_BYTES) != 0) {
		e = propose(j);
		if (e == ERR_OK)
			e = look(j, s);
	}
	if (e != ERR_OK || s->out->state != FED__TOLD__STATE__STATE_UNSPECIFIED)
		return e;
	*full = s->now;
	return err_both(j->why, ERR_BUSY,
	    "this node has proposed too much in this epoch: let the members "
	    "vote on what stands (lianfang alliance status)",
	    "本节点在本届提案过多：请成员先对现有提案表决（lianfang alliance "
	    "status）");
}

static enum err
judge(struct judging *j, Fed__Told *out)
{
	struct invite_stand s = {
	    .card = j->g->said->card, .out = out, .why = j->why};
	enum err e = know_row(j);

	if (e == ERR_OK)
		e = know_card(j);
	if (e != ERR_OK)
		return e;
	memcpy(s.epoch.b, j->row->epoch.data, HASH_BYTES);
	if (!j->row->has_card) {
		/* What comes to nothing does not use it up. */
		e = still_valid(j);
		if (e == ERR_OK)
			e = look(j, &s);
		if (e == ERR_OK)
			e = use(j);
	}
	s.begin = j->g->said->begin;
	if (e == ERR_OK)
		e = look(j, &s);
	if (e == ERR_OK && out->state == FED__TOLD__STATE__STATE_UNSPECIFIED)
		e = propose_once(j, &s);
	return e;
}

/* What comes right by itself is waited for. */
static bool
passes(enum err e)
{
	return e == ERR_TIMEOUT || e == ERR_BUSY || e == ERR_LIMIT ||
	    e == ERR_FULL || e == ERR_IO;
}

void
invite_judge(struct service *s, const struct invite_guest *g, Fed__Told **out)
{
	struct err_why why = {.text = ""};
	struct judging j = {.s = s, .g = g, .why = &why};
	Fed__Told *told = mem_alloc(1, sizeof *told);
	enum err e;

	fed__told__init(told);
	e = judge(&j, told);
	if (e != ERR_OK) {
		told->state = passes(e) ? FED__TOLD__STATE__WAITING
		                        : FED__TOLD__STATE__REFUSED;
		told->text = mem_strdup(why.text);
		told->text_zh = mem_strdup(why.zh);
		journal_warn("ALLIANCE-INVITED", "%s: %s", g->id, why.text);
	}
	told->has_state = 1;
	if (j.row != NULL)
		config__token__free_unpacked(j.row, NULL);
	*out = told;
}
