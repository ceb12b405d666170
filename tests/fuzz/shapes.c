/* shapes.c - the messages that come from outside, by number. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/shapes.h"

#include "api.pb-c.h"
#include "backup.pb-c.h"
#include "config.pb-c.h"
#include "fed.pb-c.h"
#include "import.pb-c.h"
#include "ledger.pb-c.h"
#include "pack.pb-c.h"
#include "record.pb-c.h"

static const ProtobufCMessageDescriptor *const shapes[] = {
    /* records, as sealed and as posted */
    &record__alarm__descriptor,
    &record__permit__descriptor,
    &record__certificate__descriptor,
    &record__case__descriptor,
    &record__decision__descriptor,
    &record__actor__descriptor,
    &record__access__descriptor,
    &record__erasure__descriptor,
    &record__heads__descriptor,
    &record__log_start__descriptor,
    &record__time_reset__descriptor,
    &record__admin__descriptor,
    &record__credential__descriptor,
    &record__status__descriptor,
    &record__intel__descriptor,
    &record__presentation__descriptor,
    &record__annex__descriptor,
    /* the ledger's own */
    &ledger__entry__descriptor,
    &ledger__sealed__descriptor,
    &ledger__opening__descriptor,
    &ledger__manifest__descriptor,
    &ledger__disclosure__descriptor,
    &ledger__receipt__descriptor,
    /* between members */
    &fed__card__descriptor,
    &fed__genesis__descriptor,
    &fed__turn__descriptor,
    /* bodies of operations, and what the command line reads of answers */
    &api__event_post__descriptor,
    &api__signed_event__descriptor,
    &api__erasure_post__descriptor,
    &api__record_query__descriptor,
    &api__decision_query__descriptor,
    &api__publish_post__descriptor,
    &api__present_post__descriptor,
    &api__record_view__descriptor,
    &api__records__descriptor,
    &api__receipts__descriptor,
    &api__decision_view__descriptor,
    &api__problem__descriptor,
    &config__token_request__descriptor,
    &config__bundle_request__descriptor,
    /* files of the operator */
    &config__node__descriptor,
    &pack__pack__descriptor,
    &import__map__descriptor,
    &backup__manifest__descriptor,
    &backup__head__descriptor,
    &backup__rows__descriptor,
    &backup__entries__descriptor,
    &backup__changes__descriptor,
    &backup__files__descriptor,
    /* incidents */
    &record__incident__descriptor,
    &api__at_view__descriptor,
    /* notices */
    &record__delivery__descriptor,
    &record__snapshot__descriptor,
    &record__pairing__descriptor,
    &record__cross_check__descriptor,
};

size_t
shapes_len(void)
{
	return sizeof(shapes) / sizeof(shapes[0]);
}

const ProtobufCMessageDescriptor *
shapes_at(unsigned pick)
{
	return shapes[pick % shapes_len()];
}
