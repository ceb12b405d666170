/* qr.h - a short text as a QR code: for a terminal, for a printer. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QR_H
#define NODE_QR_H

#include "proto/buf.h"
#include "proto/err.h"

/* By libqrencode, level M, as small as it gets; digits, capitals and
 * " $%*+-./:" take least.  With a margin of four modules.
 * ERR_LIMIT: the text is too long. */

/* Appended as lines of UTF-8 half blocks, dark on light. */
ERR_CHECKED enum err qr_terminal(
    struct buf *out, const char *text, struct err_why *why);
/* Appended as a PNG of 1 bit a pixel, `scale` pixels a module. */
ERR_CHECKED enum err qr_png(
    struct buf *out, const char *text, unsigned scale, struct err_why *why);

#endif
