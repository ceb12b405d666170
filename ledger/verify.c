/* verify.c - judge a bundle or a proof file, alone and offline. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/verify_part.h"
#include "proto/mem.h"

/* ---- names ---- */

const char *
verify_status_name(enum verify_status s)
{
	switch (s) {
	case VERIFY_PASS:
		return "PASS";
	case VERIFY_UNTRUSTED:
		return "UNTRUSTED";
	case VERIFY_UNSUPPORTED:
		return "UNSUPPORTED";
	case VERIFY_FAIL:
		break;
	}
	return "FAIL";
}

const char *
verify_complete_name(enum verify_complete c)
{
	switch (c) {
	case VERIFY_COMPLETE:
		return "COMPLETE";
	case VERIFY_ASSERTED:
		return "ASSERTED";
	case VERIFY_NONE:
		break;
	}
	return "NONE";
}

#define TOPIC_ROW(name, en, zh) [VERIFY_TOPIC_##name] = {en, zh},

const char *
verify_topic_name(enum verify_topic t, enum verify_language l)
{
	static const char *const names[][2] = {VERIFY_TOPIC_LIST(TOPIC_ROW)};

	if ((size_t)t >= sizeof(names) / sizeof(*names))
		return "";
	return names[t][l == VERIFY_CHINESE];
}

/* ---- the judge ---- */

enum verify_status
verify_bad(enum err e)
{
	return e == ERR_UNSUPPORTED ? VERIFY_UNSUPPORTED : VERIFY_FAIL;
}

void
verify_name(struct verify_name *out, const char *fmt, ...)
{
	struct err_why text = {.text = ""};
	va_list ap;

	va_start(ap, fmt);
	(void)err_vfail(&text, ERR_OK, fmt, ap);
	va_end(ap);
	(void)snprintf(
	    out->en, sizeof(out->en), "%.*s", VERIFY_PART_NAME - 1, text.text);
	(void)snprintf(
	    out->zh, sizeof(out->zh), "%.*s", VERIFY_PART_NAME - 1, text.zh);
}

void
verify_say_why(struct verify_judge *j, enum verify_status status,
    enum verify_topic topic, const struct verify_name *subject,
    const struct err_why *why)
{
	struct verify_claim claim = {
	    status, topic, subject->en, subject->zh, why->text, why->zh};

	if (status < j->ceiling)
		claim.status = j->ceiling;
	if (claim.status > j->result->worst)
		j->result->worst = claim.status;
	j->result->counts[claim.status]++;
	if (j->options->sink)
		j->options->sink(j->options->arg, &claim);
}

void
verify_say(struct verify_judge *j, enum verify_status status,
    enum verify_topic topic, const struct verify_name *subject, const char *fmt,
    ...)
{
	struct err_why why = {.text = ""};
	va_list ap;

	va_start(ap, fmt);
	(void)err_vfail(&why, ERR_OK, fmt, ap);
	va_end(ap);
	verify_say_why(j, status, topic, subject, &why);
}

void
verify_bytes(struct bytes in, const struct verify_options *options,
    struct verify_result *out)
{
	static const char proof[] = "c2sp.org/tlog-proof@";
	struct verify_result result = {.worst = VERIFY_PASS};
	struct verify_judge j = {
	    .options = options,
	    .result = &result,
	    .ceiling = VERIFY_UNTRUSTED,
	};
	struct bytes start = bytes_of(in.ptr, sizeof(proof) - 1);

	if (in.len >= start.len && bytes_equal(start, bytes_str(proof)))
		verify_proof(&j, in);
	else
		verify_bundle(&j, in);
	/* Nothing judged is nothing shown. */
	if (result.counts[VERIFY_PASS] == 0 && result.worst == VERIFY_PASS)
		result.worst = VERIFY_FAIL;
	if (result.worst != VERIFY_PASS && result.complete == VERIFY_COMPLETE)
		result.complete = VERIFY_ASSERTED;
	*out = result;
}

/* ---- files ---- */

static enum err
read_fd(int fd, uint8_t **out, size_t *len, struct err_why *why)
{
	struct stat st;
	uint8_t *data;
	size_t got = 0, size;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_fail(why, ERR_IO, "not a regular file");
	if (st.st_size < 0 || (uintmax_t)st.st_size > ZIP_BYTES_MAX)
		return err_fail(why, ERR_LIMIT, "file too large");
	size = (size_t)st.st_size;
	data = mem_alloc(size + 1, 1);
	while (got < size) {
		ssize_t n = read(fd, data + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(data);
			return err_fail(why, ERR_IO, "cannot be read");
		}
		got += (size_t)n;
	}
	*out = data;
	*len = size;
	return ERR_OK;
}

enum err
verify_file(const char *path, const struct verify_options *options,
    struct verify_result *out, struct err_why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *data = NULL;
	size_t len = 0;
	enum err e;

	if (fd < 0)
		return err_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    errno, "%.150s", path);
	e = read_fd(fd, &data, &len, why);
	(void)close(fd);
	if (e != ERR_OK)
		return err_wrap(why, e, "%s", path);
	verify_bytes(bytes_of(data, len), options, out);
	free(data);
	return ERR_OK;
}
