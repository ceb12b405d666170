/* packed.h - packs of a test's own. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PACKED_H
#define TESTS_SUPPORT_PACKED_H

#include "tests/support/plant.h"

#define PACKED_TEXT 16384

/* The built-in hot-work@2022.1 under another version, in each line the first
 * `was` made `now`. */
void packed_edit(char out[static PACKED_TEXT], const char *version,
    const char *was, const char *now);

/* The built-in file of any kind, likewise; from: its effectiveAt. */
#define PACKED_OTHER 32768
void packed_other(char out[static PACKED_OTHER], const char *file,
    const char *version, const char *from, const char *was, const char *now);

/* A file of the node's own packs, for its next start; NULL: there is none any
 * more. */
void packed_file(struct plant *p, const char *name, const char *text);

/* A version by its name, or a text (the other is NULL); release with
 * submit_result_free.  packed_activate: it must do. */
struct submit_result *packed_try(struct plant *p, char *name, char *text);
void packed_activate(struct plant *p, char *name, char *text);

/* From now on a law keeps all records for their terms: what somebody asks to
 * erase waits. */
void packed_law(struct plant *p);

#endif
