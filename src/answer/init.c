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

/* The settings and the hooks; what answers for a table comes after what reads it. */
void
_PG_init(void)
{
	scan_init();
	answer_init();
}
