/* release_pack.h - what a site lets out, and what is known of the members. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_RELEASE_PACK_H
#define NODE_DOMAIN_RELEASE_PACK_H

#include "pack.pb-c.h"
#include "proto/err.h"

/* Are they whole?  ERR_MALFORMED names the field. */
ERR_CHECKED enum err release_pack_check(
    const Pack__Release *p, struct err_why *why);
ERR_CHECKED enum err release_pack_profiles(
    const Pack__Profiles *p, struct err_why *why);

/* What is said of a member; NULL: nothing.  p may be NULL. */
const Pack__Profile *release_pack_profile(
    const Pack__Profiles *p, const char *member);

#endif
