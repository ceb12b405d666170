/* cli_options_join.c - the options of inviting and of joining. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_options.h"
#include "node/cli_row.h"

OPT cli_options_invite[] = {DIR_ROW,
    {"name", "NAME", 0,
        {"the new node, e.g. plant-e.acme.example", "新节点名称"}},
    {"role", "ROLE", 0,
        {"its role: plant, hq, partner or regulator",
            "其角色：plant、hq、partner 或 regulator"}},
    {"valid", "SPAN", 0, {"default 24h, at most 30d", "默认 24h，最长 30d"}},
    {"endpoint", "URL", 0,
        {"tcp:// address it dials; default this node's card",
            "新节点连接的 tcp:// 地址，默认取本节点名片"}},
    JSON_ROW, END};
OPT cli_options_join[] = {DIR_ROW,
    {"token", "TOKEN", 0,
        {"of an invitation; - reads it from standard input",
            "邀请码；- 表示从标准输入读取"}},
    {"wait", "SPAN", 0,
        {"for the votes, default 10m", "等待表决的时长，默认 10m"}},
    {"endpoint", "URL", 0,
        {"tcp:// address others dial; none behind a NAT",
            "对外 tcp:// 地址；位于 NAT 之后则不填"}},
    {"company", "NAME", 0,
        {"new node: default the name without its first label",
            "新节点的公司，默认为名称去掉首段"}},
    {"http", "HOST:PORT", 0,
        {"new node: default 127.0.0.1:8420", "新节点的 HTTP 监听地址"}},
    {"federation", "URL", 0,
        {"new node: default tcp://127.0.0.1:8421", "新节点的联盟监听地址"}},
    {"reduced", NULL, CLI_ARGS_FLAG,
        {"new node: a plant on trial, as of init",
            "新节点为试用工厂，同 init"}},
    {"fingerprint", "HEX", 0,
        {"of the file, as you were told by phone", "电话核对的指纹"}},
    JSON_ROW, END};
