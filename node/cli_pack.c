/* cli_pack.c - rule packs on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/pack_store.h"
#include "node/packs_file.h"
#include "node/whole_file.h"

#define PACKS "/v1/packs"

/* The text of a file, NUL at its end. */
static enum err
text_of(struct buf *out, const char *path, struct err_why *why)
{
	enum err e = whole_file_read(out, path, why);

	if (e == ERR_OK) {
		buf_u8(out, 0);
		e = buf_ok(out, why);
	}
	return e;
}

/* Against the packs that this program has built in; no node is asked. */
int
cli_pack_check(struct cli *cli)
{
	const char *path = cli->args.operands[0];
	struct err_why why = {.text = ""};
	struct packs *p = NULL;
	struct buf text;
	enum err e;

	buf_init(&text, PACK_STORE_TEXT_MAX + 1);
	e = text_of(&text, path, &why);
	if (e == ERR_OK)
		e = packs_open(&p, NULL, &why);
	if (e == ERR_OK)
		e = packs_add(p, path, bytes_of(text.ptr, text.len - 1), &why);
	if (e == ERR_OK)
		cli_out_text(cli, "check",
		    CLI_ARGS_SAY("whole, and no looser than the standard "
		                 "without a deviation",
		        "完整；未放宽标准，或已注明偏差"));
	packs_free(p);
	buf_clear(&text);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}

int
cli_pack_activate(struct cli *cli)
{
	const char *what = cli->args.operands[0];
	bool version = strchr(what, '@') != NULL && access(what, F_OK) != 0;
	Api__PackPost post = API__PACK_POST__INIT;
	struct err_why why = {.text = ""};
	struct buf text;
	int status;
	enum err e = ERR_OK;

	buf_init(&text, PACK_STORE_TEXT_MAX + 1);
	if (version) {
		post.name = cli_record_text(what);
	} else {
		e = text_of(&text, what, &why);
		post.text = (char *)text.ptr;
	}
	if (e != ERR_OK)
		status = cli_fail(cli, e, &why);
	else
		status = cli_call_show(cli, "POST", PACKS, &post.base,
		    &ledger__receipt__descriptor, &cli_record_id);
	buf_clear(&text);
	return status;
}

int
cli_pack_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"PACK", "规则包"}, "name"},
	    {{"IN FORCE", "生效"}, "in_force"},
	    {{"EFFECTIVE", "生效日期"}, "effective_at"},
	    {{"ACTIVATED", "启用时间"}, "activated_at"},
	    {{"STANDARD", "标准"}, "standard"},
	    {{"LOOSER AT", "偏差"}, "looser"},
	    {{"LESS THAN", "少于"}, "thinner_than"},
	    {{"DIGEST", "摘要"}, "digest"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", PACKS, NULL, &api__packs__descriptor,
	    &(struct cli_out_view){.rows = "items", .columns = columns});
}

static void
print_pack(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__Packs *all = (const Api__Packs *)msg;

	(void)cli;
	for (size_t i = 0; i < all->n_items; i++)
		cli_out_json(&all->items[i]->base);
}

int
cli_pack_show(struct cli *cli)
{
	struct buf path;
	int status;

	buf_init(&path, 4096);
	buf_str(&path, PACKS);
	cli_call_query(&path, "name", cli->args.operands[0]);
	status = cli_call_show(cli, "GET", buf_cstr(&path), NULL,
	    &api__packs__descriptor,
	    &(struct cli_out_view){.more = print_pack});
	buf_clear(&path);
	return status;
}
