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

/* Is it not for who serves a statement to hide? */
static bool
is_passed_on(const ErrorData *error)
{
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INSUFFICIENT_RESOURCES:
			return true;
		default:
			return false;
	}
}

/*
 * A subtransaction that writes nothing has no number of its own, and costs
 * about a microsecond.  It ends here, whatever the error: the server would take
 * it for a savepoint of the session's, which is to be told to go back.
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
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (is_passed_on(error))
			ReThrowError(error);
		fault = pstrdup(error->message ? error->message : "unknown error");
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return fault;
}
