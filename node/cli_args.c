/* cli_args.c - the command line: options, operands, help from tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_args.h"

#include "proto/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_args_option *
find(const struct cli_args_option *options, const char *name, size_t len)
{
	for (; options->name != NULL; options++) {
		if (strlen(options->name) == len &&
		    strncmp(options->name, name, len) == 0)
			return options;
	}
	return NULL;
}

static enum err
add_value(struct cli_args *out, const struct cli_args_option *o,
    const char *value, struct err_why *why)
{
	/* What names a file is the file system's; all else goes into messages.
	 */
	bool path = o->metavar != NULL &&
	    (strcmp(o->metavar, "FILE") == 0 ||
	        strcmp(o->metavar, "DIR") == 0 ||
	        strcmp(o->metavar, "MAP.yaml") == 0);

	if (!path && !text_utf8_ok(bytes_str(value)))
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--%s: the text is not UTF-8; set the "
		                 "terminal and locale to UTF-8",
		        "--%s：文本不是 UTF-8；请将终端与语言环境设为 UTF-8"),
		    o->name);
	if ((o->flags & CLI_ARGS_MANY) == 0 &&
	    cli_args_get(out, o->name) != NULL)
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--%s is given twice", "--%s 重复"), o->name);
	if (cli_args_nth(out, o->name, CLI_ARGS_REPEATS - 1) != NULL ||
	    out->values_len == CLI_ARGS_VALUES)
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--%s: too many values", "--%s：值过多"),
		    o->name);
	out->values[out->values_len++] = (struct cli_args_value){o, value};
	return ERR_OK;
}

/* Reads one option at argv[*at]; moves *at to the value it takes. */
static enum err
one_option(struct cli_args *out, const struct cli_args_option *options,
    int argc, char **argv, int *at, struct err_why *why)
{
	const char *name = argv[*at] + 2;
	const char *eq = NULL;
	size_t len;
	const struct cli_args_option *o = NULL;

	if (strcmp(argv[*at], "-o") == 0) {
		o = find(options, "output", strlen("output"));
	} else if (strncmp(argv[*at], "--", 2) == 0) {
		eq = strchr(name, '=');
		len = eq != NULL ? (size_t)(eq - name) : strlen(name);
		o = find(options, name, len);
	}
	if (o == NULL)
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("unknown option %s", "未知选项 %s"),
		    argv[*at]);
	if ((o->flags & CLI_ARGS_FLAG) != 0) {
		if (eq != NULL)
			return err_fail(why, ERR_MALFORMED,
			    CLI_ARGS_SAY("--%s takes no value", "--%s 不带值"),
			    o->name);
		return add_value(out, o, "", why);
	}
	if (eq != NULL)
		return add_value(out, o, eq + 1, why);
	if (*at + 1 >= argc)
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY(
		        "--%s needs a value (%s)", "--%s 需要值（%s）"),
		    o->name, o->metavar);
	*at += 1;
	return add_value(out, o, argv[*at], why);
}

static enum err
check_required(const struct cli_args *out,
    const struct cli_args_option *options, struct err_why *why)
{
	for (; options->name != NULL; options++) {
		if ((options->flags & CLI_ARGS_REQUIRED) != 0 &&
		    cli_args_get(out, options->name) == NULL)
			return err_fail(why, ERR_MALFORMED,
			    CLI_ARGS_SAY("--%s %s is required", "缺少 --%s %s"),
			    options->name, options->metavar);
	}
	return ERR_OK;
}

enum err
cli_args_parse(struct cli_args *out, const struct cli_args_option *options,
    int argc, char **argv, struct err_why *why)
{
	bool only_operands = false;
	enum err e;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < argc; i++) {
		const char *a = argv[i];

		if (only_operands || a[0] != '-' || a[1] == '\0') {
			if (out->operands_len == CLI_ARGS_OPERANDS)
				return err_fail(why, ERR_MALFORMED,
				    CLI_ARGS_SAY("more than %d operands",
				        "参数超过 %d 个"),
				    CLI_ARGS_OPERANDS);
			out->operands[out->operands_len++] = a;
		} else if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
			out->help = true;
			return ERR_OK;
		} else if (strcmp(a, "--") == 0) {
			only_operands = true;
		} else {
			e = one_option(out, options, argc, argv, &i, why);
			if (e != ERR_OK)
				return e;
		}
	}
	return check_required(out, options, why);
}

const char *
cli_args_nth(const struct cli_args *a, const char *name, size_t i)
{
	for (size_t k = 0; k < a->values_len; k++) {
		if (strcmp(a->values[k].option->name, name) != 0)
			continue;
		if (i == 0)
			return a->values[k].value;
		i--;
	}
	return NULL;
}

const char *
cli_args_get(const struct cli_args *a, const char *name)
{
	return cli_args_nth(a, name, 0);
}

enum err
cli_args_number(uint64_t *out, const char *name, const char *text, uint64_t max,
    struct err_why *why)
{
	uint64_t v;

	if (text_u64_get(&v, bytes_str(text), max, NULL) != ERR_OK)
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("%s: \"%s\" is no number from 0 to %" PRIu64,
		        "%s：\"%s\" 不是 0 到 %" PRIu64 " 的数字"),
		    name, text, max);
	*out = v;
	return ERR_OK;
}

enum err
cli_args_count(const struct cli_args *a, const char *name, int *has,
    uint32_t *out, struct err_why *why)
{
	const char *text = cli_args_get(a, name);
	uint64_t v;
	enum err e;

	if (text == NULL)
		return ERR_OK;
	e = cli_args_number(&v, name, text, UINT32_MAX, why);
	if (e != ERR_OK)
		return e;
	*has = 1;
	*out = (uint32_t)v;
	return ERR_OK;
}

bool
cli_args_chinese(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *v = getenv(names[i]);

		if (v != NULL && v[0] != '\0')
			return strncmp(v, "zh", 2) == 0;
	}
	return false;
}

const char *
cli_args_say(struct cli_args_text t)
{
	return cli_args_chinese() ? t.zh : t.en;
}

const char *
cli_args_why(const struct err_why *why)
{
	return CLI_ARGS_SAY(why->text, why->zh);
}
