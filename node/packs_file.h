/* packs_file.h - rule packs, built in and from the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PACKS_FILE_H
#define NODE_PACKS_FILE_H

#include "node/domain/packs.h"

/*
 * packs_open - the built-in packs, then every *.yaml in `dir` (NULL or absent:
 * none); the same work type and version replaces a built-in one.
 * ERR_MALFORMED: `why` names file, line and field; a limit is missing.
 */
ERR_CHECKED enum err packs_open(
    struct packs **out, const char *dir, struct err_why *why);

#endif
