/* credential_pack.h - what certificates are, by the pack that says so. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_CREDENTIAL_PACK_H
#define NODE_DOMAIN_CREDENTIAL_PACK_H

#include "node/domain/rule.h"
#include "pack.pb-c.h"
#include "proto/err.h"

#include <stdbool.h>

#define CREDENTIAL_CLASSES_MAX 256
#define CREDENTIAL_NEEDS_MAX 64
#define CREDENTIAL_ISSUERS_MAX 256 /* of one row of trust */
#define CREDENTIAL_WARNINGS_MAX 8

/* credential_pack_check - every class, reason, right and need is whole and
 * there once, and needs name classes that are there.  ERR_MALFORMED names the
 * field. */
ERR_CHECKED enum err credential_pack_check(
    const Pack__Credentials *p, struct err_why *why);

/* A class by name, in any case, blanks around it trimmed; NULL: p is NULL or
 * has none of that name. */
const Pack__CredentialClass *credential_pack_class(
    const Pack__Credentials *p, const char *name);
/* A legal reason for an action; NULL: the pack names none such. */
const Pack__CredentialReason *credential_pack_reason(const Pack__Credentials *p,
    Record__Certificate__Action action, const char *code);
/* From which score on a model's word holds a person; NULL: nobody said. */
const Pack__CredentialScore *credential_pack_score(
    const Pack__Credentials *p, const char *model);
/* Who may do this; NULL: the pack does not say. */
const Pack__CredentialRight *credential_pack_right(
    const Pack__Credentials *p, Record__Certificate__Action action);
/* Is this need one of who does that work in that role? */
bool credential_pack_needs(
    const Pack__CredentialNeed *n, const char *work_type, const char *role);

/* Does the pack take this member's word on certificates of the class?  role: in
 * the roster; 0: no member (any more).  False for class NULL. */
bool credential_pack_trusts(const Pack__Credentials *p,
    const Pack__CredentialClass *c, const char *issuer, Fed__Role role);

/* The first need of `p` where `than` asks for less; NULL: none. */
const Pack__CredentialNeed *credential_pack_less(
    const Pack__Credentials *p, const Pack__Credentials *than);
/* Why nobody can say yes where no certificate of this class is there; NULL for
 * DENY and NOTHING of a person's own: NO_CREDENTIAL says it. */
const struct rule *credential_pack_lack(
    const Pack__CredentialClass *c, Record__DecisionFacts__Need__Lack lack);
/* What the lack means, whatever the permit's conditions. */
Record__DecisionFacts__Need__Lack credential_pack_lacking(
    const Pack__CredentialNeed *n);

/* Roles of who does the work itself, and of who guards it. */
#define CREDENTIAL_WORKER "worker"
#define CREDENTIAL_GUARDIAN "guardian"
/* What has a part in it beside persons: special equipment, gas instruments. */
#define CREDENTIAL_EQUIPMENT "equipment"
#define CREDENTIAL_INSTRUMENT "gas-instrument"
/* The need of this part of that work whose lack is the gravest; NULL: the pack
 * knows none. */
const Pack__CredentialNeed *credential_pack_part(
    const Pack__Credentials *p, const char *work_type, const char *role);
bool credential_pack_is_thing(const char *role); /* no person */

#endif
