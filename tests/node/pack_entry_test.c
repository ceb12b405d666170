/* pack_entry_test.c - what an entry says of a pack, read again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_entry.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A version is free text: what looks like a digest in it is a name. */
Test(pack_entry, reads_what_it_made_whatever_the_name_is)
{
	static const char *const names[] = {"hot-work@2022.2",
	    "calendar@a sha256=b", "places@ sha256=00 sha256=11"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct packs_fact fact = {.digest = {{7, 9}}};
		struct pack_entry_said said;
		struct pack_entry entry;
		char who[] = "wang";

		(void)snprintf(fact.name, sizeof fact.name, "%s", names[i]);
		fact.text = bytes_str("calendar:");
		pack_entry_make(&entry, &fact, who);
		cr_assert(pack_entry_read(&said, &entry.msg), "%s", names[i]);
		cr_expect_str_eq(said.name, names[i]);
		cr_expect_arr_eq(
		    said.digest.b, fact.digest.b, sizeof said.digest.b);
		cr_expect_not(said.by_file);
		entry.msg.detail[strlen(names[i]) + 1] = 'S';
		cr_expect_not(pack_entry_read(&said, &entry.msg));
	}
}
