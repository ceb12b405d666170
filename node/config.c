/* config.c - node.yaml: read, checked, with its defaults. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/config.h"

#include "node/config_target.h"
#include "node/config_witness.h"
#include "node/whole_file.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "proto/yaml.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define PEER_SECONDS_MAX 31536000
#define PEER_LIMITS_MAX 256

#define NAME_MAX_CHARS 200 /* leaves room for /evidence/<generation> */

static const struct {
	Config__Company role;
	const char *name;
} roles[] = {
    {CONFIG__COMPANY__PLANT, "plant"},
    {CONFIG__COMPANY__HQ, "hq"},
    {CONFIG__COMPANY__PARTNER, "partner"},
    {CONFIG__COMPANY__REGULATOR, "regulator"},
};

const char *
config_role_name(Config__Company role)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (roles[i].role == role)
			return roles[i].name;
	return "unknown";
}

Config__Company
config_role(const char *name)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (strcasecmp(roles[i].name, name) == 0)
			return roles[i].role;
	return CONFIG__COMPANY__COMPANY_UNSPECIFIED;
}

enum err
config_address(
    struct config_address *out, const char *text, struct err_why *why)
{
	const char *colon = strrchr(text, ':');
	uint64_t port;

	if (colon == NULL || colon == text)
		return err_fail(why, ERR_MALFORMED,
		    "expected HOST:PORT, not '%.60s'", text);
	enum err e = text_u64_get(&port, bytes_str(colon + 1), 65535, NULL);
	if (e != ERR_OK)
		return err_fail(why, ERR_MALFORMED,
		    "expected a port from 0 to 65535 after the last colon");
	const char *host = text;
	size_t n = (size_t)(colon - text);
	if (host[0] == '[' && n > 2 && host[n - 1] == ']') {
		host++;
		n -= 2;
	} else if (memchr(host, ':', n) != NULL) {
		return err_fail(why, ERR_MALFORMED,
		    "write an IPv6 address in brackets: [::1]:8420");
	}
	if (n >= sizeof out->host)
		return err_fail(why, ERR_MALFORMED, "host name too long");
	memcpy(out->host, host, n);
	out->host[n] = '\0';
	out->port = (uint16_t)port;
	return ERR_OK;
}

bool
config_loopback(const char *host)
{
	if (strcmp(host, "::1") == 0 || strcasecmp(host, "localhost") == 0)
		return true;
	/* Digits and dots only: "127.evil.example" is a name. */
	return strncmp(host, "127.", 4) == 0 &&
	    strspn(host, "0123456789.") == strlen(host);
}

static enum err
check_name(const char *name, struct err_why *why)
{
	if (name == NULL || name[0] == '\0')
		return err_fail(why, ERR_MALFORMED, "$.name: missing");
	if (strlen(name) > NAME_MAX_CHARS)
		return err_fail(why, ERR_MALFORMED,
		    "$.name: over %d characters", NAME_MAX_CHARS);
	for (const char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr(".-_", *c) == NULL)
			return err_fail(why, ERR_MALFORMED,
			    "$.name: letters, digits, dots and hyphens only, "
			    "like plant-a.acme.example");
	return ERR_OK;
}

static enum err
check_http(const Config__Node *node, struct err_why *why)
{
	struct config_address a;
	enum err e;
	bool tls = node->tls_certificate != NULL;

	if (tls != (node->tls_key != NULL))
		return err_fail(why, ERR_MALFORMED,
		    "$.tlsCertificate: give tls_certificate and tls_key "
		    "together");
	if (node->http == NULL)
		return ERR_OK;
	e = config_address(&a, node->http, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "$.http");
	if (!tls && !config_loopback(a.host) && !node->insecure_listen)
		return err_fail(why, ERR_REFUSED,
		    "$.http: %.60s is beyond loopback and would be plain "
		    "text; set tls_certificate and tls_key, or "
		    "insecure_listen: true if something in front encrypts",
		    node->http);
	return ERR_OK;
}

static enum err
check_tcp(const char *text, const char *path, struct err_why *why)
{
	struct config_address a;
	enum err e;

	if (text == NULL)
		return ERR_OK;
	if (strncmp(text, "tcp://", 6) != 0)
		return err_fail(
		    why, ERR_MALFORMED, "%s: expected tcp://HOST:PORT", path);
	e = config_address(&a, text + 6, why);
	return e == ERR_OK ? e : err_wrap(why, e, "%s", path);
}

static enum err
check_range(
    uint32_t v, uint32_t lo, uint32_t hi, const char *path, struct err_why *why)
{
	if (v < lo || v > hi)
		return err_fail(
		    why, ERR_MALFORMED, "%s: expected %u to %u", path, lo, hi);
	return ERR_OK;
}

static enum err
check_peers(const Config__Node *node, struct err_why *why)
{
	enum err e = check_range(node->peer_silent_seconds, 0, PEER_SECONDS_MAX,
	    "$.peerSilentSeconds", why);

	if (e == ERR_OK)
		e = check_range(node->peer_behind_seconds, 0, PEER_SECONDS_MAX,
		    "$.peerBehindSeconds", why);
	for (size_t i = 0; e == ERR_OK && i < node->n_peer_limits; i++) {
		const Config__PeerLimit *l = node->peer_limits[i];

		if (l->member == NULL || i == PEER_LIMITS_MAX)
			return err_fail(why, ERR_MALFORMED,
			    "$.peerLimits[%zu].member: whose?", i);
		e = check_range(l->silent_seconds, 0, PEER_SECONDS_MAX,
		    "$.peerLimits.silentSeconds", why);
		if (e == ERR_OK)
			e = check_range(l->behind_seconds, 0, PEER_SECONDS_MAX,
			    "$.peerLimits.behindSeconds", why);
	}
	return e;
}

enum err
config_check(const Config__Node *node, struct err_why *why)
{
	enum err e = check_name(node->name, why);

	if (e == ERR_OK && config_role_name(node->role)[0] == 'u')
		e = err_fail(why, ERR_MALFORMED,
		    "$.role: expected PLANT, HQ, PARTNER or REGULATOR");
	if (e == ERR_OK)
		e = check_http(node, why);
	if (e == ERR_OK)
		e = check_tcp(node->federation, "$.federation", why);
	if (e == ERR_OK)
		e = check_tcp(node->advertise, "$.advertise", why);
	if (e == ERR_OK && node->has_http_threads)
		e = check_range(
		    node->http_threads, 1, 64, "$.httpThreads", why);
	if (e == ERR_OK && node->has_http_connections)
		e = check_range(
		    node->http_connections, 8, 60000, "$.httpConnections", why);
	if (e == ERR_OK && node->has_http_idle_seconds)
		e = check_range(
		    node->http_idle_seconds, 1, 3600, "$.httpIdleSeconds", why);
	if (e == ERR_OK && node->has_http_connections_per_address)
		e = check_range(node->http_connections_per_address, 4, 60000,
		    "$.httpConnectionsPerAddress", why);
	if (e == ERR_OK && node->has_http_slow_seconds)
		e = check_range(
		    node->http_slow_seconds, 1, 600, "$.httpSlowSeconds", why);
	if (e == ERR_OK && node->has_ask_seconds)
		e = check_range(node->ask_seconds, 0, 600, "$.askSeconds", why);
	if (e == ERR_OK && node->has_bundle_wait_seconds)
		e = check_range(node->bundle_wait_seconds, 0, 60,
		    "$.bundleWaitSeconds", why);
	if (e == ERR_OK && node->has_clock_limit_ms)
		e = check_range(
		    node->clock_limit_ms, 100, 600000, "$.clockLimitMs", why);
	if (e == ERR_OK && node->has_clock_start_hours)
		e = check_range(
		    node->clock_start_hours, 0, 8760, "$.clockStartHours", why);
	if (e == ERR_OK && node->has_outbox_late_seconds)
		e = check_range(node->outbox_late_seconds, 1, 86400,
		    "$.outboxLateSeconds", why);
	if (e == ERR_OK && node->has_outbox_refusals)
		e = check_range(
		    node->outbox_refusals, 1, 1000, "$.outboxRefusals", why);
	if (e == ERR_OK && node->has_witness_late_seconds)
		e = check_range(node->witness_late_seconds, 1, 86400,
		    "$.witnessLateSeconds", why);
	if (e == ERR_OK)
		e = config_witness_check(node, why);
	if (e == ERR_OK)
		e = check_peers(node, why);
	return e == ERR_OK ? config_target_check(node, why) : e;
}

static void
set_text(char **field, const char *text)
{
	if (*field == NULL)
		*field = mem_strdup(text);
}

#define CONFIG_DEFAULT(n, field, value)       \
	do {                                  \
		if (!(n)->has_##field) {      \
			(n)->has_##field = 1; \
			(n)->field = (value); \
		}                             \
	} while (0)

static void
fill_defaults(Config__Node *n)
{
	set_text(&n->http, CONFIG_HTTP);
	set_text(&n->federation, CONFIG_FEDERATION);
	if (n->company == NULL) {
		const char *dot = strchr(n->name, '.');
		n->company = mem_strdup(dot != NULL ? dot + 1 : n->name);
	}
	CONFIG_DEFAULT(n, insecure_listen, false);
	CONFIG_DEFAULT(n, public_tiles, true);
	CONFIG_DEFAULT(n, log_level, CONFIG__LOG_LEVEL__INFO);
	CONFIG_DEFAULT(n, http_threads, 2);
	CONFIG_DEFAULT(n, http_connections, 1024);
	/* One address that says nothing must leave room for the alarms of
	 * others. */
	CONFIG_DEFAULT(n, http_connections_per_address,
	    n->http_connections - n->http_connections / 4);
	CONFIG_DEFAULT(n, http_idle_seconds, 60);
	CONFIG_DEFAULT(n, http_slow_seconds, 15);
	CONFIG_DEFAULT(n, bundle_wait_seconds, 5);
	CONFIG_DEFAULT(n, ask_seconds, 2);
	CONFIG_DEFAULT(n, clock_limit_ms, 2000);
	CONFIG_DEFAULT(n, clock_start_hours, 24);
	CONFIG_DEFAULT(n, outbox_late_seconds, 120);
	CONFIG_DEFAULT(n, outbox_refusals, 8);
	CONFIG_DEFAULT(n, witness_late_seconds, 3600);
	CONFIG_DEFAULT(n, peer_silent_seconds, 50);
	CONFIG_DEFAULT(n, peer_behind_seconds, 120);
	for (size_t i = 0; i < n->n_targets; i++)
		CONFIG_DEFAULT(n->targets[i], timeout_seconds, 10);
}

enum err
config_parse(struct config **out, struct bytes text, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct config *c;
	enum err e = yaml_decode(&msg, &config__node__descriptor, text, why);

	if (e != ERR_OK)
		return e;
	/* yaml_decode gives the type of the descriptor it was asked for. */
	Config__Node *node = (Config__Node *)(void *)msg;
	e = config_check(node, why);
	if (e != ERR_OK) {
		slice_free(msg);
		return e;
	}
	fill_defaults(node);
	c = mem_alloc(1, sizeof *c);
	c->node = node;
	*out = c;
	return ERR_OK;
}

enum err
config_read(struct config **out, const char *dir, struct err_why *why)
{
	char path[4096];
	struct buf text;
	enum err e;

	buf_init(&text, YAML_BYTES_MAX);
	int n = snprintf(path, sizeof path, "%s/%s", dir, CONFIG_FILE);
	if (n < 0 || (size_t)n >= sizeof path) {
		e = err_fail(why, ERR_LIMIT, "directory name too long");
		goto out;
	}
	e = whole_file_read(&text, path, why);
	if (e == ERR_NOT_FOUND)
		(void)err_fail(why, e,
		    "%.100s is not a node's directory (no %s); make one: "
		    "lianfang init --dir DIR --name NAME --role ROLE",
		    dir, CONFIG_FILE);
	if (e != ERR_OK)
		goto out;
	e = config_parse(out, buf_view(&text), why);
	if (e != ERR_OK)
		e = err_wrap(why, e, "%s", CONFIG_FILE);
out:
	buf_clear(&text);
	return e;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	slice_free(&c->node->base);
	free(c);
}

static void
write_text(struct buf *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, "%s: ", key);
	json_quote(out, bytes_str(value));
	buf_str(out, "\n");
}

void
config_write(struct buf *out, const Config__Node *node)
{
	buf_str(out,
	    "# A Lianfang node.  After a change: SIGHUP, or a restart "
	    "where the journal says so.\n");
	write_text(out, "name", node->name);
	const ProtobufCEnumValue *role = protobuf_c_enum_descriptor_get_value(
	    &config__company__descriptor, (int)node->role);
	if (role != NULL)
		buf_printf(out, "role: %s\n", role->name);
	write_text(out, "company", node->company);
	write_text(out, "http", node->http);
	write_text(out, "federation", node->federation);
	if (node->advertise == NULL)
		buf_str(out,
		    "# advertise: tcp://HOST:PORT   "
		    "# address at which others reach federation\n");
	write_text(out, "advertise", node->advertise);
	if (node->tls_certificate == NULL)
		buf_str(out,
		    "# tls_certificate: tls/node.crt   "
		    "# PEM; needed to listen beyond loopback\n"
		    "# tls_key: tls/node.key\n");
	write_text(out, "tls_certificate", node->tls_certificate);
	write_text(out, "tls_key", node->tls_key);
	if (node->has_insecure_listen)
		buf_printf(out, "insecure_listen: %s\n",
		    node->insecure_listen ? "true" : "false");
	if (node->has_public_tiles)
		buf_printf(out, "public_tiles: %s\n",
		    node->public_tiles ? "true" : "false");
}

static bool
same_message(const Config__Node *a, const Config__Node *b)
{
	struct buf x, y;
	bool same;

	buf_init(&x, YAML_BYTES_MAX);
	buf_init(&y, YAML_BYTES_MAX);
	slice_pack(&x, &a->base);
	slice_pack(&y, &b->base);
	same = bytes_equal(buf_view(&x), buf_view(&y));
	buf_clear(&x);
	buf_clear(&y);
	return same;
}

static bool
same_targets(const Config__Node *a, const Config__Node *b)
{
	Config__Node one = CONFIG__NODE__INIT;
	Config__Node two = CONFIG__NODE__INIT;

	one.n_targets = a->n_targets;
	one.targets = a->targets;
	two.n_targets = b->n_targets;
	two.targets = b->targets;
	return same_message(&one, &two);
}

static bool
same_limits(const Config__Node *a, const Config__Node *b)
{
	Config__Node one = CONFIG__NODE__INIT;
	Config__Node two = CONFIG__NODE__INIT;

	one.n_peer_limits = a->n_peer_limits;
	one.peer_limits = a->peer_limits;
	two.n_peer_limits = b->n_peer_limits;
	two.peer_limits = b->peer_limits;
	return same_message(&one, &two);
}

static bool
same_text(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

size_t
config_restart(
    const struct config *now, const struct config *next, char *out, size_t cap)
{
	const Config__Node *a = now->node;
	const Config__Node *b = next->node;
	const struct {
		const char *name;
		bool same;
	} field[] = {
	    {"name", same_text(a->name, b->name)},
	    {"role", a->role == b->role},
	    {"company", same_text(a->company, b->company)},
	    {"http", same_text(a->http, b->http)},
	    {"federation", same_text(a->federation, b->federation)},
	    {"advertise", same_text(a->advertise, b->advertise)},
	    {"tls_certificate",
	        same_text(a->tls_certificate, b->tls_certificate)},
	    {"tls_key", same_text(a->tls_key, b->tls_key)},
	    {"insecure_listen", a->insecure_listen == b->insecure_listen},
	    {"http_threads", a->http_threads == b->http_threads},
	    {"http_connections", a->http_connections == b->http_connections},
	    {"http_connections_per_address",
	        a->http_connections_per_address ==
	            b->http_connections_per_address},
	    {"http_slow_seconds", a->http_slow_seconds == b->http_slow_seconds},
	    {"http_idle_seconds", a->http_idle_seconds == b->http_idle_seconds},
	    {"ask_seconds", a->ask_seconds == b->ask_seconds},
	    {"bundle_wait_seconds",
	        a->bundle_wait_seconds == b->bundle_wait_seconds},
	    {"clock_limit_ms", a->clock_limit_ms == b->clock_limit_ms},
	    {"clock_start_hours", a->clock_start_hours == b->clock_start_hours},
	    {"targets", same_targets(a, b)},
	    {"outbox_late_seconds",
	        a->outbox_late_seconds == b->outbox_late_seconds},
	    {"outbox_refusals", a->outbox_refusals == b->outbox_refusals},
	    {"foreign_logs, witnesses", config_witness_same(a, b)},
	    {"witness_late_seconds",
	        a->witness_late_seconds == b->witness_late_seconds},
	    {"peer_silent_seconds",
	        a->peer_silent_seconds == b->peer_silent_seconds},
	    {"peer_behind_seconds",
	        a->peer_behind_seconds == b->peer_behind_seconds},
	    {"peer_limits", same_limits(a, b)},
	};
	size_t count = 0;
	size_t used = 0;

	if (cap > 0)
		out[0] = '\0';
	for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
		if (field[i].same)
			continue;
		int n = snprintf(out + used, cap - used, "%s%s",
		    count > 0 ? ", " : "", field[i].name);
		if (n > 0 && (size_t)n < cap - used)
			used += (size_t)n;
		count++;
	}
	return count;
}
