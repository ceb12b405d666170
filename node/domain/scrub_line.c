/* scrub_line.c - one reading for characters that look alike. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/scrub_part.h"

#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"
#include "proto/text.h"

/* Runs of characters that stand for others in order. */
static const struct {
	uint32_t from, to, as;
} runs[] = {
    {0x0660, 0x0669, '0'},
    {0x06f0, 0x06f9, '0'},
    {0x0966, 0x096f, '0'},
    {0x2070, 0x2070, '0'},
    {0x2074, 0x2079, '4'},
    {0x00b9, 0x00b9, '1'},
    {0x00b2, 0x00b3, '2'},
    {0x2080, 0x2089, '0'},
    {0x2460, 0x2468, '1'},
    {0x24ea, 0x24ea, '0'},
    {0x2474, 0x247c, '1'},
    {0x2488, 0x2490, '1'},
    {0x2776, 0x277e, '1'},
    {0x2780, 0x2788, '1'},
    {0x278a, 0x2792, '1'},
    {0x24b6, 0x24cf, 'A'},
    {0x24d0, 0x24e9, 'a'},
    {0xff01, 0xff5e, '!'},
    {0x3000, 0x3000, ' '},
    {0x00a0, 0x00a0, ' '},
    {0x2000, 0x200a, ' '},
    {0x202f, 0x202f, ' '},
    {0x205f, 0x205f, ' '},
    {0x2010, 0x2010, '-'},
    {0x2011, 0x2011, '-'},
    {0x2012, 0x2012, '-'},
    {0x2013, 0x2013, '-'},
    {0x2014, 0x2014, '-'},
    {0x2015, 0x2015, '-'},
    {0x2212, 0x2212, '-'},
    {0x00b7, 0x00b7, '.'},
    {0x2022, 0x2022, '.'},
    {0x30fb, 0x30fb, '.'},
    {0x3002, 0x3002, '.'},
    {0x2024, 0x2024, '.'},
};

/* Nobody sees them: dropped. */
static const uint32_t unseen[][2] = {
    {0x00ad, 0x00ad},
    {0x0300, 0x036f},
    {0x180b, 0x180e},
    {0x200b, 0x200f},
    {0x202a, 0x202e},
    {0x2060, 0x206f},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
    {0xe0100, 0xe01ef},
};

/* Letters of other alphabets, and those with marks, as what they look like. */
static const struct {
	const char *of;
	const char *as; /* one ASCII letter for each */
} alike[] = {
    {"АВЕКМНОРСТУХЅІЈԚԜҮ", "ABEKMHOPCTYXSIJQWY"},
    {"аеорсухѕіјԁԛԝһ", "aeopcyxsijdqwh"},
    {"ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"},
    {"οιν", "oiv"},
    {"ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ", "AAAAAACEEEEIIIINOOOOOOUUUUY"},
    {"àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ", "aaaaaaceeeeiiiinoooooouuuuyy"},
    {"āēīōūǎěǐǒǔăąćčďęğłńňőřśşšťůűźżž", "aeiouaeiouaaccdeglnnorssstuuzzz"},
};

static const char numerals[] =
    "零0〇0○0洞0一1壹1幺1弌1二2贰2貳2两2弐2三3叁3參3四4肆4五5伍5六6陆6陸6七7柒7"
    "八8捌8九9玖9";

/* The character at the front, and past it; 0xfffd for what is no UTF-8. */
static uint32_t
next(struct bytes *in)
{
	static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t n = text_utf8_step(*in);
	uint32_t c;

	if (n == 0) {
		in->ptr++;
		in->len--;
		return 0xfffd;
	}
	c = in->ptr[0] & lead[n];
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (in->ptr[i] & 0x3f);
	in->ptr += n;
	in->len -= n;
	return c;
}

static uint32_t
look_alike(uint32_t c)
{
	for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
		struct bytes of = bytes_str(alike[i].of);

		for (size_t n = 0; of.len > 0; n++) {
			if (next(&of) == c)
				return (uint8_t)alike[i].as[n];
		}
	}
	return c;
}

static uint32_t
plain(uint32_t c)
{
	if (c < 0x80)
		return c < 0x20 || c == 0x7f ? ' ' : c;
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		if (c >= runs[i].from && c <= runs[i].to)
			return runs[i].as + c - runs[i].from;
	}
	if (c >= 0x1d7ce && c <= 0x1d7ff)
		return '0' + (c - 0x1d7ce) % 10;
	if (c >= 0x1d400 && c <= 0x1d6a3) {
		c = (c - 0x1d400) % 52;
		return c < 26 ? 'A' + c : 'a' + c - 26;
	}
	return c < 0x530 || (c >= 0x1e00 && c < 0x2000) ? look_alike(c) : c;
}

static bool
is_unseen(uint32_t c)
{
	for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) {
		if (c >= unseen[i][0] && c <= unseen[i][1])
			return true;
	}
	return false;
}

void
scrub_line(struct scrub_line *out, const char *text)
{
	struct bytes in = bytes_str(text);
	uint32_t position = 0;

	out->at = mem_alloc(in.len + 1, sizeof *out->at);
	out->len = 0;
	while (in.len > 0) {
		uint32_t c = next(&in);

		position++;
		if (!is_unseen(c))
			out->at[out->len++] =
			    (struct scrub_char){plain(c), position};
	}
}

size_t
scrub_put(char out[static 4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

char *
scrub_fold(const char *text)
{
	struct scrub_line line;
	char *out;
	size_t len = 0;

	scrub_line(&line, text);
	out = mem_alloc(line.len * 4 + 1, 1);
	for (size_t i = 0; i < line.len; i++)
		len += scrub_put(out + len, scrub_lower(line.at[i].c));
	out[len] = '\0';
	free(line.at);
	return out;
}

int
scrub_digit(uint32_t c)
{
	struct bytes in = bytes_str(numerals);

	if (c < 0x80)
		return c >= '0' && c <= '9' ? (int)c - '0' : -1;
	while (in.len > 0) {
		bool same = next(&in) == c;
		uint32_t digit = next(&in);

		if (same)
			return (int)digit - '0';
	}
	return -1;
}

bool
scrub_letter(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool
scrub_han(uint32_t c)
{
	return (c >= 0x3400 && c <= 0x9fff) || (c >= 0x20000 && c <= 0x3ffff);
}

uint32_t
scrub_lower(uint32_t c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}
