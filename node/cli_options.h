/* cli_options.h - the options of every command. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_OPTIONS_H
#define NODE_CLI_OPTIONS_H

#include "node/cli_args.h"

/* One list for each row of cli_table.c, `plain` for those that have none of
 * their own; each ends with a row without a name.  Static. */
extern const struct cli_args_option cli_options_plain[];
extern const struct cli_args_option cli_options_pack_check[];
extern const struct cli_args_option cli_options_init[];
extern const struct cli_args_option cli_options_token_create[];
extern const struct cli_args_option cli_options_actor_add[];
extern const struct cli_args_option cli_options_source_add[];
extern const struct cli_args_option cli_options_alarm_raise[];
extern const struct cli_args_option cli_options_list[];
extern const struct cli_args_option cli_options_kpi[];
extern const struct cli_args_option cli_options_quality[];
extern const struct cli_args_option cli_options_case_list[];
extern const struct cli_args_option cli_options_case_report[];
extern const struct cli_args_option cli_options_case_step[];
extern const struct cli_args_option cli_options_quarantine[];
extern const struct cli_args_option cli_options_release[];
extern const struct cli_args_option cli_options_discard[];
extern const struct cli_args_option cli_options_report[];
extern const struct cli_args_option cli_options_check[];
extern const struct cli_args_option cli_options_award[];
extern const struct cli_args_option cli_options_redeem[];
extern const struct cli_args_option cli_options_indicators[];
extern const struct cli_args_option cli_options_indicator[];
extern const struct cli_args_option cli_options_snapshots[];
extern const struct cli_args_option cli_options_rollup[];
extern const struct cli_args_option cli_options_indicator_verify[];
extern const struct cli_args_option cli_options_show[];
extern const struct cli_args_option cli_options_cert_show[];
extern const struct cli_args_option cli_options_apply[];
extern const struct cli_args_option cli_options_gas[];
extern const struct cli_args_option cli_options_step[];
extern const struct cli_args_option cli_options_alarm_step[];
extern const struct cli_args_option cli_options_incident_ack[];
extern const struct cli_args_option cli_options_outbox[];
extern const struct cli_args_option cli_options_outbox_retry[];
extern const struct cli_args_option cli_options_at[];
extern const struct cli_args_option cli_options_decide[];
extern const struct cli_args_option cli_options_issue[];
extern const struct cli_args_option cli_options_cert_step[];
extern const struct cli_args_option cli_options_present[];
extern const struct cli_args_option cli_options_holder[];
extern const struct cli_args_option cli_options_cross[];
extern const struct cli_args_option cli_options_draft[];
extern const struct cli_args_option cli_options_approve[];
extern const struct cli_args_option cli_options_intel[];
extern const struct cli_args_option cli_options_withdraw[];
extern const struct cli_args_option cli_options_reader[];
extern const struct cli_args_option cli_options_card[];
extern const struct cli_args_option cli_options_create[];
extern const struct cli_args_option cli_options_invite[];
extern const struct cli_args_option cli_options_join[];
extern const struct cli_args_option cli_options_courier[];
extern const struct cli_args_option cli_options_propose[];
extern const struct cli_args_option cli_options_vote[];
extern const struct cli_args_option cli_options_epoch[];
extern const struct cli_args_option cli_options_bundle[];
extern const struct cli_args_option cli_options_verify[];
extern const struct cli_args_option cli_options_roll[];
extern const struct cli_args_option cli_options_clock[];
extern const struct cli_args_option cli_options_reset[];
extern const struct cli_args_option cli_options_loss[];
extern const struct cli_args_option cli_options_erase[];
extern const struct cli_args_option cli_options_hold_place[];
extern const struct cli_args_option cli_options_hold_release[];
extern const struct cli_args_option cli_options_due[];
extern const struct cli_args_option cli_options_audit[];
extern const struct cli_args_option cli_options_repair[];
extern const struct cli_args_option cli_options_backup[];
extern const struct cli_args_option cli_options_backup_verify[];
extern const struct cli_args_option cli_options_restore[];
extern const struct cli_args_option cli_options_code[];
extern const struct cli_args_option cli_options_gate[];
extern const struct cli_args_option cli_options_position[];
extern const struct cli_args_option cli_options_expiring[];
extern const struct cli_args_option cli_options_status_list[];
extern const struct cli_args_option cli_options_import[];

#endif
