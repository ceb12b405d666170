/* cli.h - what every command of the CLI gets and gives back. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_H
#define NODE_CLI_H

#include "node/cli_args.h"
#include "proto/err.h"

#include <stdbool.h>

/* Exit statuses; a script may rely on them (docs/operations.md). */
#define CLI_OK 0
#define CLI_FAILED 1 /* refused, not verified, not found */
#define CLI_USAGE 2 /* the command line is wrong */
#define CLI_UNREACHABLE 3 /* no node, no file, no network */

struct cli {
	const char *command; /* its name, for messages */
	const char *dir; /* --dir, or NULL */
	bool json; /* --json */
	bool color; /* stdout is a terminal and NO_COLOR is unset */
	bool progress; /* stderr is a terminal */
	struct cli_args args;
};

/* One command; `name` may be two words ("token create"). */
struct cli_command {
	const char *name;
	const char *operands; /* as shown in usage: "FILE", "[ID]..." or "" */
	size_t operands_min;
	size_t operands_max;
	bool needs_dir;
	const struct cli_args_option *options;
	struct cli_args_text help;
	const char *examples; /* lines, each ending in LF */
	int (*run)(struct cli *cli);
};

/* All commands in the order of the help; ended by a NULL name. */
extern const struct cli_command cli_commands[];

/* The command named by the first words of argv; *used words belong to it. */
const struct cli_command *cli_find(int argc, char **argv, int *used);

/* Says on stderr that there is no such command, and which begin like it. */
void cli_unknown(const char *word, const char *next);

/* Prints the list of commands, or one command's page, on stdout. */
void cli_help(const struct cli_command *one);

/* Prints "lianfang COMMAND: why" on stderr; the exit status that fits `e`. */
int cli_fail(const struct cli *cli, enum err e, const struct err_why *why);

/* The same for a value on the command line that is wrong: CLI_USAGE. */
int cli_wrong(const struct cli *cli, const struct err_why *why);

#endif
