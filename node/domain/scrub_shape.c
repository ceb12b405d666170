/* scrub_shape.c - plates, addresses, coordinates, tags, by their look. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/scrub_part.h"

#include <string.h>

#include "proto/text.h"

static uint32_t
char_at(const struct scrub *s, size_t i)
{
	return i < s->line.len ? s->line.at[i].c : 0;
}

static bool
digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* Does the line go on with this, in any case? */
static bool
goes_on(const struct scrub *s, size_t at, const char *ascii)
{
	for (; *ascii != '\0'; ascii++, at++) {
		if (scrub_lower(char_at(s, at)) != (uint8_t)*ascii)
			return false;
	}
	return true;
}

static bool
one_of(uint32_t c, const char *list)
{
	char one[5] = "";

	if (c < 0x80)
		return false;
	one[scrub_put(one, c)] = '\0';
	return strstr(list, one) != NULL;
}

static size_t
past_gap(const struct scrub *s, size_t i)
{
	uint32_t c = char_at(s, i);

	while (c == ' ' || c == '.' || c == '-')
		c = char_at(s, ++i);
	return i;
}

/* GA 36: a province, a letter, five or six more of which three are digits. */
static bool
plate(const struct scrub *s, size_t i)
{
	size_t n = 0, digits = 0, letter = past_gap(s, i + 1);

	if (!one_of(char_at(s, i),
	        "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙"
	        "陕吉闽贵粤青藏川宁琼") ||
	    !scrub_letter(char_at(s, letter)))
		return false;
	i = past_gap(s, letter + 1);
	for (; scrub_alnum(char_at(s, i)); i++, n++)
		digits += digit(char_at(s, i));
	n += one_of(char_at(s, i), "挂学警港澳") ? 1 : 0;
	return (n == 5 || n == 6) && digits >= 3;
}

/* "@" between what is not blank; "(at)", "[at]". */
static bool
mail(const struct scrub *s, size_t i)
{
	if (char_at(s, i) == '@')
		return i > 0 && char_at(s, i - 1) != ' ' &&
		    char_at(s, i + 1) != ' ' && char_at(s, i + 1) != 0;
	if (i > 0 && char_at(s, i - 1) == ' ')
		return false;
	return i > 1 && (goes_on(s, i, "(at)") || goes_on(s, i, "[at]"));
}

static bool
link(const struct scrub *s, size_t i)
{
	if (i > 0 && scrub_alnum(char_at(s, i - 1)))
		return false;
	return goes_on(s, i, "http:") || goes_on(s, i, "https:") ||
	    goes_on(s, i, "www.");
}

/* ---- coordinates ---- */

struct decimal {
	double value;
	size_t decimals;
	size_t end;
};

static bool
decimal(const struct scrub *s, size_t i, struct decimal *out)
{
	double scale = 1;
	size_t whole = 0;

	*out = (struct decimal){.end = i};
	for (; digit(char_at(s, i)); i++, whole++)
		out->value = out->value * 10 + (char_at(s, i) - '0');
	if (whole == 0 || whole > 3)
		return false;
	out->end = i;
	if (char_at(s, i) != '.')
		return true;
	for (i++; digit(char_at(s, i)); i++) {
		scale /= 10;
		out->value += scale * (char_at(s, i) - '0');
		out->decimals++;
	}
	out->end = i;
	return true;
}

/* Within the country, as GB/T 2260 knows it. */
static bool
here(double a, double b)
{
	return (a > 3 && a < 54 && b > 73 && b < 136) ||
	    (b > 3 && b < 54 && a > 73 && a < 136);
}

static bool
coordinates(const struct scrub *s, size_t i)
{
	struct decimal a, b;
	size_t k;

	if ((i > 0 && (digit(char_at(s, i - 1)) || char_at(s, i - 1) == '.')) ||
	    !decimal(s, i, &a))
		return false;
	/* 38°29', also with the degrees as a ring or a letter. */
	if (one_of(char_at(s, a.end), "°º˚") && digit(char_at(s, a.end + 1)))
		return true;
	if (i > 1 && one_of(char_at(s, i - 1), "经纬") &&
	    one_of(char_at(s, i - 2), "东西南北"))
		return true;
	if (a.decimals < 3)
		return false;
	for (k = a.end; k < a.end + 6; k++) {
		if (digit(char_at(s, k)) && decimal(s, k, &b))
			return b.decimals >= 3 && here(a.value, b.value);
	}
	return false;
}

/* ---- tags ---- */

/* Characters that fit the form from i; 0: they do not, or more follow. */
static size_t
fits(const struct scrub *s, size_t i, const char *form)
{
	struct bytes in = bytes_str(form);
	size_t from = i;

	while (in.len > 0) {
		size_t n = text_utf8_step(in);
		uint32_t c = char_at(s, i);
		char one[5] = "";
		bool ok;

		if (n == 0)
			return 0;
		if (in.ptr[0] == '#')
			ok = digit(c);
		else if (in.ptr[0] == '@')
			ok = scrub_letter(c);
		else
			ok = c != 0 && scrub_put(one, scrub_lower(c)) == n &&
			    strncasecmp(one, (const char *)in.ptr, n) == 0;
		if (!ok)
			return 0;
		in.ptr += n;
		in.len -= n;
		i++;
	}
	/* A letter for one of several alike may follow: P-101A. */
	if (scrub_letter(char_at(s, i)) && digit(char_at(s, i - 1)) &&
	    !scrub_alnum(char_at(s, i + 1)))
		i++;
	return scrub_alnum(char_at(s, i)) ? 0 : i - from;
}

static bool
tag(const struct scrub *s, size_t i)
{
	size_t n = 0;

	if (i > 0 && scrub_alnum(char_at(s, i - 1)))
		return false;
	for (size_t k = 0; k < s->known->forms_len && n == 0; k++)
		n = fits(s, i, s->known->forms[k]);
	for (size_t k = 0; k < s->known->allowed_len && n > 0; k++) {
		if (fits(s, i, s->known->allowed[k]) == n)
			return false;
	}
	return n > 0;
}

void
scrub_shapes(struct scrub *s)
{
	for (size_t i = 0; i < s->line.len; i++) {
		if (plate(s, i))
			scrub_found(s, i, SCRUB_PLATE);
		if (mail(s, i))
			scrub_found(s, i, SCRUB_MAIL);
		if (link(s, i))
			scrub_found(s, i, SCRUB_LINK);
		if (coordinates(s, i))
			scrub_found(s, i, SCRUB_COORDINATES);
		if (tag(s, i))
			scrub_found(s, i, SCRUB_TAG);
	}
}
