/* scrub_number.c - numbers of persons, companies and telephones. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/scrub_part.h"

#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"

#define ROW_MAX 10 /* more digits in a row are somebody's number */
#define GAP_MAX 4 /* " - ", or the end of a line with blanks around it */

/* The digits of one number, with whatever separates them taken out. */
struct run {
	struct digit {
		uint8_t value;
		bool starts; /* a separator stands before it */
		size_t at; /* in the line */
	} * d;
	size_t len;
	size_t groups;
	bool mixed; /* more than one kind of separator */
	bool ends_x; /* X or x follows the last */
};

static bool
separates(uint32_t c)
{
	return c != 0 && c < 0x80 ? strchr(" -./_,()[]*#~", (int)c) != NULL
	                          : c == 0x3001 || c == 0x3010 || c == 0x3011;
}

/* Letters stand for digits only between digits: 138O1234S678 has an O. */
static int
digit_at(const struct scrub_line *l, size_t i)
{
	uint32_t c = l->at[i].c;
	int d = scrub_digit(c);

	if (d >= 0 || i == 0 || i + 1 >= l->len ||
	    scrub_digit(l->at[i - 1].c) < 0 || scrub_digit(l->at[i + 1].c) < 0)
		return d;
	if (c == 'O' || c == 'o')
		return 0;
	return c == 'l' || c == 'I' || c == '|' ? 1 : -1;
}

/* From a first digit; the place past the last. */
static size_t
collect(const struct scrub_line *l, size_t from, struct run *r)
{
	size_t i = from, end = from;
	uint32_t by = 0;

	r->len = r->groups = 0;
	r->mixed = r->ends_x = false;
	while (i < l->len) {
		int d = digit_at(l, i);
		size_t gap = i - end;

		if (d < 0 && separates(l->at[i].c) && gap < GAP_MAX) {
			i++;
			continue;
		}
		if (d < 0)
			break;
		if (gap > 0) {
			r->mixed |= by != 0 && by != l->at[end].c;
			by = l->at[end].c;
		}
		r->d[r->len] =
		    (struct digit){(uint8_t)d, r->len == 0 || gap > 0, i};
		r->groups += r->d[r->len].starts;
		r->len++;
		end = ++i;
	}
	r->ends_x = end < l->len && scrub_lower(l->at[end].c) == 'x' &&
	    (end + 1 == l->len || !scrub_letter(l->at[end + 1].c));
	return end;
}

static unsigned
number(const struct digit *d, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + d[i].value;
	return v;
}

/* Of administrative divisions: the first two digits. */
static bool
province(const struct digit *d)
{
	static const char *const known =
	    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 "
	    "51 52 53 54 61 62 63 64 65 71 81 82 83 ";
	const char two[] = {
	    (char)('0' + d[0].value), (char)('0' + d[1].value), ' ', '\0'};

	return strstr(known, two) != NULL;
}

static bool
month_day(const struct digit *d)
{
	unsigned month = number(d, 2), day = number(d + 2, 2);

	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* GB 11643: 17 digits and a check digit, X for ten. */
static bool
identity18(const struct digit *d, unsigned check)
{
	static const uint8_t weight[] = {
	    7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	unsigned sum = check, year = number(d + 6, 4);

	for (size_t i = 0; i < sizeof weight; i++)
		sum += weight[i] * d[i].value;
	return sum % 11 == 1 && province(d) && year >= 1900 && year < 2100 &&
	    month_day(d + 10);
}

static void
identities(struct scrub *s, const struct run *r)
{
	for (size_t i = 0; i + 17 <= r->len; i++) {
		bool x = i + 17 == r->len && r->ends_x;

		if (x ? identity18(r->d + i, 10)
		      : i + 17 < r->len &&
		            identity18(r->d + i, r->d[i + 17].value))
			scrub_found(s, r->d[i].at, SCRUB_IDENTITY);
	}
}

/* Do `n` digits from i stand between separators or ends? */
static bool
apart(const struct run *r, size_t i, size_t n)
{
	return i + n <= r->len && r->d[i].starts &&
	    (i + n == r->len || r->d[i + n].starts);
}

/* How many groups they are in. */
static size_t
groups(const struct run *r, size_t i, size_t n)
{
	size_t count = 0;

	for (size_t k = i; k < i + n; k++)
		count += r->d[k].starts;
	return count;
}

static bool
landline(const struct run *r, size_t i)
{
	const struct digit *d = r->d + i;
	size_t area, left = r->len - i;

	if (left < 10 || d[0].value != 0 || !d[0].starts || d[1].value == 0)
		return false;
	area = d[1].value <= 2 ? 3 : 4;
	for (size_t n = area + 7; n <= area + 8; n++) {
		if (apart(r, i, n) && groups(r, i, n) <= 4 &&
		    d[area].value >= 2 &&
		    (groups(r, i, n) == 1 || d[area].starts))
			return true;
	}
	return false;
}

static void
telephones(struct scrub *s, const struct run *r)
{
	for (size_t i = 0; i < r->len; i++) {
		const struct digit *d = r->d + i;

		if (apart(r, i, 11) && d[0].value == 1 && d[1].value >= 3 &&
		    (groups(r, i, 11) <= 4 || !r->mixed))
			scrub_found(s, d[0].at, SCRUB_MOBILE);
		else if (apart(r, i, 15) && province(d) && month_day(d + 8) &&
		    groups(r, i, 15) <= 4)
			scrub_found(s, d[0].at, SCRUB_IDENTITY);
		else if (landline(r, i) ||
		    (apart(r, i, 10) && number(d, 3) == 400 &&
		        groups(r, i, 10) <= 4))
			scrub_found(s, d[0].at, SCRUB_LANDLINE);
	}
}

static void
long_rows(struct scrub *s, const struct run *r)
{
	size_t begun = 0;

	for (size_t i = 0; i <= r->len; i++) {
		if (i < r->len && (i == 0 || !r->d[i].starts))
			continue;
		if (i - begun > ROW_MAX)
			scrub_found(s, r->d[begun].at, SCRUB_NUMBER);
		begun = i;
	}
}

/* ---- GB 32100 ---- */

static int
code_value(uint32_t c)
{
	static const char letters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	const char *at;

	if (c >= 'a' && c <= 'z')
		c -= 32;
	at = c != 0 && c < 0x80 ? strchr(letters, (int)c) : NULL;
	return at != NULL ? (int)(at - letters) : -1;
}

/* 18 of them from here, single blanks and hyphens within aside. */
static bool
credit_code(const struct scrub_line *l, size_t from)
{
	unsigned sum = 0, weight = 1, digits = 0;
	size_t n = 0, i;
	int last = -1;

	for (i = from; i < l->len && n < 18; i++) {
		uint32_t c = l->at[i].c;

		if ((c == ' ' || c == '-') && i > from &&
		    scrub_alnum(l->at[i - 1].c))
			continue;
		last = code_value(c);
		if (last < 0)
			return false;
		digits += c >= '0' && c <= '9';
		n++;
		if (n == 18)
			break;
		sum += (unsigned)last * weight;
		weight = weight * 3 % 31;
	}
	return n == 18 && digits >= 10 &&
	    (i + 1 == l->len || !scrub_alnum(l->at[i + 1].c)) &&
	    (31 - sum % 31) % 31 == (unsigned)last;
}

void
scrub_numbers(struct scrub *s)
{
	const struct scrub_line *l = &s->line;
	struct run r = {.d = mem_alloc(l->len + 1, sizeof *r.d)};

	for (size_t i = 0; i < l->len;) {
		if (scrub_digit(l->at[i].c) < 0) {
			i++;
			continue;
		}
		i = collect(l, i, &r);
		identities(s, &r);
		telephones(s, &r);
		long_rows(s, &r);
	}
	for (size_t i = 0; i < l->len; i++) {
		if ((i == 0 || !scrub_alnum(l->at[i - 1].c)) &&
		    credit_code(l, i))
			scrub_found(s, i, SCRUB_CREDIT_CODE);
	}
	free(r.d);
}
