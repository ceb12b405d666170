/* verify.h - judge a bundle or a proof file, alone and offline. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_VERIFY_H
#define LEDGER_VERIFY_H

#include "proto/bytes.h"
#include "proto/err.h"

#include <stddef.h>
#include <stdint.h>

/* Ascending badness. */
enum verify_status {
	VERIFY_PASS,
	VERIFY_UNTRUSTED, /* sound, but rests on somebody's mere word */
	VERIFY_UNSUPPORTED, /* an algorithm or version unknown here */
	VERIFY_FAIL,
};
#define VERIFY_STATUSES 4

/* What a claim is about, in the order in which they are judged. */
#define VERIFY_TOPIC_LIST(X)                       \
	X(CONTAINER, "file", "文件")               \
	X(MANIFEST, "question", "问题")            \
	X(POLICY, "policy", "信任策略")            \
	X(CHECKPOINT, "log signature", "日志签名") \
	X(WITNESSES, "witnesses", "见证")          \
	X(INCLUSION, "inclusion", "包含证明")      \
	X(WINDOW, "completeness", "完整性")        \
	X(DISCLOSURE, "disclosure", "披露与承诺")  \
	X(READABLE, "readable text", "可读内容")   \
	X(WITHHELD, "withheld", "未披露")          \
	X(SIGNATURE, "signature", "人员签名")      \
	X(TIME, "time", "时间")

#define VERIFY_TOPIC_ENUM(name, en, zh) VERIFY_TOPIC_##name,
enum verify_topic {
	VERIFY_TOPIC_LIST(VERIFY_TOPIC_ENUM)
};
#undef VERIFY_TOPIC_ENUM

enum verify_complete {
	VERIFY_NONE, /* nothing of that kind is claimed */
	VERIFY_ASSERTED, /* the sender says so */
	VERIFY_COMPLETE, /* shown: nothing is missing */
};

/* One judgement; valid during the call. */
struct verify_claim {
	enum verify_status status;
	enum verify_topic topic;
	const char *subject; /* "entry 17", "records/17.json" */
	const char *subject_zh;
	const char *text; /* what was found */
	const char *text_zh;
};
typedef void (*verify_sink)(void *arg, const struct verify_claim *claim);

struct verify_options {
	struct bytes policy; /* the reader's own tlog-policy; ptr NULL: none */
	int64_t now_us; /* the reader's clock */
	verify_sink sink; /* NULL: only the result */
	void *arg;
};

/*
 * The sum.  `worst` starts as FAIL and is PASS only when at least one claim
 * was judged and all are PASS; without a policy of the reader's own it is
 * UNTRUSTED at best.  COMPLETE only together with PASS.
 */
struct verify_result {
	enum verify_status worst;
	enum verify_complete complete;
	size_t counts[VERIFY_STATUSES];
};

/*
 * verify_bytes - judge a *.lfb or a *.tlog-proof by its first bytes.
 *
 * No network, no node, no configuration; hostile input is expected and every
 * size is bounded.  A claim that cannot be judged is FAIL or UNSUPPORTED.
 * Process exit status 0 belongs to worst == VERIFY_PASS alone.
 * crypto_start first.  Pure but for the sink.  Source: docs/wire.md 5.
 */
void verify_bytes(struct bytes in, const struct verify_options *options,
    struct verify_result *out);

/* The same for a file.  ERR_NOT_FOUND, ERR_IO, ERR_LIMIT: nothing judged. */
ERR_CHECKED enum err verify_file(const char *path,
    const struct verify_options *options, struct verify_result *out,
    struct err_why *why);

/* "PASS", "COMPLETE"; topics in English or Chinese.  Never NULL. */
const char *verify_status_name(enum verify_status s);
const char *verify_complete_name(enum verify_complete c);
enum verify_language {
	VERIFY_ENGLISH,
	VERIFY_CHINESE
};
const char *verify_topic_name(enum verify_topic t, enum verify_language l);

#endif
