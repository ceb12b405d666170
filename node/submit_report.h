/* submit_report.h - reports in confidence, and by nobody knows whom. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_REPORT_H
#define NODE_SUBMIT_REPORT_H

#include "node/report_code.h"
#include "node/submit.h"

#define SUBMIT_REPORT_TEXT_MAX 8192 /* bytes of a description */
#define SUBMIT_REPORT_NAME_MAX 120
#define SUBMIT_REPORT_READERS 8 /* who may read one name */

/*
 * submit_report - a CASE of type report with the receipt of `code` and without
 * source, number, time or signer: the entry holds what the person wrote, and
 * nothing of how it came.  With `reporter`, the name is sealed to each person
 * enrolled with the policy's reader role (at most SUBMIT_REPORT_READERS, in the
 * order of their keys) and is nowhere else; when there is none it is refused
 * (REPORT_READER).  An area must be one that the node knows: its name is kept
 * in the open (REPORT_AREA).  result: as_of_us, received; expires_us, due.
 *   post   borrowed for the call
 */
void submit_report(const struct submit_to *to, const Api__ReportPost *post,
    const struct report_code *code);

#endif
