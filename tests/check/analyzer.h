/* analyzer.h - tells the static analyzer what err_fail returns. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CHECK_ANALYZER_H
#define TESTS_CHECK_ANALYZER_H

#include "proto/err.h"

/*
 * Included first by lint.sh, never by the build.  err_fail and its kin hand
 * their code back from another file; without knowing that, the analyzer goes
 * on after every failure as if it were ERR_OK.
 */
#define err_fail(why, e, ...) ((void)(err_fail)(why, e, __VA_ARGS__), (e))
#define err_vfail(why, e, ...) ((void)(err_vfail)(why, e, __VA_ARGS__), (e))
#define err_both(why, e, ...) ((void)(err_both)(why, e, __VA_ARGS__), (e))
#define err_plain(why, e, ...) ((void)(err_plain)(why, e, __VA_ARGS__), (e))
#define err_errno(why, e, ...) ((void)(err_errno)(why, e, __VA_ARGS__), (e))
#define err_wrap(why, e, ...) ((void)(err_wrap)(why, e, __VA_ARGS__), (e))

#endif
