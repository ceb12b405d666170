/* packs_file.h - rule packs, built in and from the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PACKS_FILE_H
#define NODE_PACKS_FILE_H

#include "node/domain/packs.h"

/*
 * packs_open - the built-in packs, then every *.yaml in `dir` (NULL or absent:
 * none).  ERR_MALFORMED: `why` names file, line and field; a limit is missing.
 * ERR_EXISTS, ERR_REFUSED: see packs_add.
 */
ERR_CHECKED enum err packs_open(
    struct packs **out, const char *dir, struct err_why *why);

/* The files alone.  refused: called for each that packs_add refuses, which is
 * then left out; NULL: the first such ends it. */
typedef void (*packs_file_refused)(void *arg, const struct err_why *why);
ERR_CHECKED enum err packs_file_add(struct packs *p, const char *dir,
    packs_file_refused refused, void *arg, struct err_why *why);

#endif
