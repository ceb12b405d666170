/* facts_part.h - what the files of facts share.  Only for facts*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_FACTS_PART_H
#define NODE_DOMAIN_FACTS_PART_H

#include "node/domain/alarm_kpi.h"
#include "node/domain/checklist.h"
#include "node/domain/facts.h"

#define FACTS_INSTRUMENT 9 /* of `text` */

/* A number of a source. */
struct facts_seq {
	uint32_t source;
	uint64_t epoch;
	uint64_t seq;
	int64_t recorded_us;
	uint64_t place;
	bool conflict;
};
/* A rule that a permit broke. */
struct facts_breach {
	uint8_t permit[16];
	int64_t at_us;
};
/* An alarm of an incident. */
struct facts_member {
	uint8_t alarm[16];
	uint32_t next; /* the one before it in its incident, plus 1 */
};
/* An event of a check task. */
struct facts_check {
	uint8_t task[16];
	uint64_t place;
	int64_t recorded_us;
	int64_t occurred_us;
	int64_t due_us; /* what the node says is due next; < 0: as before */
	struct checklist_schedule schedule; /* DEFINE */
	uint32_t type, code, post, area;
	uint8_t action;
	bool done; /* SUBMIT: somebody looked */
	bool exercise;
};
/* What a figure is of. */
struct facts_stated {
	uint32_t fact;
	uint32_t type, area;
	int64_t from_us, to_us;
};
struct facts_blank {
	uint8_t kind;
	int64_t recorded_us;
};

struct facts {
	struct fact *at;
	size_t len, cap;
	size_t made; /* of them, at the end: by facts_join */
	uint32_t *slot; /* by record id: number of a fact, plus 1 */
	size_t slots;
	char **word; /* [0]: none */
	size_t words, words_cap;
	uint32_t *word_slot;
	size_t word_slots;
	struct facts_seq *seq;
	size_t seqs, seqs_cap;
	struct facts_breach *breach;
	size_t breaches, breaches_cap;
	struct facts_member *member;
	size_t members, members_cap;
	struct facts_check *check;
	size_t checks, checks_cap;
	struct facts_stated *stated;
	size_t stated_len, stated_cap;
	struct facts_blank *blank;
	size_t blanks, blanks_cap;
	/* Decisions: certificates shown, as class and whether in force. */
	struct facts_shown {
		uint32_t fact;
		uint32_t class;
		bool good;
	} * shown;
	size_t shown_len, shown_cap;
	/* Figures of the alarms, of one period and area; kpi NULL: not made. */
	struct alarm_kpi_item *kpi;
	size_t kpi_len;
	int64_t kpi_from_us, kpi_to_us, kpi_back_us;
	uint32_t kpi_area;
	struct alarm_kpi kpi_sum;
};

/* The number of a word, without case and outer blanks; 0: NULL, "". */
uint32_t facts_word(struct facts *f, const char *text);
/* Does a formula ask for this field? */
bool facts_uses(const Pack__Formula *p, Pack__Fact__Field field);
struct fact *facts_find(struct facts *f, const uint8_t id[static 16]);
/* A new one of this id. */
struct fact *facts_make(
    struct facts *f, const uint8_t id[static 16], Pack__Fact__Kind kind);
/* One that is not of a record, and gone with the next facts_join. */
struct fact *facts_made(
    struct facts *f, Pack__Fact__Kind kind, uint64_t place, int64_t at_us);
int32_t *facts_slot(struct fact *x, Pack__Fact__Field field);
/* A word field as it stood at the horizon; 0: none. */
uint32_t facts_word_at(
    const struct fact *x, Pack__Fact__Field field, int64_t horizon_us);
/* Seconds from the beginning of the fact, rounded up, not below 0. */
int32_t facts_seconds(const struct fact *x, int64_t us);

/* Checks (facts_check.c): an event of a task; periods that fall due. */
void facts_check_add(struct facts *f, const struct facts_entry *e);
void facts_check_make(struct facts *f, int64_t from_us, int64_t to_us);
/* Certificates and people (facts_person.c): what was renewed; who came first.
 */
void facts_note_renewed(struct facts *f);
void facts_note_first(struct facts *f, const Pack__Indicators *set);

/* Makes room for one more; returns the place for it. */
#define FACTS_MORE(list, len, cap)                                        \
	((len) == (cap)                                                   \
	        ? ((cap) = (cap) != 0 ? 2 * (cap) : 64,                   \
	              (list) = mem_resize((list), (cap), sizeof *(list)), \
	              &(list)[(len)++])                                   \
	        : &(list)[(len)++])

#endif
