/* openapi_param.c - what a parameter of an operation may be, as a schema. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/openapi_param.h"

#include <ctype.h>
#include <inttypes.h>

#include "ledger.pb-c.h"
#include "ledger/note.h"
#include "ledger/tree.h"
#include "node/domain/row.h"
#include "node/query.h"
#include "node/query_at.h"
#include "node/query_quality.h"
#include "node/query_term.h"
#include "node/retains.h"
#include "proto/json.h"

enum type {
	TEXT,
	TIME,
	UUID,
	TOKEN,
	WHOLE, /* a number, least to most */
	WORDS, /* one of them */
	STATES, /* those of the operation's kind of record */
	KINDS, /* of records */
};

/* One parameter; op NULL: of every operation that has no row of its own. */
struct param {
	const char *op;
	const char *name;
	enum type type;
	uint64_t least;
	uint64_t most;
	const char *otherwise; /* when it is absent; NULL: nothing */
	const char *words; /* separated by blanks */
	bool required;
};

/* The handlers' own limits: openapi_param_test asks each operation for one
 * beyond. */
static const struct param params[] = {
    {"token.revoke", "id", .type = TOKEN},
    {"decision.ask", "work", .type = TEXT, .required = true},
    {"decision.ask", "level", .type = WORDS, .words = "special 1 2"},
    {"event.stream", "kind", .type = KINDS},
    {"pack.list", "name", .type = TEXT},
    {"at.get", "area", .type = TEXT, .required = true},
    {"at.get", "limit", .type = WHOLE, .least = 1, .most = QUERY_AT_MAX,
        .otherwise = "50"},
    {"spool.list", "from", .type = WHOLE, .most = UINT64_MAX},
    {"source.list", "limit", .type = WHOLE, .least = 1, .most = QUERY_LIMIT_MAX,
        .otherwise = "1000"},
    {"certificate.expiring", "within", .type = TEXT},
    {"certificate.expiring", "limit", .type = WHOLE, .least = 1,
        .most = QUERY_TERM_PAGE_MAX, .otherwise = "100"},
    {"credential.statuslist", "time", .type = TEXT},
    {"credential.statuslist", "n", .type = WHOLE, .least = 1,
        .most = UINT32_MAX},
    {"kpi.records", "figure", .type = TEXT},
    {"source.quality", "source", .type = TEXT, .required = true},
    {"source.quality", "numbers", .type = WHOLE, .least = 1,
        .most = QUERY_QUALITY_NUMBERS_MAX, .otherwise = "10000"},
    {"outbox.list", "state", .type = WORDS, .words = "PENDING GIVEN_UP"},
    {"outbox.list", "target", .type = TEXT},
    {"indicator.get", "id", .type = TEXT},
    {"indicator.get", "period", .type = TEXT, .required = true},
    {"indicator.get", "set", .type = TEXT},
    {"indicator.get", "part", .type = WORDS,
        .words = "numerator denominator excluded",
        .otherwise = "\"denominator\""},
    {"indicator.rollup", "period", .type = TEXT, .required = true},
    {"indicator.rollup", "check", .type = WORDS, .words = "1 0"},
    {NULL, "period", .type = TEXT},
    {NULL, "part", .type = WORDS, .words = "numerator denominator"},
    {NULL, "id", .type = UUID},
    {NULL, "log", .type = WORDS, .words = "evidence alliance"},
    {NULL, "index", .type = WHOLE, .most = TREE_SIZE_MAX},
    {NULL, "generation", .type = WHOLE, .least = 1, .most = UINT32_MAX},
    {NULL, "rest", .type = TEXT},
    {NULL, "site", .type = TEXT},
    {NULL, "kind", .type = TEXT},
    {NULL, "area", .type = TEXT},
    {NULL, "subject", .type = TEXT},
    {NULL, "source", .type = TEXT},
    {NULL, "holder", .type = TEXT},
    {"decision.ask", "role", .type = TEXT},
    {"decision.ask", "company", .type = TEXT},
    {"decision.ask", "identity", .type = TIME},
    {NULL, "cursor", .type = TEXT},
    {NULL, "state", .type = STATES},
    {NULL, "at", .type = TIME},
    {NULL, "from", .type = TIME},
    {NULL, "to", .type = TIME},
    {NULL, "time", .type = TIME},
    {NULL, "window", .type = WHOLE, .most = QUERY_AT_WINDOW_MAX_US / 1000000,
        .otherwise = "60"},
    {NULL, "level", .type = WHOLE, .least = 1, .most = 3},
    {NULL, "limit", .type = WHOLE, .least = 1, .most = QUERY_LIMIT_MAX,
        .otherwise = "100"},
    {NULL, "days", .type = WHOLE, .most = RETAINS_DAYS_MAX, .otherwise = "0"},
    {NULL, "quorum", .type = WHOLE, .most = NOTE_SIGS_MAX},
    {NULL, "open", .type = WORDS, .words = "1 0 true false"},
    {NULL, "overdue", .type = WORDS, .words = "1 0 true false"},
    {NULL, "proof", .type = WORDS, .words = "1 0 true false"},
    {NULL, "order", .type = WORDS, .words = "asc desc",
        .otherwise = "\"desc\""},
};

/* Lists of records, by the first word of the operation. */
static const struct {
	const char *word;
	Ledger__Kind kind;
} lists[] = {
    {"alarm", LEDGER__KIND__ALARM},
    {"incident", LEDGER__KIND__INCIDENT},
    {"delivery", LEDGER__KIND__DELIVERY},
    {"permit", LEDGER__KIND__PERMIT},
    {"certificate", LEDGER__KIND__CERTIFICATE},
    {"credential", LEDGER__KIND__CREDENTIAL},
    {"case", LEDGER__KIND__CASE},
    {"checklist", LEDGER__KIND__CHECKLIST},
    {"points", LEDGER__KIND__POINTS},
    {"intel", LEDGER__KIND__INTEL},
    {"actor", LEDGER__KIND__ACTOR},
    {"access", LEDGER__KIND__ACCESS},
    {"hold", LEDGER__KIND__RETENTION},
};

static void
put_word(struct buf *out, bool *first, struct bytes word)
{
	buf_str(out, *first ? "" : ",");
	json_quote(out, word);
	*first = false;
}

static void
put_words(struct buf *out, const char *words)
{
	bool first = true;

	while (*words != '\0') {
		size_t n = strcspn(words, " ");

		put_word(out, &first, bytes_of(words, n));
		words += n + strspn(words + n, " ");
	}
}

static void
put_states(struct buf *out, const struct ops_entry *op)
{
	size_t n = strcspn(op->name, ".");
	uint16_t kind = 0;
	bool first = true;

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (bytes_equal(
		        bytes_str(lists[i].word), bytes_of(op->name, n)))
			kind = (uint16_t)lists[i].kind;
	for (unsigned i = 1; i < UINT8_MAX; i++) {
		const char *text = row_state_text(kind, (uint8_t)i);

		if (row_state_find(kind, text) == i)
			put_word(out, &first, bytes_str(text));
	}
}

/* As the schema has them, in small letters; the node takes both. */
static void
put_kinds(struct buf *out)
{
	const ProtobufCEnumDescriptor *d = &ledger__kind__descriptor;
	bool first = true;

	for (unsigned i = 0; i < d->n_values; i++) {
		char name[48] = "";

		if (d->values[i].value < LEDGER__KIND__CREDENTIAL)
			continue;
		for (size_t k = 0;
		     d->values[i].name[k] != '\0' && k + 1 < sizeof name; k++)
			name[k] =
			    (char)tolower((unsigned char)d->values[i].name[k]);
		put_word(out, &first, bytes_str(name));
	}
}

static void
put_schema(struct buf *out, const struct ops_entry *op, const struct param *p)
{
	switch (p->type) {
	case TEXT:
		buf_str(out, "\"type\":\"string\"");
		break;
	case TIME:
		buf_str(out, "\"type\":\"string\",\"format\":\"date-time\"");
		break;
	case UUID:
		buf_str(out, "\"type\":\"string\",\"format\":\"uuid\"");
		break;
	case TOKEN:
		buf_str(out,
		    "\"type\":\"string\",\"pattern\":\"^tk_[0-9a-f]{12}$\"");
		break;
	case WHOLE:
		buf_printf(out,
		    "\"type\":\"integer\",\"format\":\"%s\",\"minimum\":"
		    "%" PRIu64 ",\"maximum\":%" PRIu64,
		    p->most > UINT32_MAX ? "uint64" : "uint32", p->least,
		    p->most);
		break;
	case WORDS:
	case STATES:
	case KINDS:
		buf_str(out, "\"type\":\"string\",\"enum\":[");
		if (p->type == WORDS)
			put_words(out, p->words);
		else if (p->type == STATES)
			put_states(out, op);
		else
			put_kinds(out);
		buf_str(out, "]");
		break;
	}
	if (p->otherwise != NULL)
		buf_printf(out, ",\"default\":%s", p->otherwise);
}

static const struct param *
find(const struct ops_entry *op, struct bytes name)
{
	for (size_t i = 0; i < sizeof params / sizeof *params; i++)
		if ((params[i].op == NULL ||
		        strcmp(params[i].op, op->name) == 0) &&
		    bytes_equal(bytes_str(params[i].name), name))
			return &params[i];
	return NULL;
}

bool
openapi_param_put(struct buf *out, const struct ops_entry *op,
    struct bytes name, const char *in)
{
	const struct param *p = find(op, name);

	if (p == NULL)
		return false;
	buf_printf(out,
	    "{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,\"schema\":{",
	    p->name, in,
	    p->required || strcmp(in, "path") == 0 ? "true" : "false");
	put_schema(out, op, p);
	buf_str(out, "}}");
	return true;
}
