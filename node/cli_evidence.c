/* cli_evidence.c - asking for bundles, and judging them offline. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config.pb-c.h"
#include "ledger/policy.h"
#include "ledger/verify.h"
#include "node/cli_call.h"
#include "node/cli_claims.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/ops.h"
#include "node/whole_file.h"
#include "proto/clock.h"
#include "proto/json.h"

#include <stdio.h>

int
cli_evidence_bundle(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *file = cli_args_get(a, "output");
	Config__BundleRequest req = CONFIG__BUNDLE_REQUEST__INIT;
	int64_t now_us = clock_wall_us(clock_system());
	char *ids[CLI_ARGS_REPEATS];
	char *show[CLI_ARGS_REPEATS];
	struct err_why why = {.text = ""};
	struct cli_call *call = NULL;
	struct buf body;
	struct buf out;
	int status = CLI_OK;
	enum err e;

	req.kind = cli_record_text(cli_args_get(a, "kind"));
	req.ids = ids;
	req.n_ids = cli_record_texts(cli, "id", ids);
	req.show = show;
	req.n_show = cli_record_texts(cli, "show", show);
	req.purpose = cli_record_text(cli_args_get(a, "purpose"));
	req.site = cli_record_text(cli_args_get(a, "site"));
	buf_init(&body, OPS_BODY_MAX);
	buf_init(&out, OPS_REPLY_MAX);
	e = cli_record_time(
	    cli, "from", now_us, &req.has_from_at, &req.from_at, &why);
	if (e == ERR_OK)
		e = cli_record_time(
		    cli, "to", now_us, &req.has_to_at, &req.to_at, &why);
	if (e == ERR_OK)
		e = cli_args_count(
		    a, "epoch", &req.has_time_epoch, &req.time_epoch, &why);
	if (e == ERR_OK && req.has_from_at != req.has_to_at)
		e = err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--from and --to go together",
		        "--from 与 --to 须同时给出"));
	if (e != ERR_OK) {
		status = cli_wrong(cli, &why);
		goto out;
	}
	call = cli_call_open(cli, &status);
	if (call == NULL)
		goto out;
	json_encode(&body, &req.base, 0);
	e = cli_call_send(call,
	    &(struct cli_call_request){.method = "POST",
	        .path = "/v1/bundles",
	        .body = buf_view(&body)},
	    &out, &why);
	if (e == ERR_OK)
		e = whole_file_write(file, buf_view(&out), 0644, &why);
	if (e != ERR_OK)
		status = cli_fail(cli, e, &why);
	else if (cli->json && strcmp(file, "-") != 0)
		cli_out_text(cli, "file", file);
	else if (strcmp(file, "-") != 0)
		(void)printf("%s  %zu %s\n", file, out.len,
		    CLI_ARGS_SAY("bytes", "字节"));
out:
	cli_call_close(call);
	buf_clear(&body);
	buf_clear(&out);
	return status;
}

static void
print_sum(
    const struct cli *cli, const char *file, const struct verify_result *r)
{
	const char *name = verify_status_name(r->worst);
	const char *complete = verify_complete_name(r->complete);

	if (cli->json) {
		(void)printf("{\"result\":\"%s\",\"completeness\":\"%s\","
		             "\"passed\":%zu,\"failed\":%zu}\n",
		    name, complete, r->counts[VERIFY_PASS],
		    r->counts[VERIFY_FAIL]);
		return;
	}
	(void)printf("%s: ", file);
	cli_out_word(cli, r->worst == VERIFY_PASS ? 'g' : 'r', name);
	if (r->complete != VERIFY_NONE)
		(void)printf(", %s", complete);
	(void)printf("  (PASS %zu, UNTRUSTED %zu, UNSUPPORTED %zu, FAIL %zu)\n",
	    r->counts[VERIFY_PASS], r->counts[VERIFY_UNTRUSTED],
	    r->counts[VERIFY_UNSUPPORTED], r->counts[VERIFY_FAIL]);
}

int
cli_evidence_verify(struct cli *cli)
{
	const char *policy = cli_args_get(&cli->args, "policy");
	const char *file = cli->args.operands[0];
	struct cli_claims claims = {.cli = cli};
	struct verify_options options = {
	    .now_us = clock_wall_us(clock_system()),
	    .sink = cli_claims_add,
	    .arg = &claims};
	struct verify_result result;
	struct err_why why = {.text = ""};
	struct buf text;
	enum err e = ERR_OK;

	buf_init(&text, POLICY_TEXT_MAX);
	if (policy != NULL) {
		e = whole_file_read(&text, policy, &why);
		options.policy = buf_view(&text);
	}
	if (e == ERR_OK)
		e = verify_file(file, &options, &result, &why);
	buf_clear(&text);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	cli_claims_print(&claims);
	print_sum(cli, file, &result);
	if (policy == NULL && !cli->json)
		(void)fprintf(stderr, "lianfang: %s\n",
		    CLI_ARGS_SAY(
		        "nothing is trusted without your own --policy FILE "
		        "(ask the site: lianfang policy; compare it by phone)",
		        "没有您自己的 --policy 文件，任何声明都不可信"
		        "（向站点索取 lianfang policy 的输出并电话核对）"));
	return result.worst == VERIFY_PASS ? CLI_OK : CLI_FAILED;
}
