/* peers_file.c - where the alliance begins, in the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/peers_file.h"

#include "node/journal.h"
#include "node/peers.h"
#include "node/seat.h"
#include "node/seat_start.h"
#include "node/whole_file.h"
#include "proto/json.h"

#include <stdio.h>

#define PATH_MAX_BYTES 1024

static enum err
path_of(char *out, const char *dir, const char *file, struct err_why *why)
{
	int n = snprintf(out, PATH_MAX_BYTES, "%s/%s", dir, file);

	if (n < 0 || n >= PATH_MAX_BYTES)
		return err_fail(why, ERR_LIMIT, "directory name too long");
	return ERR_OK;
}

enum err
peers_file_check(
    struct bytes json, const struct site *site, struct err_why *why)
{
	struct seat_start *s = NULL;
	enum err e = seat_start_open(&s, json, site, why);

	if (e != ERR_OK)
		return e;
	e = seat_start_keys(s, site, why);
	seat_start_free(s);
	return e;
}

enum err
peers_file_read(struct buf *out, const char *dir, struct err_why *why)
{
	char path[PATH_MAX_BYTES];
	enum err e = path_of(path, dir, PEERS_FILE, why);

	return e == ERR_OK ? whole_file_read(out, path, why) : e;
}

enum err
peers_file_write(const char *dir, struct bytes json, struct err_why *why)
{
	char path[PATH_MAX_BYTES];
	enum err e = path_of(path, dir, PEERS_FILE, why);

	return e == ERR_OK ? whole_file_write(path, json, 0644, why) : e;
}

static void
show(void *arg, const struct seat_view *v)
{
	Fed__Epoch m;

	council_epoch_tell(&m, council_now(v->council), v->alliance);
	json_encode(arg, &m.base, JSON_PRETTY);
}

void
peers_file_show(const char *dir, struct seat *seat)
{
	struct err_why why = {.text = ""};
	char path[PATH_MAX_BYTES];
	struct buf text;
	enum err e = path_of(path, dir, "epoch.json", &why);

	buf_init(&text, JSON_BYTES_MAX);
	if (e == ERR_OK)
		e = seat_look(seat, show, &text, &why);
	if (e == ERR_OK)
		e = buf_ok(&text, &why);
	if (e == ERR_OK)
		e = whole_file_write(path, buf_view(&text), 0644, &why);
	if (e != ERR_OK)
		journal_warn("ALLIANCE", "epoch.json: %s", why.text);
	buf_clear(&text);
}
