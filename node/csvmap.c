/* csvmap.c - from a row of a table to a record, by a map. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/csvmap.h"

#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "proto/yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROW_NUMBER SIZE_MAX /* instead of a column: the number of the row */

enum err
csvmap_read(Import__Map **out, struct bytes yaml, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	enum err e;

	e = yaml_decode(&msg, &import__map__descriptor, yaml, why);
	if (e != ERR_OK)
		return e;
	*out = (Import__Map *)msg;
	return ERR_OK;
}

static const ProtobufCFieldDescriptor *
field_by_json_name(const ProtobufCMessageDescriptor *desc, const char *name)
{
	for (unsigned i = 0; i < desc->n_fields; i++) {
		char json[128];

		json_name(json, sizeof(json), desc->fields[i].name);
		if (strcmp(json, name) == 0)
			return &desc->fields[i];
	}
	return NULL;
}

/* Do records of this type have a source that numbers them? */
static bool
is_numbered(const ProtobufCMessageDescriptor *desc)
{
	return field_by_json_name(desc, "sourceEpoch") != NULL;
}

/* `fed` marks the descriptor's fields that have a value already: a record with
 * a field twice is refused, and so would be every row. */
static enum err
check_field(const ProtobufCMessageDescriptor *desc, const char *name,
    bool fed[static SLICE_MAX], struct err_why *why)
{
	const ProtobufCFieldDescriptor *f;

	if (name == NULL)
		return err_fail(
		    why, ERR_MALFORMED, "a column of the map has no field");
	f = field_by_json_name(desc, name);
	if (f == NULL || f->label == PROTOBUF_C_LABEL_REPEATED ||
	    f->type == PROTOBUF_C_TYPE_MESSAGE)
		return err_fail(why, ERR_MALFORMED,
		    "the map names field %s, which %s does not have as a "
		    "plain value",
		    name, desc->short_name);
	if (fed[f - desc->fields])
		return err_fail(
		    why, ERR_MALFORMED, "the map feeds field %s twice", name);
	fed[f - desc->fields] = true;
	return ERR_OK;
}

static enum err
bind_column(size_t *out, const Import__Column *c, const struct csv *titles,
    struct err_why *why)
{
	if (c->has_row_number && c->row_number) {
		*out = ROW_NUMBER;
		return ERR_OK;
	}
	if (c->has_place) {
		if (c->place == 0 || c->place > CSV_FIELDS_MAX)
			return err_fail(why, ERR_MALFORMED,
			    "field %s: place %" PRIu32 " is not 1 to %d",
			    c->field, c->place, CSV_FIELDS_MAX);
		*out = c->place - 1;
		return ERR_OK;
	}
	if (c->title == NULL || titles == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "field %s needs a title (with a header row) or a place",
		    c->field);
	for (size_t i = 0; i < titles->fields; i++) {
		if (bytes_equal(titles->field[i], bytes_str(c->title))) {
			*out = i;
			return ERR_OK;
		}
	}
	return err_fail(
	    why, ERR_MALFORMED, "the file has no column \"%s\"", c->title);
}

static enum err
read_offset(const Import__Map *map, int64_t *out, struct err_why *why)
{
	char text[64];

	*out = 0;
	if (map->utc_offset == NULL)
		return ERR_OK;
	if (strlen(map->utc_offset) > 6)
		return err_fail(why, ERR_MALFORMED,
		    "utcOffset %.10s is not like +08:00", map->utc_offset);
	/* The epoch's second day read in that zone tells how far it is. */
	(void)snprintf(
	    text, sizeof(text), "1970-01-02T00:00:00%s", map->utc_offset);
	if (text_time_get(out, bytes_str(text), NULL) != ERR_OK)
		return err_fail(why, ERR_MALFORMED,
		    "utcOffset %s is not like +08:00", map->utc_offset);
	*out -= INT64_C(86400) * 1000000;
	return ERR_OK;
}

enum err
csvmap_bind(struct csvmap *out, const Import__Map *map,
    const ProtobufCMessageDescriptor *desc, const struct csv *csv,
    struct err_why *why)
{
	bool fed[SLICE_MAX] = {false};
	enum err e = ERR_OK;

	memset(out, 0, sizeof(*out));
	out->map = map;
	out->desc = desc;
	out->titles = csv != NULL ? csv->fields : 0;
	/* Every row of a source has these two without being told. */
	if (is_numbered(desc))
		e = check_field(desc, "sourceEpoch", fed, why);
	if (e == ERR_OK && map->source != NULL)
		e = check_field(desc, "source", fed, why);
	if (e != ERR_OK)
		return e;
	if (map->n_columns > CSV_FIELDS_MAX)
		return err_fail(why, ERR_LIMIT, "the map has over %d columns",
		    CSV_FIELDS_MAX);
	e = read_offset(map, &out->offset_us, why);
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < map->n_columns; i++) {
		e = check_field(desc, map->columns[i]->field, fed, why);
		if (e != ERR_OK)
			return e;
		e = bind_column(&out->column[i], map->columns[i], csv, why);
		if (e != ERR_OK)
			return e;
	}
	for (size_t i = 0; i < map->n_constants; i++) {
		e = check_field(desc, map->constants[i]->field, fed, why);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static enum err
put_time(const struct csvmap *m, struct bytes cell, struct buf *out,
    struct err_why *why)
{
	char text[128];
	char rfc[TEXT_TIME_CHARS + 1];
	struct tm tm = {0};
	const char *end;
	time_t at;
	int day;

	if (m->map->time_format == NULL) {
		json_quote(out, cell);
		return ERR_OK;
	}
	if (cell.len >= sizeof(text))
		return err_fail(why, ERR_MALFORMED, "not a time");
	memcpy(text, cell.ptr, cell.len);
	text[cell.len] = '\0';
	end = strptime(text, m->map->time_format, &tm);
	/* timegm would make the 30th of February one of March. */
	day = tm.tm_mday;
	at = timegm(&tm);
	if (end == NULL || *end != '\0' || day != tm.tm_mday)
		return err_fail(why, ERR_MALFORMED,
		    "\"%s\" is not a time of the form %s", text,
		    m->map->time_format);
	text_time_put(rfc, (int64_t)at * 1000000 + m->offset_us);
	json_quote(out, bytes_str(rfc));
	return ERR_OK;
}

static bool
is_number(struct bytes cell)
{
	char text[64];
	char *end = NULL;

	if (cell.len == 0 || cell.len >= sizeof(text))
		return false;
	memcpy(text, cell.ptr, cell.len);
	text[cell.len] = '\0';
	if (strspn(text, "+-.0123456789eE") != cell.len)
		return false;
	(void)strtod(text, &end);
	return *end == '\0';
}

static enum err
put_value(const struct csvmap *m, const ProtobufCFieldDescriptor *f,
    struct bytes cell, struct buf *out, struct err_why *why)
{
	size_t len = strlen(f->name);

	switch ((int)f->type) {
	case PROTOBUF_C_TYPE_INT64:
		if (len > 3 && strcmp(f->name + len - 3, "_at") == 0)
			return put_time(m, cell, out, why);
		json_quote(out, cell);
		return ERR_OK;
	case PROTOBUF_C_TYPE_DOUBLE:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_INT32:
		if (!is_number(cell))
			return err_fail(why, ERR_MALFORMED,
			    "\"%.*s\" is not a number",
			    (int)(cell.len < 40 ? cell.len : 40), cell.ptr);
		/* strtod's forms are wider than JSON's: print it again. */
		if (f->type == PROTOBUF_C_TYPE_DOUBLE) {
			char text[64];

			memcpy(text, cell.ptr, cell.len);
			text[cell.len] = '\0';
			buf_printf(out, "%.17g", strtod(text, NULL));
		} else {
			buf_bytes(out, cell);
		}
		return ERR_OK;
	case PROTOBUF_C_TYPE_BOOL:
		if (!bytes_equal(cell, bytes_str("true")) &&
		    !bytes_equal(cell, bytes_str("false")))
			return err_fail(
			    why, ERR_MALFORMED, "neither true nor false");
		buf_bytes(out, cell);
		return ERR_OK;
	default:
		json_quote(out, cell);
		return ERR_OK;
	}
}

static enum err
put_field(const struct csvmap *m, const char *name, struct bytes cell,
    struct buf *out, struct err_why *why)
{
	const ProtobufCFieldDescriptor *f = field_by_json_name(m->desc, name);

	buf_u8(out, ',');
	json_quote(out, bytes_str(name));
	buf_u8(out, ':');
	return put_value(m, f, cell, out, why);
}

/* The cell of a map column, after its replacements; empty when there is none.
 * Numbers of rows go through `number`. */
static enum err
cell_of(const struct csvmap *m, size_t i, const struct csv *row,
    const char *number, struct bytes *out, struct err_why *why)
{
	const Import__Column *c = m->map->columns[i];

	if (m->column[i] == ROW_NUMBER) {
		*out = bytes_str(number);
		return ERR_OK;
	}
	if (m->column[i] >= row->fields)
		return err_fail(why, ERR_MALFORMED,
		    "the row has %zu fields; %s wants field %zu", row->fields,
		    c->field, m->column[i] + 1);
	*out = row->field[m->column[i]];
	for (size_t k = 0; k < c->n_values; k++) {
		const Import__Pair *p = c->values[k];

		if (p->from != NULL && p->to != NULL &&
		    bytes_equal(*out, bytes_str(p->from))) {
			*out = bytes_str(p->to);
			break;
		}
	}
	if (out->len == 0 && c->has_required && c->required)
		return err_fail(why, ERR_MALFORMED, "%s is empty", c->field);
	return ERR_OK;
}

static enum err
put_row(const struct csvmap *m, const struct csv *row, uint64_t number,
    struct buf *out, struct err_why *why)
{
	const size_t start = out->len;
	char digits[24];
	enum err e;

	for (size_t i = m->titles; m->titles > 0 && i < row->fields; i++) {
		if (row->field[i].len > 0)
			return err_fail(why, ERR_MALFORMED,
			    "the row has %zu fields, the titles are %zu",
			    row->fields, m->titles);
	}
	(void)snprintf(digits, sizeof(digits), "%" PRIu64, number);
	buf_u8(out, '{');
	if (is_numbered(m->desc))
		buf_printf(out, "\"sourceEpoch\":\"%" PRIu64 "\"",
		    m->map->has_source_epoch ? m->map->source_epoch : 0);
	if (m->map->source != NULL) {
		buf_str(out, ",\"source\":");
		json_quote(out, bytes_str(m->map->source));
	}
	for (size_t i = 0; i < m->map->n_constants; i++) {
		const Import__Constant *k = m->map->constants[i];

		e = put_field(m, k->field,
		    bytes_str(k->value != NULL ? k->value : ""), out, why);
		if (e != ERR_OK)
			return err_wrap(why, e, "%s", k->field);
	}
	for (size_t i = 0; i < m->map->n_columns; i++) {
		struct bytes cell;

		e = cell_of(m, i, row, digits, &cell, why);
		if (e != ERR_OK)
			return e;
		if (cell.len == 0)
			continue;
		e = put_field(m, m->map->columns[i]->field, cell, out, why);
		if (e != ERR_OK)
			return err_wrap(
			    why, e, "%s", m->map->columns[i]->field);
	}
	buf_u8(out, '}');
	/* Where nothing stands before it, its comma is a blank. */
	if (out->len > start + 1 && out->ptr[start + 1] == ',')
		out->ptr[start + 1] = ' ';
	return buf_ok(out, why);
}

enum err
csvmap_json(const struct csvmap *m, const struct csv *row, uint64_t number,
    struct buf *out, struct err_why *why)
{
	size_t start = out->len;
	enum err e;

	e = put_row(m, row, number, out, why);
	if (e != ERR_OK)
		out->len = start;
	return e;
}
