/* defences.h - operations on rules of joint defence. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DEFENCES_H
#define NODE_DEFENCES_H

#include "node/ops.h"

/* What is in force, what each member made of it, who is late. */
enum err defences_list(struct ops_call *call, struct err_why *why);
/* A text, tried on the entries of this site; nothing is recorded. */
enum err defences_try(struct ops_call *call, struct err_why *why);
/* What a person of this site says of one: confirms it, refuses it, what it was
 * good for. */
enum err defences_say(struct ops_call *call, struct err_why *why);

#endif
