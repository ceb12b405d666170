/* wraps.h - disk, chance and clock of a process that runs simulations. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_WRAPS_H
#define TESTS_SIM_WRAPS_H

#include <stdint.h>

/*
 * Linked in place of what they are named after (--wrap, see the Makefile):
 * commits ask the running world, keys and salts come from the seed.  open,
 * fsync and their kin are defined here for liblmdb as well, so that nothing is
 * forced to a disk: a history takes a tenth of the time.  One thread.
 */
void wraps_seed(uint64_t seed);

#endif
