/* log_rule_test.c - what a leaf may say of time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_rule.h"

#include <criterion/criterion.h>

static enum err
decode(int64_t recorded_us, int64_t clock_us)
{
	Ledger__Entry e = LEDGER__ENTRY__INIT;
	Ledger__Entry *out = NULL;
	uint8_t leaf[256];
	enum err err;

	e.has_version = e.has_kind = e.has_kind_seq = true;
	e.has_previous_of_kind = e.has_time_epoch = true;
	e.has_recorded_us = e.has_clock_us = true;
	e.version = e.time_epoch = 1;
	e.kind_seq = 1;
	e.kind = LEDGER__KIND__ALARM;
	e.recorded_us = recorded_us;
	e.clock_us = clock_us;
	err = log_rule_decode(
	    &out, bytes_of(leaf, ledger__entry__pack(&e, leaf)), NULL);
	if (err == ERR_OK)
		ledger__entry__free_unpacked(out, NULL);
	return err;
}

/* Whoever writes it, nobody who counts with it may overflow. */
Test(log_rule_decode, takes_no_time_that_cannot_be_counted_with)
{
	static const int64_t bad[] = {
	    INT64_MIN, -1, TEXT_TIME_END_US, INT64_MAX};

	cr_assert_eq(decode(0, 0), ERR_OK);
	cr_assert_eq(
	    decode(TEXT_TIME_END_US - 1, TEXT_TIME_END_US - 1), ERR_OK);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		cr_assert_eq(decode(bad[i], 1), ERR_MALFORMED);
		cr_assert_eq(decode(1, bad[i]), ERR_MALFORMED);
	}
}
