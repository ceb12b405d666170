/* reads.h - operations that list and show records. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_READS_H
#define NODE_READS_H

#include "node/ops.h"

/* Query string of every list, as the operations table wants it. */
#define READS_PARAMS                                                    \
	"site kind state area from to subject source level open limit " \
	"cursor order proof"

enum err reads_alarms(struct ops_call *call, struct err_why *why);
enum err reads_incidents(struct ops_call *call, struct err_why *why);
enum err reads_incident(struct ops_call *call, struct err_why *why);
enum err reads_deliveries(struct ops_call *call, struct err_why *why);
enum err reads_delivery(struct ops_call *call, struct err_why *why);
enum err reads_permits(struct ops_call *call, struct err_why *why);
enum err reads_certificates(struct ops_call *call, struct err_why *why);
enum err reads_cases(struct ops_call *call, struct err_why *why);
enum err reads_intel(struct ops_call *call, struct err_why *why);
enum err reads_credentials(struct ops_call *call, struct err_why *why);
enum err reads_actors(struct ops_call *call, struct err_why *why);
/* Holds, erasures that wait, media that ended: ?kind= tells them apart. */
enum err reads_holds(struct ops_call *call, struct err_why *why);
enum err reads_hold(struct ops_call *call, struct err_why *why);
enum err reads_accesses(struct ops_call *call, struct err_why *why);

/* One record {id} with its history; ?proof=1, ?site=. */
enum err reads_alarm(struct ops_call *call, struct err_why *why);
enum err reads_permit(struct ops_call *call, struct err_why *why);
enum err reads_certificate(struct ops_call *call, struct err_why *why);
enum err reads_case(struct ops_call *call, struct err_why *why);
enum err reads_checklists(struct ops_call *call, struct err_why *why);
enum err reads_checklist(struct ops_call *call, struct err_why *why);
enum err reads_accounts(struct ops_call *call, struct err_why *why);
enum err reads_account(struct ops_call *call, struct err_why *why);
enum err reads_intel_one(struct ops_call *call, struct err_why *why);
enum err reads_credential(struct ops_call *call, struct err_why *why);

/* What was going on in an area at a time. */
enum err reads_expiring(struct ops_call *call, struct err_why *why);
enum err reads_at(struct ops_call *call, struct err_why *why);
enum err reads_spool(struct ops_call *call, struct err_why *why);
enum err reads_packs(struct ops_call *call, struct err_why *why);
enum err reads_sources(struct ops_call *call, struct err_why *why);

#endif
