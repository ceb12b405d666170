/* cli_commands.h - the functions behind the commands. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_COMMANDS_H
#define NODE_CLI_COMMANDS_H

#include "config.pb-c.h"
#include "node/cli.h"

/* Each prints its result and returns an exit status (cli.h). */
int cli_node_init(struct cli *cli);
int cli_node_status(struct cli *cli);
int cli_node_sources(struct cli *cli);
int cli_node_erase(struct cli *cli);
int cli_retain_place(struct cli *cli);
int cli_retain_release(struct cli *cli);
int cli_retain_holds(struct cli *cli);
int cli_retain_show(struct cli *cli);
int cli_retain_due(struct cli *cli);

/* Why the clock is uncertain, a line each. */
void cli_clock_faults(const struct cli *cli, const Config__Clock *c);
int cli_clock_show(struct cli *cli);
int cli_clock_admit(struct cli *cli);
int cli_clock_reset(struct cli *cli);

int cli_log_list(struct cli *cli);
int cli_node_spool(struct cli *cli);
int cli_log_roll(struct cli *cli);
int cli_log_admit_loss(struct cli *cli);
int cli_trust_vkey(struct cli *cli);
int cli_trust_policy(struct cli *cli);
int cli_audit_run(struct cli *cli);
/* The own store (n = 1), or the replicas too. */
int cli_audit_stores(struct cli *cli, size_t n);
int cli_audit_reindex(struct cli *cli);
int cli_compact_run(struct cli *cli);
int cli_repair_run(struct cli *cli);
int cli_evidence_verify(struct cli *cli);
int cli_evidence_bundle(struct cli *cli);
int cli_forks_list(struct cli *cli);
int cli_forks_submit(struct cli *cli);

int cli_people_token_create(struct cli *cli);
int cli_people_token_list(struct cli *cli);
int cli_people_token_revoke(struct cli *cli);
int cli_people_actor_add(struct cli *cli);
int cli_people_source_add(struct cli *cli);
int cli_people_actor_revoke(struct cli *cli);
int cli_people_actor_list(struct cli *cli);
int cli_people_accesses(struct cli *cli);

int cli_pack_check(struct cli *cli);
int cli_pack_activate(struct cli *cli);
int cli_pack_list(struct cli *cli);
int cli_pack_show(struct cli *cli);
int cli_permit_apply(struct cli *cli);
int cli_permit_gas_test(struct cli *cli);
int cli_permit_step(struct cli *cli);
int cli_permit_list(struct cli *cli);
int cli_permit_show(struct cli *cli);
int cli_kpi_alarms(struct cli *cli);
int cli_kpi_source(struct cli *cli);
int cli_quarantine_list(struct cli *cli);
int cli_quarantine_show(struct cli *cli);
int cli_quarantine_release(struct cli *cli);
int cli_quarantine_discard(struct cli *cli);
int cli_indicator_list(struct cli *cli);
int cli_indicator_show(struct cli *cli);
int cli_indicator_snapshots(struct cli *cli);
int cli_indicator_snapshot(struct cli *cli);
int cli_indicator_rollup(struct cli *cli);
int cli_indicator_verify(struct cli *cli);
int cli_alarm_list(struct cli *cli);
int cli_alarm_show(struct cli *cli);
int cli_alarm_step(struct cli *cli);
int cli_alarm_raise(struct cli *cli);
int cli_alarm_incidents(struct cli *cli);
int cli_alarm_incident(struct cli *cli);
int cli_alarm_at(struct cli *cli);
int cli_alarm_incident_ack(struct cli *cli);
int cli_case_list(struct cli *cli);
int cli_case_show(struct cli *cli);
int cli_case_report(struct cli *cli);
int cli_case_step(struct cli *cli);
int cli_outbox_list(struct cli *cli);
int cli_outbox_retry(struct cli *cli);
int cli_outbox_test(struct cli *cli);
int cli_check_list(struct cli *cli);
int cli_check_show(struct cli *cli);
int cli_check_put(struct cli *cli);
int cli_check_submit(struct cli *cli);
int cli_check_points(struct cli *cli);
int cli_check_account(struct cli *cli);
int cli_check_award(struct cli *cli);
int cli_check_redeem(struct cli *cli);
int cli_check_report(struct cli *cli);
int cli_check_report_read(struct cli *cli);
int cli_check_reporter(struct cli *cli);
int cli_work_decide(struct cli *cli);
int cli_work_replay(struct cli *cli);
int cli_cert_issue(struct cli *cli);
int cli_cert_step(struct cli *cli);
int cli_cert_publish(struct cli *cli);
int cli_cert_present(struct cli *cli);
int cli_cert_accept(struct cli *cli);
int cli_cert_challenge(struct cli *cli);
int cli_cert_cross_check(struct cli *cli);
int cli_holder_show(struct cli *cli);
int cli_cert_list(struct cli *cli);
int cli_cert_expiring(struct cli *cli);
int cli_cert_show(struct cli *cli);
int cli_position_report(struct cli *cli);
int cli_gate_code(struct cli *cli);
int cli_gate_check(struct cli *cli);
int cli_status_list(struct cli *cli);
int cli_intel_draft(struct cli *cli);
int cli_intel_approve(struct cli *cli);
int cli_intel_check(struct cli *cli);
int cli_intel_withdraw(struct cli *cli);
int cli_intel_feedback(struct cli *cli);
int cli_intel_claim(struct cli *cli);
int cli_intel_use(struct cli *cli);
int cli_intel_list(struct cli *cli);
int cli_intel_show(struct cli *cli);
int cli_defence_check(struct cli *cli);
int cli_defence_try(struct cli *cli);
int cli_defence_status(struct cli *cli);
int cli_defence_show(struct cli *cli);
int cli_defence_confirm(struct cli *cli);
int cli_defence_refuse(struct cli *cli);
int cli_defence_feedback(struct cli *cli);
int cli_alliance_card(struct cli *cli);
int cli_alliance_create(struct cli *cli);
int cli_alliance_join(struct cli *cli);
int cli_invite(struct cli *cli);
int cli_alliance_show(struct cli *cli);
int cli_alliance_peers(struct cli *cli);
int cli_courier_export(struct cli *cli);
int cli_courier_import(struct cli *cli);
int cli_motion_propose(struct cli *cli);
int cli_motion_vote(struct cli *cli);
int cli_motion_status(struct cli *cli);
int cli_motion_members(struct cli *cli);
int cli_motion_epoch(struct cli *cli);
int cli_import_run(struct cli *cli);
int cli_backup_run(struct cli *cli);
int cli_backup_verify(struct cli *cli);
int cli_backup_restore(struct cli *cli);

#endif
