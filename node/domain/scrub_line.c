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
    {0x24f5, 0x24fd, '1'},
    {0x24ff, 0x24ff, '0'},
    {0x3220, 0x3228, '1'},
    {0x3280, 0x3288, '1'},
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
    {0x061c, 0x061c},
    {0x115f, 0x1160},
    {0x17b4, 0x17b5},
    {0x180b, 0x180f},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x200b, 0x200f},
    {0x202a, 0x202e},
    {0x2060, 0x206f},
    {0x20d0, 0x20ff}, /* a key around a digit, too */
    {0x3164, 0x3164},
    {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},
    {0xfff9, 0xfffb},
    {0xe0000, 0xe0fff},
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
    "八8捌8九9玖9拐7勾9";

/* Traditional characters of names, titles and plates, and those that are there
 * twice; in order. */
static const struct {
	uint32_t from, to;
} simplified[] = {{U'亞', U'亚'}, {U'偉', U'伟'}, {U'傑', U'杰'},
    {U'儲', U'储'}, {U'劉', U'刘'}, {U'動', U'动'}, {U'勝', U'胜'},
    {U'區', U'区'}, {U'吳', U'吴'}, {U'國', U'国'}, {U'團', U'团'},
    {U'場', U'场'}, {U'孫', U'孙'}, {U'學', U'学'}, {U'實', U'实'},
    {U'寧', U'宁'}, {U'島', U'岛'}, {U'嶺', U'岭'}, {U'師', U'师'},
    {U'廠', U'厂'}, {U'廣', U'广'}, {U'張', U'张'}, {U'強', U'强'},
    {U'慶', U'庆'}, {U'於', U'于'}, {U'晉', U'晋'}, {U'書', U'书'},
    {U'東', U'东'}, {U'楊', U'杨'}, {U'業', U'业'}, {U'榮', U'荣'},
    {U'橋', U'桥'}, {U'機', U'机'}, {U'歐', U'欧'}, {U'氣', U'气'},
    {U'湯', U'汤'}, {U'滬', U'沪'}, {U'漢', U'汉'}, {U'濟', U'济'},
    {U'濤', U'涛'}, {U'濱', U'滨'}, {U'灣', U'湾'}, {U'煉', U'炼'},
    {U'環', U'环'}, {U'瓊', U'琼'}, {U'發', U'发'}, {U'盧', U'卢'},
    {U'礦', U'矿'}, {U'穎', U'颖'}, {U'範', U'范'}, {U'紅', U'红'},
    {U'經', U'经'}, {U'維', U'维'}, {U'縣', U'县'}, {U'羅', U'罗'},
    {U'義', U'义'}, {U'聯', U'联'}, {U'膠', U'胶'}, {U'興', U'兴'},
    {U'華', U'华'}, {U'萬', U'万'}, {U'葉', U'叶'}, {U'蔣', U'蒋'},
    {U'蕭', U'萧'}, {U'藥', U'药'}, {U'蘇', U'苏'}, {U'蘭', U'兰'},
    {U'號', U'号'}, {U'衛', U'卫'}, {U'製', U'制'}, {U'記', U'记'},
    {U'許', U'许'}, {U'謝', U'谢'}, {U'譚', U'谭'}, {U'豐', U'丰'},
    {U'責', U'责'}, {U'貴', U'贵'}, {U'賈', U'贾'}, {U'賴', U'赖'},
    {U'贛', U'赣'}, {U'趙', U'赵'}, {U'車', U'车'}, {U'軍', U'军'},
    {U'輝', U'辉'}, {U'達', U'达'}, {U'遠', U'远'}, {U'遼', U'辽'},
    {U'鄉', U'乡'}, {U'鄒', U'邹'}, {U'鄧', U'邓'}, {U'鄭', U'郑'},
    {U'銀', U'银'}, {U'銅', U'铜'}, {U'鋁', U'铝'}, {U'鋼', U'钢'},
    {U'錢', U'钱'}, {U'鍾', U'钟'}, {U'鎮', U'镇'}, {U'鐘', U'钟'},
    {U'鐵', U'铁'}, {U'長', U'长'}, {U'門', U'门'}, {U'間', U'间'},
    {U'閩', U'闽'}, {U'閻', U'阎'}, {U'陝', U'陕'}, {U'陰', U'阴'},
    {U'陳', U'陈'}, {U'陸', U'陆'}, {U'陽', U'阳'}, {U'隊', U'队'},
    {U'際', U'际'}, {U'雲', U'云'}, {U'電', U'电'}, {U'靜', U'静'},
    {U'韓', U'韩'}, {U'頭', U'头'}, {U'顧', U'顾'}, {U'飛', U'飞'},
    {U'餘', U'余'}, {U'馬', U'马'}, {U'馮', U'冯'}, {U'魯', U'鲁'},
    {U'鳳', U'凤'}, {U'鵬', U'鹏'}, {U'鹽', U'盐'}, {U'麗', U'丽'},
    {U'黃', U'黄'}, {U'齊', U'齐'}, {U'龍', U'龙'}, {U'龔', U'龚'},
    {0xf90a, U'金'}, {0xf9b2, U'零'}, {0xf9d1, U'六'}, {0xf9e1, U'李'},
    {0xf9f4, U'林'}};

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
simple(uint32_t c)
{
	size_t low = 0, high = sizeof simplified / sizeof simplified[0];

	while (low < high) {
		size_t at = low + (high - low) / 2;

		if (simplified[at].from == c)
			return simplified[at].to;
		if (simplified[at].from < c)
			low = at + 1;
		else
			high = at;
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
	if (c >= 0x4e00 && c <= 0xfaff)
		return simple(c);
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
			    (struct scrub_char){plain(c), c, position};
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
scrub_alnum(uint32_t c)
{
	return scrub_letter(c) || (c >= '0' && c <= '9');
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
