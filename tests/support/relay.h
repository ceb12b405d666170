/* relay.h - a line between two ends that can be cut and hushed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_RELAY_H
#define TESTS_SUPPORT_RELAY_H

#include <stdbool.h>

/* A thread of its own; loopback; aborts when it cannot. */
struct relay;

/* Connections lead to tcp://127.0.0.1:PORT; relay_to says it later. */
struct relay *relay_start(const char *to);
void relay_to(struct relay *r, const char *to);
const char *relay_url(const struct relay *r);
/* Ends all connections that stand. */
void relay_cut(struct relay *r);
/* True: takes what comes and passes nothing on. */
void relay_hush(struct relay *r, bool on);
void relay_end(struct relay *r);

#endif
