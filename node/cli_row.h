/* cli_row.h - rows that many commands have among their options. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_ROW_H
#define NODE_CLI_ROW_H

#include "node/cli_args.h"

#define END                        \
	{                          \
		NULL, NULL, 0,     \
		{                  \
			NULL, NULL \
		}                  \
	}
#define DIR_ROW                                                \
	{                                                      \
		"dir", "DIR", 0,                               \
		{                                              \
			"the node's directory", "节点目录" \
		}                                              \
	}
#define JSON_ROW                                        \
	{                                               \
		"json", NULL, CLI_ARGS_FLAG,            \
		{                                       \
			"print JSON", "以 JSON 输出" \
		}                                       \
	}
#define ACTOR_ROW                                                           \
	{                                                                   \
		"actor", "NAME", 0,                                         \
		{                                                           \
			"who signs (actor add)", "签字人（actor add）" \
		}                                                           \
	}
#define REASON_ROW                      \
	{                               \
		"reason", "TEXT", 0,    \
		{                       \
			"why", "原因" \
		}                       \
	}
#define AT_ROW                                                                         \
	{                                                                              \
		"at", "TIME", 0,                                                       \
		{                                                                      \
			"when it happened; default now", "发生时间，默认现在" \
		}                                                                      \
	}
#define KEYS_ROW(flags)                                                  \
	{                                                                \
		"keys", "KEYDIR", flags,                                 \
		{                                                        \
			"the node's keys, kept apart from the backup",   \
			    "节点密钥目录，与备份分开保管" \
		}                                                        \
	}
#define OPT const struct cli_args_option

#endif
