/*-------------------------------------------------------------------------
 *
 * rollup_try.c
 *		Doing something that may fail, within a statement that must not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "base/compat.h"
#include "rollup/rollup.h"

/*
 * A subtransaction that writes nothing has no number of its own, and costs
 * about a microsecond.
 */
char *
rollup_try(void (*action) (void *), void *argument)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile fault = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		action(argument);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
		{
			case ERRCODE_OPERATOR_INTERVENTION:
			case ERRCODE_TRANSACTION_ROLLBACK:
			case ERRCODE_INSUFFICIENT_RESOURCES:
				PG_RE_THROW();
			default:
				break;
		}
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		fault = pstrdup(error->message ? error->message : "unknown error");
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return fault;
}
