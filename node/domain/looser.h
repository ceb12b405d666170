/* looser.h - is a company's pack of any kind looser than the standard's? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_LOOSER_H
#define NODE_DOMAIN_LOOSER_H

#include "pack.pb-c.h"

#include <stdbool.h>

#define LOOSER_AT 128 /* bytes of a path, NUL included */

/*
 * looser_than - the first point at which `local` asks for less than `base` of
 * the same kind: "$.alarm.levels[1].shelveMinutes", the place in `local`, or
 * in what it lacks, and whom that is about.  "": nowhere.
 *
 * What is looser is a table (looser.c): of each kind which number may not grow
 * or shrink, what may not be dropped or added; what a table cannot say is in
 * looser_kind.c.  Kinds without rows have no standard: a calendar and places
 * are the company's own, indicators and classes of accidents set no limit.
 */
void looser_than(
    char at[static LOOSER_AT], const Pack__Pack *base, const Pack__Pack *local);

/* Does the table name this field, or tell items apart by it?  For the test that
 * no field is forgotten. */
bool looser_names(const ProtobufCMessageDescriptor *of, const char *field);

/* ---- for looser*.c ---- */

/* Notes the first finding; false: there was one before. */
__attribute__((format(printf, 2, 3))) bool looser_say(
    char at[static LOOSER_AT], const char *format, ...);
/* The rows of the table for two messages of one type; `path` leads to them.
 * whole: all of the standard's, which says what roles it speaks of. */
void looser_fields(char at[static LOOSER_AT], const char *path,
    const ProtobufCMessage *whole, const ProtobufCMessage *base,
    const ProtobufCMessage *local);
/* Lists of texts: all of `of` in `in`. */
bool looser_within(char *const *of, size_t n, char *const *in, size_t in_n);
/* Is it a role that a message of the standard, or a part of it, speaks of? */
bool looser_mentions(const ProtobufCMessage *base, const char *role);

void looser_alarm(char at[static LOOSER_AT], const Pack__AlarmPolicy *base,
    const Pack__AlarmPolicy *local);
void looser_credentials(char at[static LOOSER_AT],
    const Pack__Credentials *base, const Pack__Credentials *local);
void looser_cases(char at[static LOOSER_AT], const Pack__CasePolicy *base,
    const Pack__CasePolicy *local);

#endif
