/* cli_args.h - the command line: options, operands, help from tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_ARGS_H
#define NODE_CLI_ARGS_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CLI_ARGS_VALUES 256 /* values of all options of one call */
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
 * ERR_MALFORMED  unknown option, missing value, repeated or missing option
 */
ERR_CHECKED enum err cli_args_parse(struct cli_args *out,
    const struct cli_args_option *options, int argc, char **argv,
    struct err_why *why);

/* First value of the option, or NULL. */
const char *cli_args_get(const struct cli_args *a, const char *name);

/* i-th value of the option, or NULL past the last. */
const char *cli_args_nth(const struct cli_args *a, const char *name, size_t i);

/* True when LC_ALL, LC_MESSAGES or LANG (the first that is set) is Chinese. */
bool cli_args_chinese(void);

/* The text in the caller's language. */
const char *cli_args_say(struct cli_args_text t);

#endif
