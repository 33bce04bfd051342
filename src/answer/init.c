/*-------------------------------------------------------------------------
 *
 * init.c
 *		What happens when the library is loaded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "answer/answer.h"
#include "base/compat.h"
#include "plan/scan.h"
#include "rollup/rollup.h"

/* The settings and the hooks; what answers for a table comes after what reads it. */
void
_PG_init(void)
{
	rollup_init();
	scan_init();
	answer_init();
}
