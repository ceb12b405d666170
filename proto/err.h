/* err.h - the one vocabulary of failure, shared by every floor. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

/*
 * A code tells the caller what may be done about it, never which library
 * spoke.  Foreign codes (errno, LMDB, nng, HTTP) are translated in the one
 * file that includes the foreign header.  A new code makes -Wswitch-enum point
 * at every table that must learn it.
 */
#define ERR_LIST(X)                                          \
	X(OK, "ok")                                          \
	X(NOT_FOUND, "not found")                            \
	X(EXISTS, "already exists")                          \
	X(MALFORMED, "malformed input")                      \
	X(UNVERIFIED, "signature or proof does not verify")  \
	X(UNSUPPORTED, "algorithm or version not supported") \
	X(REFUSED, "a rule forbids it")                      \
	X(DENIED, "no right to do this")                     \
	X(CONFLICT, "conflicts with the current state")      \
	X(LIMIT, "over a fixed limit")                       \
	X(FULL, "no space left")                             \
	X(BUSY, "busy, try again")                           \
	X(TIMEOUT, "timed out")                              \
	X(IO, "input/output failure")                        \
	X(CORRUPT, "stored data is inconsistent")

#define ERR_ENUM(name, text) ERR_##name,
enum err {
	ERR_LIST(ERR_ENUM)
};
#undef ERR_ENUM

#define ERR_CHECKED __attribute__((warn_unused_result))

#define ERR_WHY_BYTES 240

/* Detail for people; code never branches on it.  Filled on failure only. */
struct err_why {
	char text[ERR_WHY_BYTES];
};

/* A lower-case phrase without full stop; never NULL. */
const char *err_text(enum err e);

/* Stable lower-case identifier: "not_found".  Never NULL. */
const char *err_name(enum err e);

/*
 * err_fail - record why (NULL: do not) and hand `e` back, so that a failure is
 * one statement: return err_fail(why, ERR_MALFORMED, "leaf %u: ...", i);
 */
enum err err_fail(struct err_why *why, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* err_wrap - put "`prefix`: " before what `why` says already; returns e. */
enum err err_wrap(struct err_why *why, enum err e, const char *prefix);

#endif
