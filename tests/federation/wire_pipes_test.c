/* wire_pipes_test.c - a crowd at the port takes no more than its part. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/wire_pipes.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "federation/wire.h"
#include "proto/clock.h"

#define FILES 256 /* an eighth of them for connections */
#define CROWD 32
#define SOON_US INT64_C(30000000)

static struct wire *w;
static unsigned port;

static void
setup(void)
{
	const struct rlimit files = {FILES, FILES};
	char url[300];

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	wire_open(&w, 4096);
	cr_assert_eq(
	    wire_listen(w, "tcp://127.0.0.1:0", 2, url, sizeof url, NULL),
	    ERR_OK);
	port = (unsigned)strtoul(strrchr(url, ':') + 1, NULL, 10);
}

static void
teardown(void)
{
	wire_close(w);
}

TestSuite(wire_pipes, .init = setup, .fini = teardown);

/* One that says it speaks the protocol, as anybody can; -1: not let in. */
static int
stranger(void)
{
	static const uint8_t hello[8] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
	const struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint8_t answer[8];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
	    send(fd, hello, sizeof hello, MSG_NOSIGNAL) == sizeof hello &&
	    recv(fd, answer, sizeof answer, MSG_WAITALL) == sizeof answer)
		return fd;
	(void)close(fd);
	return -1;
}

static void
until(bool rests)
{
	const struct clock *clock = clock_system();
	const int64_t bound_us = clock_boot_us(clock) + SOON_US;

	while (wire_tend(w) != rests)
		cr_assert_lt(clock_boot_us(clock), bound_us);
}

Test(wire_pipes, the_listener_rests_while_a_crowd_is_there_and_listens_again)
{
	int fd[CROWD];

	cr_assert_eq(wire_pipes_most(), CROWD);
	cr_assert_not(wire_tend(w));
	for (size_t i = 0; i < CROWD; i++) {
		fd[i] = stranger();
		cr_assert_geq(fd[i], 0);
	}
	until(true);
	cr_assert_eq(stranger(), -1);
	/* Its connections ended with it, and the library lets them go. */
	until(false);
	cr_assert_leq(wire_pipes_open(), CROWD / 2);
	for (size_t i = 0; i < CROWD; i++)
		(void)close(fd[i]);
	fd[0] = stranger();
	cr_assert_geq(fd[0], 0);
	(void)close(fd[0]);
}

Test(wire_pipes, who_dials_counts_and_stops_at_twice_as_many)
{
	struct wire_peer *peer[3 * CROWD] = {NULL};
	const struct clock *clock = clock_system();
	const int64_t bound_us = clock_boot_us(clock) + SOON_US;
	struct err_why why = {.text = ""};
	char url[64];
	size_t n = 0;
	enum err e;

	(void)snprintf(url, sizeof url, "tcp://127.0.0.1:%u", port);
	/* Each is a connection of both ends, which are in this process. */
	do {
		cr_assert_lt(clock_boot_us(clock), bound_us);
		e = ERR_OK;
		if (n < sizeof peer / sizeof peer[0] &&
		    wire_pipes_open() >= 2 * n)
			e = wire_dial(w, url, NULL, &peer[n++], &why);
	} while (e == ERR_OK);
	cr_assert_eq(e, ERR_LIMIT, "%s", why.text);
	cr_assert_geq(wire_pipes_open(), 2 * CROWD);
	while (n-- > 0)
		wire_hangup(w, peer[n]);
	while (wire_pipes_open() > 0)
		cr_assert_lt(clock_boot_us(clock), bound_us);
}
