/* csvmap.h - from a row of a table to a record, by a map. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CSVMAP_H
#define NODE_CSVMAP_H

#include "import.pb-c.h"
#include "node/csv.h"
#include "proto/buf.h"
#include "proto/err.h"

#include <protobuf-c/protobuf-c.h>

/* A map made ready for one table: which column feeds which field. */
struct csvmap {
	const Import__Map *map; /* borrowed */
	const ProtobufCMessageDescriptor *desc; /* record.Alarm, ... */
	size_t column[CSV_FIELDS_MAX]; /* per map column: index */
	size_t titles; /* columns of the title row; 0: there is none */
	int64_t offset_us; /* of times without one */
};

/*
 * csvmap_read - read a YAML map; release with slice_free.
 * ERR_MALFORMED names line and path.
 */
ERR_CHECKED enum err csvmap_read(
    Import__Map **out, struct bytes yaml, struct err_why *why);

/*
 * csvmap_bind - match the map to the record type and, unless the map says
 * `header: false`, to the title row that `csv` has just read (else csv NULL).
 * ERR_MALFORMED: a field the record does not have, or fed twice; a title the
 * file lacks.
 */
ERR_CHECKED enum err csvmap_bind(struct csvmap *out, const Import__Map *map,
    const ProtobufCMessageDescriptor *desc, const struct csv *csv,
    struct err_why *why);

/*
 * csvmap_json - append the JSON of one row to `out`.
 *   number   of the row, from 1; feeds `rowNumber` columns
 * ERR_MALFORMED names column and reason; `out` is as before.  A row with more
 * in it than there are titles is refused: one comma too many moves every field
 * behind it.
 */
ERR_CHECKED enum err csvmap_json(const struct csvmap *m, const struct csv *row,
    uint64_t number, struct buf *out, struct err_why *why);

#endif
