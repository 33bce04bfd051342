/*-------------------------------------------------------------------------
 *
 * scorecard_code.c
 *		Scorecards of rows whose outcome is not known yet, but is the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/compat.h"
#include "card/scorecard_bytes.h"
#include "card/scorecard_code.h"
#include "catalogue/measures.h"

/* Does a mix take rows of such an outcome? */
static bool
mix_takes(int mix, outcome set)
{
	switch (mix)
	{
#define MIX(name, measure, amount, section) \
		case CARD_MIX_##section: \
			return is_##measure(set);
#include "catalogue/catalogue.gen.h"
	}
	elog(ERROR, "no such mix: %d", mix);
}

/* The mixes of an aggregate that takes several at once. */
typedef struct TakenMix
{
	int			mix;
	Measure		measure;
	bool		amount;
} TakenMix;

#define MIXES_SECTION(name, ...) \
static const TakenMix name##_mixes[] = {__VA_ARGS__};
#include "catalogue/catalogue.gen.h"

/* The makers, but for what init_makers() finds out. */
static CardMaker makers[] = {
	{"scorecard_calls", SECTION_TALLY(CARD_CALLS), true, 0},
	{"scorecard_leads", SECTION_TALLY(CARD_LEADS), true, 0},
	{"scorecard_lines", SECTION_TALLY(CARD_LINES), false, 0},
	{"scorecard_delays", SECTION_DELAYS, false, 0},
#define TIME_SECTION(name, ...) {"scorecard_" #name, SECTION_TIME, false, 0},
#define MONEY_SECTION(name, ...) {"scorecard_" #name, SECTION_MONEY, false, 0},
#define MIX_SECTION(name, section) {"scorecard_" #name, SECTION_MIX(CARD_MIX_##section), true, 0},
#define MIXES_SECTION(name, ...) {"scorecard_" #name, 0, true, 0},
#include "catalogue/catalogue.gen.h"
};

static void
init_makers(void)
{
	/* between them, whatever a mix may take: a call, a refusal, a sale */
	static const char *const candidates[] = {"refused", "sale", "attempted"};

	for (int i = 0; i < (int) lengthof(makers); i++)
	{
		CardMaker  *maker = &makers[i];

#define MIXES_SECTION(section, ...) \
		if (strcmp(maker->name, "scorecard_" #section) == 0) \
		{ \
			for (int j = 0; j < (int) lengthof(section##_mixes); j++) \
				maker->sections |= SECTION_MIX(section##_mixes[j].mix); \
		}
#include "catalogue/catalogue.gen.h"
		for (int c = 0; maker->of_outcome && maker->any == 0 && c < (int) lengthof(candidates); c++)
		{
			outcome		set;
			char	   *unknown;
			bool		all = outcome_parse(candidates[c], &set, &unknown);

			for (int m = 0; m < CARD_MIXES; m++)
				all = all && (!(maker->sections & SECTION_MIX(m)) || mix_takes(m, set));
			if (all)
				maker->any = set;
		}
	}
}

const CardMaker *
card_maker(const char *name)
{
	static bool ready = false;

	if (!ready)
		init_makers();
	ready = true;
	for (int i = 0; i < (int) lengthof(makers); i++)
	{
		if (strcmp(makers[i].name, name) == 0)
			return &makers[i];
	}
	return NULL;
}

char *
card_sections_text(uint32 sections)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < CARD_SECTIONS; i++)
	{
		if (sections & ((uint32) 1 << i))
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? "," : "", card_section_names[i]);
	}
	return buf.data;
}

/* What the calls of one function remember. */
typedef struct Memory
{
	uint32		sections;
	Mix		   *nothing;		/* an empty mix at rest */
} Memory;

static uint32
parse_sections(char *names)
{
	uint32		sections = 0;
	char	   *rest;

	for (char *name = strtok_r(names, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest))
	{
		int			i = 0;

		while (i < CARD_SECTIONS && strcmp(card_section_names[i], name) != 0)
			i++;
		if (i == CARD_SECTIONS)
			elog(ERROR, "unknown section of a scorecard: %s", name);
		sections |= (uint32) 1 << i;
	}
	return sections;
}

static const Memory *
remember(FunctionCallInfo fcinfo)
{
	Memory	   *memory = fcinfo->flinfo->fn_extra;

	if (memory == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		memory = palloc(sizeof(Memory));
		memory->nothing = mix_rest(mix_new());
		fcinfo->flinfo->fn_extra = memory;
		MemoryContextSwitchTo(old);
	}
	else if (get_fn_expr_arg_stable(fcinfo->flinfo, 1))
		return memory;
	memory->sections = parse_sections(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	return memory;
}

/* A section of a tally with its one key replaced, or without any. */
static char *
tally_as(char *to, const SectionBytes *from, bool known, outcome set)
{
	SectionBytes *section = (SectionBytes *) to;
	Size		n;

	if (!tally_size(from, &n) || n > 1)
		return NULL;
	if (n == 1 && !known)
	{
		memcpy(section, from, offsetof(SectionBytes, data));
		section->width = sizeof(uint32);
		section->length = 0;
		return section->data;
	}
	memcpy(section, from, offsetof(SectionBytes, data) + from->length);
	if (n == 1)
		*(uint32 *) (section->data + from->width) = set;
	return section->data + from->length;
}

/* A section of a mix, without entries. */
static char *
mix_as_nothing(char *to, const SectionBytes *from, const Mix *nothing)
{
	SectionBytes *section = (SectionBytes *) to;
	Size		name = NAME_SIZE(*(const uint8 *) from->data);

	if (from->length < name + VARSIZE(nothing))
		return NULL;
	memcpy(section, from, offsetof(SectionBytes, data) + name);
	memcpy(section->data + name, nothing, VARSIZE(nothing));
	section->length = name + VARSIZE(nothing);
	return section->data + section->length;
}

/* kpi_scorecard_as() where the bytes are as expected; else NULL. */
static struct varlena *
bytes_as(const Memory *memory, const CardBytes *from, bool known, outcome set)
{
	CardBytes  *to;
	char	   *next = unconstify(CardBytes *, from)->sections;
	const char *end = (const char *) from + VARSIZE(from);
	char	   *place;

	if (!known_bytes(from) || from->form != CARD_REST)
		return NULL;
	/* nothing gets longer */
	to = palloc(VARSIZE(from));
	memcpy(to, from, offsetof(CardBytes, sections));
	place = to->sections;
	for (int i = 0; i < from->count; i++)
	{
		const SectionBytes *section = next_section(&next, end);
		int			which = section == NULL ? -1 : section_place(section);

		if (which < 0)
			return NULL;
		if (!(memory->sections & ((uint32) 1 << which)) ||
			(which >= CARD_FIRST_MIX && known && mix_takes(which - CARD_FIRST_MIX, set)))
		{
			memcpy(place, section, offsetof(SectionBytes, data) + section->length);
			place += offsetof(SectionBytes, data) + section->length;
		}
		else
			place = which < CARD_TALLIES ? tally_as(place, section, known, set) :
				mix_as_nothing(place, section, memory->nothing);
		if (place == NULL)
			return NULL;
	}
	if (next != end)
		return NULL;
	SET_VARSIZE(to, place - (char *) to);
	return (struct varlena *) to;
}

static Card *
copy_card(FunctionCallInfo fcinfo)
{
	Card	   *card = card_new(CurrentMemoryContext);

	card_merge(card, (const struct varlena *) PG_GETARG_POINTER(0), 1);
	return card;
}

/*
 * kpi_scorecard_as(scorecard, sections text, outcome): the scorecard as it
 * would be if every row that these sections were made of had this outcome; as
 * without such rows where the outcome is NULL.
 */
PG_FUNCTION_INFO_V1(kpi_scorecard_as);
Datum
kpi_scorecard_as(PG_FUNCTION_ARGS)
{
	bool		known = !PG_ARGISNULL(2);
	const Memory *memory;
	struct varlena *result;
	uint32		sections;
	Card	   *card;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	memory = remember(fcinfo);
	result = bytes_as(memory, (const CardBytes *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)), known,
					  known ? PG_GETARG_OUTCOME(2) : 0);
	if (likely(result != NULL))
		PG_RETURN_POINTER(result);
	card = copy_card(fcinfo);
	sections = memory->sections & card->sections;
	for (int i = 0; i < CARD_TALLIES; i++)
	{
		int			position = 0;
		uint32		key;
		int64		count;
		Tally	   *tally;

		if (!(sections & SECTION_TALLY(i)))
			continue;
		tally = tally_new();
		while (known && tally_next(card->tallies[i], &position, &key, &count))
			tally = tally_add(tally, PG_GETARG_OUTCOME(2), count);
		card->tallies[i] = tally;
	}
	for (int i = 0; i < CARD_MIXES; i++)
	{
		if ((sections & SECTION_MIX(i)) && !(known && mix_takes(i, PG_GETARG_OUTCOME(2))))
			card->mixes[i] = mix_new();
	}
	return card_result(card);
}

/*
 * kpi_scorecard_where(scorecard, sections text, boolean): the scorecard as it
 * would be if none of the rows that these sections were made of had been
 * counted, unless the condition is true.
 */
PG_FUNCTION_INFO_V1(kpi_scorecard_where);
Datum
kpi_scorecard_where(PG_FUNCTION_ARGS)
{
	uint32		sections;
	Card	   *card;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(2) && PG_GETARG_BOOL(2))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	card = copy_card(fcinfo);
	sections = remember(fcinfo)->sections & card->sections;
	/* as they are when they are added */
	card->sections &= ~sections;
	if (sections & SECTION_TIME)
		memset(card->time, 0, sizeof(card->time));
	if (sections & SECTION_DELAYS)
		card->delays_count = 0;
	card_add_sections(card, sections);
	return card_result(card);
}
