/* seat_news_test.c - people hear of what the members decide, whatever fails. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/seat_news.h"

#include <criterion/criterion.h>

#include "tests/support/assembly.h"
#include "tests/support/plant.h"

/* Alarms about the alliance. */
static size_t
alarms(struct plant *p)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;
	char source[] = "alliance";
	size_t n;

	q.subject = source;
	cr_assert_eq(
	    query_list(p->site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	n = list->n_items;
	api__records__free_unpacked(list, NULL);
	return n;
}

Test(seat_news, raises_what_was_refused_before_and_once)
{
	struct assembly *a = assembly_new(3, 3);
	struct plant p;
	struct seat_news *n;
	struct council *c;

	(void)assembly_pack(a, 0, "hot-work@2022.3");
	assembly_fetch(a, 1);
	c = assembly_fold(a, 1);
	plant_begin(&p, assembly_name(a, 1));
	n = seat_news_new(p.site);
	atomic_store(&p.site->halted, true);
	seat_news_look(n, c, true);
	atomic_store(&p.site->halted, false);
	cr_assert_eq(alarms(&p), 0);
	const int64_t end = clock_boot_us(clock_system()) + 10000000;
	while (alarms(&p) == 0 && clock_boot_us(clock_system()) < end)
		seat_news_look(n, c, true);
	for (int i = 0; i < 3; i++)
		seat_news_look(n, c, true);
	cr_assert_eq(alarms(&p), 1);
	seat_news_free(n);
	plant_end(&p);
	council_free(c);
	assembly_end(a);
}
