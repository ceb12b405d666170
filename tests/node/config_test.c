/* config_test.c - node.yaml: defaults, refusals with their fix. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/config.h"

#include "proto/slice.h"

#include <criterion/criterion.h>

#define NAMED "name: plant-a.acme.example\nrole: PLANT\n"

static enum err
parse(struct config **out, const char *text, struct err_why *why)
{
	return config_parse(out, bytes_str(text), why);
}

Test(config_parse, fills_the_defaults)
{
	struct config *c = NULL;

	cr_assert_eq(parse(&c, NAMED, NULL), ERR_OK);
	cr_assert_str_eq(c->node->http, "127.0.0.1:8420");
	cr_assert_str_eq(c->node->federation, "tcp://127.0.0.1:8421");
	cr_assert_str_eq(c->node->company, "acme.example");
	cr_assert(c->node->public_tiles);
	cr_assert(!c->node->insecure_listen);
	cr_assert_eq(c->node->log_level, CONFIG__LOG_LEVEL__INFO);
	config_free(c);
}

Test(config_parse, names_line_and_field_of_a_mistake)
{
	struct config *c = NULL;
	struct err_why why;

	cr_assert_eq(
	    parse(&c, NAMED "httpp: 127.0.0.1:1\n", &why), ERR_MALFORMED);
	cr_assert_not_null(strstr(why.text, "httpp"), "%s", why.text);
	cr_assert_null(c);
}

Test(config_parse, refuses_plain_http_beyond_loopback_and_says_the_fix)
{
	struct config *c = NULL;
	struct err_why why;

	cr_assert_eq(
	    parse(&c, NAMED "http: 0.0.0.0:8420\n", &why), ERR_REFUSED);
	cr_assert_not_null(strstr(why.text, "insecure_listen"), "%s", why.text);
	cr_assert_eq(
	    parse(&c, NAMED "http: 127.evil.example:80\n", NULL), ERR_REFUSED);
	cr_assert_eq(
	    parse(
	        &c, NAMED "http: 0.0.0.0:8420\ninsecure_listen: true\n", &why),
	    ERR_OK);
	config_free(c);
	c = NULL;
	cr_assert_eq(parse(&c,
	                 NAMED "http: 0.0.0.0:8420\ntls_certificate: a\n"
	                       "tls_key: b\n",
	                 &why),
	    ERR_OK);
	config_free(c);
}

Test(config_parse, refuses_bad_names_addresses_and_ranges)
{
	static const char *const bad[] = {"role: PLANT\n",
	    "name: plant a\nrole: PLANT\n", "name: a/b\nrole: PLANT\n",
	    "name: a.example\n", NAMED "http: localhost\n",
	    NAMED "http: 127.0.0.1:65536\n", NAMED "http: ::1:8420\n",
	    NAMED "federation: 127.0.0.1:1\n", NAMED "federation: ipc:///x:1\n",
	    NAMED "tls_key: only\n", NAMED "http_threads: 0\n",
	    NAMED "http_connections: 1\n", ""};
	struct config *c = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_assert_eq(
		    parse(&c, bad[i], NULL), ERR_MALFORMED, "%s", bad[i]);
		cr_assert_null(c);
	}
}

Test(config_write, is_read_back_as_it_was)
{
	struct config *c = NULL;
	struct config *d = NULL;
	struct buf text;
	char fields[64];

	cr_assert_eq(
	    parse(&c, NAMED "http: 0.0.0.0:0\ninsecure_listen: true\n", NULL),
	    ERR_OK);
	buf_init(&text, 65536);
	config_write(&text, c->node);
	cr_assert_eq(config_parse(&d, buf_view(&text), NULL), ERR_OK);
	cr_assert_eq(config_restart(c, d, fields, sizeof fields), 0);
	buf_clear(&text);
	config_free(c);
	config_free(d);
}

Test(config_restart, names_what_changed)
{
	struct config *c = NULL;
	struct config *d = NULL;
	char fields[64];

	cr_assert_eq(parse(&c, NAMED, NULL), ERR_OK);
	cr_assert_eq(parse(&d,
	                 NAMED "http: 127.0.0.1:1\nlog_level: DEBUG\n"
	                       "http_threads: 3\n",
	                 NULL),
	    ERR_OK);
	cr_assert_eq(config_restart(c, d, fields, sizeof fields), 2);
	cr_assert_str_eq(fields, "http, http_threads");
	config_free(c);
	config_free(d);
}

Test(config_address, takes_ipv6_in_brackets_only)
{
	struct config_address a;

	cr_assert_eq(config_address(&a, "[::1]:8420", NULL), ERR_OK);
	cr_assert_str_eq(a.host, "::1");
	cr_assert_eq(a.port, 8420);
	cr_assert(config_loopback(a.host));
	cr_assert_eq(config_address(&a, "::1:8420", NULL), ERR_MALFORMED);
	cr_assert_eq(config_address(&a, ":8420", NULL), ERR_MALFORMED);
	cr_assert_eq(config_address(&a, "host:", NULL), ERR_MALFORMED);
	cr_assert(!config_loopback("128.0.0.1"));
}
