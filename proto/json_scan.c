/* json_scan.c - limits and paths of JSON text, before parsing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/json_scan.h"

#include "proto/json.h"
#include "proto/text.h"

#define KEY_SHOWN_BYTES 40

/* One open bracket. */
struct frame {
	bool list;
	bool wants_key;
	size_t index; /* of the element, in a list */
	struct bytes key; /* of the member, in an object; raw */
};

struct scan {
	struct bytes in;
	size_t pos;
	size_t stop; /* first byte not to look at */
	struct frame at[JSON_DEPTH_MAX];
	size_t depth;
	size_t elements;
	size_t members;
};

void
json_scan_key(struct buf *out, struct bytes key)
{
	size_t n, step;

	buf_u8(out, '.');
	for (n = 0; n < key.len; n += step) {
		step = text_utf8_step(bytes_of(key.ptr + n, key.len - n));
		if (n + step > KEY_SHOWN_BYTES) {
			buf_str(out, "...");
			return;
		}
		if (step == 0 || key.ptr[n] < 0x20 || key.ptr[n] == 0x7f) {
			buf_u8(out, '?');
			step = 1;
		} else {
			buf_put(out, key.ptr + n, step);
		}
	}
}

static void
put_path(struct buf *out, const struct scan *s)
{
	const struct frame *f;
	size_t i;

	buf_str(out, "$");
	for (i = 0; i < s->depth; i++) {
		f = &s->at[i];
		if (f->list)
			buf_printf(out, "[%zu]", f->index);
		else if (f->key.ptr != NULL)
			json_scan_key(out, f->key);
	}
}

/* Puts the path to here before what is said already. */
static enum err
wrap(const struct scan *s, struct err_why *why)
{
	struct buf path;

	buf_init(&path, ERR_WHY_BYTES);
	put_path(&path, s);
	(void)err_wrap(why, ERR_LIMIT, "%s", buf_cstr(&path));
	buf_clear(&path);
	return ERR_LIMIT;
}

/* The raw text between the quotes; pos stands behind the closing one. */
static struct bytes
skip_string(struct scan *s)
{
	size_t start;
	uint8_t c;

	start = ++s->pos;
	while (s->pos < s->in.len) {
		c = s->in.ptr[s->pos++];
		if (c == '"')
			return bytes_of(s->in.ptr + start, s->pos - 1 - start);
		if (c == '\\' && s->pos < s->in.len)
			s->pos++;
	}
	return bytes_of(s->in.ptr + start, s->in.len - start);
}

static enum err
open_bracket(struct scan *s, bool list, struct err_why *why)
{
	if (s->depth == JSON_DEPTH_MAX) {
		(void)err_fail(
		    why, ERR_LIMIT, "more than %u levels", JSON_DEPTH_MAX);
		return wrap(s, why);
	}
	s->at[s->depth++] = (struct frame){.list = list, .wants_key = !list};
	if (list)
		s->elements++;
	else
		s->members++;
	return ERR_OK;
}

static enum err
next_value(struct scan *s, struct err_why *why)
{
	struct frame *f;

	if (s->depth == 0)
		return ERR_OK;
	f = &s->at[s->depth - 1];
	if (f->list) {
		s->elements++;
		f->index++;
		if (s->elements > JSON_ITEMS_MAX) {
			(void)err_fail(why, ERR_LIMIT,
			    "more than %u array elements", JSON_ITEMS_MAX);
			return wrap(s, why);
		}
		return ERR_OK;
	}
	f->wants_key = true;
	f->key = bytes_of(NULL, 0);
	s->members++;
	if (s->members > JSON_MEMBERS_MAX) {
		(void)err_fail(
		    why, ERR_LIMIT, "more than %u members", JSON_MEMBERS_MAX);
		return wrap(s, why);
	}
	return ERR_OK;
}

static enum err
walk(struct scan *s, struct err_why *why)
{
	struct bytes text;
	struct frame *f;
	enum err e;

	while (s->pos < s->stop) {
		e = ERR_OK;
		switch (s->in.ptr[s->pos]) {
		case '"':
			text = skip_string(s);
			f = s->depth == 0 ? NULL : &s->at[s->depth - 1];
			if (f != NULL && f->wants_key) {
				f->wants_key = false;
				f->key = text;
			}
			continue;
		case '[':
			e = open_bracket(s, true, why);
			break;
		case '{':
			e = open_bracket(s, false, why);
			break;
		case ']':
		case '}':
			if (s->depth > 0)
				s->depth--;
			break;
		case ',':
			e = next_value(s, why);
			break;
		default:
			break;
		}
		if (e != ERR_OK)
			return e;
		s->pos++;
	}
	return ERR_OK;
}

enum err
json_scan_limits(struct bytes in, struct err_why *why)
{
	struct scan s = {.in = in, .stop = in.len};

	return walk(&s, why);
}

void
json_scan_path(struct buf *out, struct bytes in, size_t at)
{
	struct scan s = {.in = in, .stop = at < in.len ? at : in.len};

	/* Within the limits by contract; a miss only shortens the path. */
	(void)!walk(&s, NULL);
	put_path(out, &s);
}
