/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *		Reading states that may be anything of their type.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/aggregate.h"
#include "base/compat.h"

struct varlena *
state_copy(Datum value)
{
	return PG_DETOAST_DATUM_COPY(value);
}

struct varlena *
state_read(Datum value)
{
	struct varlena *state = PG_DETOAST_DATUM(value);

	/* a value of another type that is read as this one may stand anywhere */
	if (unlikely((Pointer) MAXALIGN(state) != (Pointer) state))
		state = state_copy(PointerGetDatum(state));
	return state;
}

void
state_refuse(const char *type, const void *state, int known)
{
	int			version = VARSIZE(state) > VARHDRSZ ? *(const uint8 *) VARDATA(state) : 0;

	if (version > known)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("%s is of version %d", type, version),
				 errdetail("This kpi knows version %d.", known),
				 errhint("A newer kpi has written it, or it is damaged.")));
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("damaged %s", type)));
}
