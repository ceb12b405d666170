/* cli_args.h - the command line: options, operands, help from tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_ARGS_H
#define NODE_CLI_ARGS_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_ARGS_VALUES 256 /* values of all options of one call */
#define CLI_ARGS_REPEATS 128 /* values of one option */
#define CLI_ARGS_OPERANDS 64 /* operands of one call */

#define CLI_ARGS_REQUIRED 1u
#define CLI_ARGS_MANY 2u /* may be repeated */
#define CLI_ARGS_FLAG 4u /* takes no value */

/* Text that people read, in the two languages of the product. */
struct cli_args_text {
	const char *en;
	const char *zh;
};

struct cli_args_option {
	const char *name; /* without the dashes */
	const char *metavar; /* NULL for a flag */
	unsigned flags;
	struct cli_args_text help;
};

struct cli_args_value {
	const struct cli_args_option *option;
	const char *value; /* "" for a flag */
};

/* One parsed call; all pointers borrowed from argv. */
struct cli_args {
	struct cli_args_value values[CLI_ARGS_VALUES];
	size_t values_len;
	const char *operands[CLI_ARGS_OPERANDS];
	size_t operands_len;
	bool help;
};

/*
 * cli_args_parse - read `argv` by the `options` of a command (ended by a row
 * whose name is NULL).  --name VALUE and --name=VALUE; -o stands for --output;
 * -- ends the options; --help anywhere sets `help` and stops the checks.
 *
 * ERR_MALFORMED  unknown option, missing value, option missing or given too
 * often
 */
ERR_CHECKED enum err cli_args_parse(struct cli_args *out,
    const struct cli_args_option *options, int argc, char **argv,
    struct err_why *why);

/* First value of the option, or NULL. */
const char *cli_args_get(const struct cli_args *a, const char *name);

/* i-th value of the option, or NULL past the last. */
const char *cli_args_nth(const struct cli_args *a, const char *name, size_t i);

/* `text` as a number from 0 to `max`; `name` is whose it is, for `why`.
 * ERR_MALFORMED otherwise. */
ERR_CHECKED enum err cli_args_number(uint64_t *out, const char *name,
    const char *text, uint64_t max, struct err_why *why);

/* Option --name as a number; absent leaves `out` and *has alone. */
ERR_CHECKED enum err cli_args_count(const struct cli_args *a, const char *name,
    int *has, uint32_t *out, struct err_why *why);

/* True when LC_ALL, LC_MESSAGES or LANG (the first that is set) is Chinese. */
bool cli_args_chinese(void);

/* The text in the caller's language; the macro also for format strings. */
const char *cli_args_say(struct cli_args_text t);
#define CLI_ARGS_SAY(en, zh) (cli_args_chinese() ? (zh) : (en))
const char *cli_args_why(const struct err_why *why);

#endif
