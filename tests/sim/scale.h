/* scale.h - how an alliance behaves as it grows. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_SCALE_H
#define TESTS_SIM_SCALE_H

#include <stddef.h>

/* Runs with so many members and prints a row of the table, in virtual time:
 * README.md has the model.  With 0 the heading. */
void scale_run(size_t members);

#endif
