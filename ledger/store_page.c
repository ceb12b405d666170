/* store_page.c - LMDB's pages as they rest in the file. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/zh.h"

#define MAGIC 0xBEEFC0DEu
#define VERSION 1u
#define META 8u
#define NODE_HEAD 8
#define NUMBER_KEYS 8u /* flag of the free list: keys are numbers */
#define PAGE_SMALLEST 512u
#define PAGE_LARGEST 32768u

/* LMDB writes what its structs are, so these must be the same. */
struct page {
	uint64_t number;
	uint16_t pad;
	uint16_t flags;
	uint16_t lower; /* of an overflow run: u32 pages */
	uint16_t upper;
};

struct meta {
	uint32_t magic;
	uint32_t version;
	uint64_t address;
	uint64_t map_bytes;
	struct store_page_tree free; /* its pad is the page size */
	struct store_page_tree tables;
	uint64_t last;
	uint64_t txn;
};

struct node {
	uint16_t low;
	uint16_t high;
	uint16_t flags;
	uint16_t key_len;
};

_Static_assert(sizeof(struct page) == STORE_PAGE_HEAD, "as LMDB's");
_Static_assert(sizeof(struct store_page_tree) == 48, "as LMDB's");
_Static_assert(sizeof(struct meta) == 136, "as LMDB's");
_Static_assert(sizeof(struct node) == NODE_HEAD, "as LMDB's");

static struct page
head_of(const uint8_t *at)
{
	struct page p;

	memcpy(&p, at, sizeof(p));
	return p;
}

/* ---- meta pages ---- */

static bool
tree_sane(const struct store_page_tree *t, uint64_t last, unsigned flags)
{
	const uint64_t pages = t->branches + t->leaves;

	if (t->flags != flags || t->depth > STORE_PAGE_DEPTH ||
	    t->branches > last || t->leaves > last || t->overflow > last)
		return false;
	if (t->root == UINT64_MAX)
		return t->depth == 0 && pages == 0 && t->rows == 0;
	return t->root > 1 && t->root <= last && t->depth > 0 && pages > 0;
}

/* NULL, or what is wrong. */
static const char *
meta_fault(const struct page *p, const struct meta *m, uint64_t number)
{
	const uint32_t size = m->free.pad;

	if (p->number != number || p->flags != META)
		return ZH("header");
	if (m->magic != MAGIC || m->version != VERSION)
		return ZH("magic or version");
	if (size < PAGE_SMALLEST || size > PAGE_LARGEST ||
	    (size & (size - 1)) != 0)
		return ZH("page size");
	if (m->last == 0 || m->last > UINT32_MAX * UINT64_C(4096))
		return ZH("last page");
	if (m->map_bytes / size <= m->last || m->map_bytes > UINT64_C(1) << 46)
		return ZH("map size");
	return NULL;
}

/*
 * Only of the newest: when writing the next one fails, LMDB leaves that page
 * with the old transaction's number and the new one's trees.
 */
static const char *
trees_fault(const struct meta *m)
{
	if (!tree_sane(&m->free, m->last, NUMBER_KEYS))
		return ZH("tree of free pages");
	if (!tree_sane(&m->tables, m->last, 0))
		return ZH("tree of tables");
	return NULL;
}

/* Commits write the two in turn: page 0 the even ones. */
static const char *
pair_fault(const struct meta m[static 2])
{
	const uint64_t newest = m[0].txn > m[1].txn ? m[0].txn : m[1].txn;

	if (m[0].free.pad != m[1].free.pad)
		return ZH("page sizes differ");
	if (newest == 0)
		return NULL;
	if (m[newest & 1].txn != newest || m[~newest & 1].txn != newest - 1)
		return ZH("transaction numbers do not follow each other");
	return NULL;
}

static enum err
read_metas(int fd, const char *path, struct err_why *why)
{
	uint8_t raw[2][sizeof(struct page) + sizeof(struct meta)];
	struct meta m[2];
	struct page p;
	struct stat st;
	const char *bad;
	uint32_t size = 0;

	if (fstat(fd, &st) != 0)
		return err_errno(why, ERR_IO, errno, "%s", path);
	if (st.st_size == 0)
		return ERR_OK;
	/* The size of a page stands in the first, or else in the second. */
	if (pread(fd, raw[0], sizeof(raw[0]), 0) != (ssize_t)sizeof(raw[0]))
		return err_fail(why, ERR_CORRUPT, "%s: cut short", path);
	memcpy(&m[0], raw[0] + sizeof(p), sizeof(m[0]));
	size = m[0].free.pad;
	if (size < PAGE_SMALLEST || size > PAGE_LARGEST)
		return err_fail(
		    why, ERR_CORRUPT, "%s: page 0: page size", path);
	if (pread(fd, raw[1], sizeof(raw[1]), size) != (ssize_t)sizeof(raw[1]))
		return err_fail(why, ERR_CORRUPT, "%s: cut short", path);
	memcpy(&m[1], raw[1] + sizeof(p), sizeof(m[1]));
	for (unsigned i = 0; i < 2; i++) {
		memcpy(&p, raw[i], sizeof(p));
		bad = meta_fault(&p, &m[i], i);
		if (bad == NULL)
			continue;
		(void)err_plain(why, ERR_CORRUPT, bad);
		return err_wrap(why, ERR_CORRUPT, "%s: page %u", path, i);
	}
	bad = pair_fault(m);
	if (bad == NULL)
		bad = trees_fault(m[0].txn > m[1].txn ? &m[0] : &m[1]);
	if (bad == NULL)
		return ERR_OK;
	(void)err_plain(why, ERR_CORRUPT, bad);
	return err_wrap(why, ERR_CORRUPT, "%s", path);
}

enum err
store_page_metas(const char *dir, struct err_why *why)
{
	char path[4096];
	enum err e = ERR_CORRUPT;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/data.mdb", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ERR_OK;
	if (fd < 0)
		return err_errno(why, ERR_IO, errno, "%s", path);
	/* Another process may be writing one of them: then look again. */
	for (int i = 0; i < 20 && e == ERR_CORRUPT; i++)
		e = read_metas(fd, path, why);
	(void)close(fd);
	return e;
}

bool
store_page_meta(const uint8_t *page, uint64_t txn, struct store_page_meta *out)
{
	struct meta m;

	memcpy(&m, page + STORE_PAGE_HEAD, sizeof(m));
	out->page_bytes = m.free.pad;
	out->free = m.free;
	out->tables = m.tables;
	out->last = m.last;
	out->txn = m.txn;
	return m.txn == txn;
}

bool
store_page_meta_whole(
    const uint8_t *page, unsigned number, struct store_page_meta *out)
{
	const struct page p = head_of(page);
	struct meta m;

	memcpy(&m, page + STORE_PAGE_HEAD, sizeof(m));
	return meta_fault(&p, &m, number) == NULL && (m.txn & 1) == number &&
	    trees_fault(&m) == NULL && store_page_meta(page, m.txn, out);
}

/* ---- branches, leaves, overflow ---- */

unsigned
store_page_flags(const uint8_t *page)
{
	return head_of(page).flags;
}

uint64_t
store_page_number(const uint8_t *page)
{
	return head_of(page).number;
}

size_t
store_page_nodes(const uint8_t *page)
{
	return (size_t)(head_of(page).lower - STORE_PAGE_HEAD) / 2;
}

static size_t
offset_of(const uint8_t *page, size_t i)
{
	uint16_t at;

	memcpy(&at, page + STORE_PAGE_HEAD + 2 * i, sizeof(at));
	return at;
}

static struct store_page_node
node_at(const uint8_t *page, size_t offset, bool branch)
{
	struct store_page_node out = {0};
	struct node n;

	memcpy(&n, page + offset, sizeof(n));
	out.key = bytes_of(page + offset + NODE_HEAD, n.key_len);
	if (branch) {
		out.child =
		    (uint64_t)n.flags << 32 | (uint64_t)n.high << 16 | n.low;
		return out;
	}
	out.flags = n.flags;
	out.size = (uint64_t)n.high << 16 | n.low;
	out.value = bytes_of(out.key.ptr + n.key_len,
	    (n.flags & STORE_PAGE_BIG) != 0 ? 8 : (size_t)out.size);
	return out;
}

struct store_page_node
store_page_node(const uint8_t *page, size_t i)
{
	return node_at(
	    page, offset_of(page, i), head_of(page).flags == STORE_PAGE_BRANCH);
}

size_t
store_page_slots(const uint8_t *page, size_t page_bytes)
{
	const struct page p = head_of(page);

	if (p.lower < STORE_PAGE_HEAD + 2 || (p.lower & 1) != 0 ||
	    p.lower > p.upper || p.upper > page_bytes)
		return 0;
	return store_page_nodes(page);
}

bool
store_page_maybe(const uint8_t *page, size_t page_bytes, size_t i,
    struct store_page_node *out)
{
	const size_t at = offset_of(page, i);
	size_t left;

	if (at < head_of(page).upper || at + NODE_HEAD > page_bytes)
		return false;
	*out = node_at(page, at, false);
	left = page_bytes - at - NODE_HEAD;
	return out->key.len > 0 && out->key.len <= left &&
	    out->value.len <= left - out->key.len;
}

uint64_t
store_page_run(const uint8_t *page, uint64_t number)
{
	const struct page p = head_of(page);

	if (p.number != number || p.flags != STORE_PAGE_OVERFLOW)
		return 0;
	return (uint64_t)p.upper << 16 | p.lower;
}

int
store_page_order(struct bytes a, struct bytes b, bool numbers)
{
	const size_t shorter = a.len < b.len ? a.len : b.len;
	uint64_t m;
	uint64_t n;
	int c;

	if (numbers && a.len == sizeof(m) && b.len == sizeof(n)) {
		memcpy(&m, a.ptr, sizeof(m));
		memcpy(&n, b.ptr, sizeof(n));
		return m < n ? -1 : m > n;
	}
	c = shorter > 0 ? memcmp(a.ptr, b.ptr, shorter) : 0;
	if (c != 0)
		return c;
	return a.len < b.len ? -1 : a.len > b.len;
}

const char *
store_page_check(
    const uint8_t *page, uint64_t number, size_t page_bytes, bool numbers)
{
	const struct page p = head_of(page);
	const bool branch = p.flags == STORE_PAGE_BRANCH;
	struct bytes before = {0};
	size_t filled = 0;
	size_t n;

	if (p.number != number)
		return ZH("it carries the number of another page");
	if (!branch && p.flags != STORE_PAGE_LEAF)
		return ZH("it is neither branch nor leaf");
	if (p.lower < STORE_PAGE_HEAD + 2 || (p.lower & 1) != 0 ||
	    p.lower > p.upper || p.upper > page_bytes)
		return ZH("its bounds are wrong");
	n = (size_t)(p.lower - STORE_PAGE_HEAD) / 2;
	if (branch && n < 2)
		return ZH("a branch of one");
	for (size_t i = 0; i < n; i++) {
		const size_t at = offset_of(page, i);
		struct store_page_node k;
		size_t len;

		if (at < p.upper || at + NODE_HEAD > page_bytes)
			return ZH("a row lies outside of it");
		k = node_at(page, at, branch);
		len = NODE_HEAD + k.key.len + k.value.len;
		if (k.value.len > page_bytes || at + len > page_bytes)
			return ZH("a row is longer than it");
		filled += len + (len & 1);
		/* The first key of a branch is never looked at. */
		if (i > (branch ? 1u : 0u) &&
		    store_page_order(before, k.key, numbers) >= 0)
			return ZH("keys do not ascend");
		before = k.key;
	}
	if (filled != page_bytes - p.upper)
		return ZH("rows do not fill it");
	return NULL;
}
