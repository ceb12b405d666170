/* peers_guest.c - guests that the hub lets in, judged beside it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub_guest.h"
#include "federation/session.h"
#include "node/invite.h"
#include "node/lane.h"
#include "node/peers_state.h"
#include "node/token.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <stdio.h>
#include <stdlib.h>

#define NICE 5

/* The hub lets in so few at a time that nobody else bounds these. */
struct job {
	struct lane_job lane;
	struct peers *peers;
	uint64_t id;
	char invitation[NOTE_NAME_MAX + 1];
	uint8_t key[CRYPTO_KEY_BYTES];
	struct buf message;
};

bool
peers_invited(void *arg, const char *invitation, struct hash *epoch)
{
	struct peers *p = arg;
	struct hash secret;
	Config__Token *row =
	    token_find(p->service->tokens, invitation, &secret);
	bool known =
	    row != NULL && row->member != NULL && row->epoch.len == HASH_BYTES;

	if (known)
		memcpy(epoch->b, row->epoch.data, HASH_BYTES);
	if (row != NULL)
		config__token__free_unpacked(row, NULL);
	return known;
}

static void
answer(struct job *j)
{
	struct invite_guest g = {
	    .id = j->invitation, .key = j->key, .full = &j->peers->guest_full};
	ProtobufCMessage *msg = NULL;
	Fed__Told *told = NULL;
	struct buf out;

	buf_init(&out, SESSION_PLAIN_MAX);
	if (slice_unpack(&msg, &fed__guest__descriptor, buf_view(&j->message),
	        NULL) == ERR_OK) {
		Fed__Guest *said = (Fed__Guest *)(void *)msg;

		g.said = said;
		invite_judge(j->peers->service, &g, &told);
		crypto_wipe(said->secret.data, said->secret.len);
		slice_pack(&out, &told->base);
		slice_free(&told->base);
	}
	slice_free(msg);
	(void)pthread_mutex_lock(&j->peers->lock);
	if (j->peers->hub != NULL && !out.over)
		hub_guest_answer(j->peers->hub, j->id, buf_view(&out));
	(void)pthread_mutex_unlock(&j->peers->lock);
	buf_clear(&out);
}

static void
run(void *arg)
{
	struct job *j = arg;

	answer(j);
	buf_wipe(&j->message);
	free(j);
}

void
peers_guest(void *arg, const struct hub_guest_said *said)
{
	struct peers *p = arg;
	struct job *j = mem_alloc(1, sizeof *j);

	j->lane = (struct lane_job){.run = run, .arg = j};
	j->peers = p;
	j->id = said->id;
	memcpy(j->key, said->key, sizeof j->key);
	(void)snprintf(
	    j->invitation, sizeof j->invitation, "%s", said->invitation);
	buf_init(&j->message, SESSION_GUEST_MAX);
	buf_bytes(&j->message, said->message);
	lane_put(p->guests, &j->lane);
}

enum err
peers_guests_start(struct peers *p, struct err_why *why)
{
	return p->guests == NULL ? lane_start(&p->guests, 1, NICE, why)
	                         : ERR_OK;
}
