/* vault_mirror.h - wrapping keys in a second place, and gone from there too. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_VAULT_MIRROR_H
#define LEDGER_VAULT_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/*
 * The directory of a vault and a copy of it, made file by file and durable.
 * The vault may be in use.  ERR_IO, ERR_FULL, ERR_CORRUPT; ERR_CONFLICT: the
 * copy is of another vault.
 *
 *   copy   what is in `from` and not in `to`; `to` is made with 0700
 *   drop   keys in `to` that `from` has no more and that are not needed:
 *          overwritten and unlinked, as the vault does; *gone counts them
 */
ERR_CHECKED enum err vault_mirror_copy(
    const char *from, const char *to, struct err_why *why);
struct vault_mirror_keep {
	void *arg;
	bool (*needed)(void *arg, uint32_t id);
};
ERR_CHECKED enum err vault_mirror_drop(const char *from, const char *to,
    const struct vault_mirror_keep *keep, size_t *gone, struct err_why *why);

#endif
