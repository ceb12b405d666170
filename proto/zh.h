/* zh.h - the Chinese sentence beside an English format. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_ZH_H
#define PROTO_ZH_H

/*
 * zh_format - the Chinese counterpart of a printf format, with the same
 * arguments; `en` itself when it has none (it holds no words, or was chosen by
 * language already).  Pure, any thread.
 *
 * Messages are written in English where they arise; zh_table.h has their
 * Chinese, and tests/check/texts.sh misses what is not there.  An argument of
 * another order is named by its place: "%2$s".
 */
const char *zh_format(const char *en) __attribute__((format_arg(1)));

/* Marks a message that reaches err_plain by a variable. */
#define ZH(text) (text)

/* Row i of the table, NULL after the last; for tests. */
const char *zh_row(unsigned i, const char **zh);

#endif
