/* pack_text.h - small rule packs that tests edit. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PACK_TEXT_H
#define TESTS_SUPPORT_PACK_TEXT_H

/* Work "drilling" with steps risk and brief, a measure, gas where explosive. */
extern const char pack_text_work[];
/* 2026: the National Day week, a worked Sunday, nights from 22:00 to 06:00. */
extern const char pack_text_calendar[];

/* pack_text_work with the first `was` replaced; aborts without one.  Free. */
char *pack_text_edit(const char *was, const char *now);

#endif
