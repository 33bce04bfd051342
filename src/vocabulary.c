/*-------------------------------------------------------------------------
 *
 * vocabulary.c
 *		The words for values, in English and French: how words are read, and
 *		those for outcomes and their members.
 *
 * The source is in UTF-8; texts are converted from and to the encoding of
 * the database where they hold anything but ASCII.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/varlena.h"

#include "compat.h"
#include "vocabulary.h"

/* Progress: each milestone with all that it implies. */
#define ATTEMPTED	OUTCOME_ATTEMPTED
#define ANSWERED	(OUTCOME_ANSWERED | ATTEMPTED)
#define CONTACT		(OUTCOME_CONTACT | ANSWERED)
#define ARGUED		(OUTCOME_ARGUED | CONTACT)
#define APPOINTMENT	(OUTCOME_APPOINTMENT | ARGUED)
#define DIRECT_SALE	(OUTCOME_SALE | ARGUED | OUTCOME_CLOSED)
#define SALE		(OUTCOME_SALE | APPOINTMENT | OUTCOME_CLOSED)

/*
 * A label's names and its set.  Where several lists of the same length make a
 * set, the one of the least total cost is written: cost keeps the plainest
 * word.
 *
 * "attempted", "answered", "contact" and "argued" say how far a call came and
 * nothing more: what a source that knows no more can give, and what rate()
 * can take as its base.
 */
typedef struct Label
{
	Word		word;
	outcome		set;
	int			cost;
} Label;

static const Label labels[] = {
	{{"new", "à appeler", NULL}, 0, 0},
	{{"attempted", "appelé", NULL}, ATTEMPTED, 2},
	{{"failed", "échec technique", NULL}, ATTEMPTED | OUTCOME_FAILED, 0},
	{{"no_answer", "sans réponse", NULL}, ATTEMPTED | OUTCOME_NO_ANSWER, 0},
	{{"busy", "occupé", NULL}, ATTEMPTED | OUTCOME_BUSY, 0},
	{{"machine", "répondeur", NULL}, ATTEMPTED | OUTCOME_MACHINE, 0},
	{{"exhausted", "épuisé", "épuisé (toutes les tentatives faites)"},
	ATTEMPTED | OUTCOME_NO_ANSWER | OUTCOME_CLOSED, 1},
	{{"invalid_number", "faux numéro", NULL},
	ATTEMPTED | OUTCOME_INVALID_NUMBER | OUTCOME_CLOSED, 0},
	{{"blocked", "liste d'opposition", "liste d'opposition (avant appel)"},
	OUTCOME_DO_NOT_CALL | OUTCOME_CLOSED, 1},
	{{"answered", "décroché", NULL}, ANSWERED, 2},
	{{"abandoned", "appel abandonné", NULL}, ANSWERED | OUTCOME_ABANDONED, 0},
	{{"wrong_party", "mauvais interlocuteur", NULL},
	ANSWERED | OUTCOME_WRONG_PARTY | OUTCOME_CLOSED, 0},
	{{"gatekeeper", "barrage", NULL}, ANSWERED | OUTCOME_GATEKEEPER, 0},
	{{"contact", "contact", NULL}, CONTACT, 2},
	{{"off_target", "hors cible", NULL},
	CONTACT | OUTCOME_OFF_TARGET | OUTCOME_CLOSED, 0},
	{{"unusable", "inexploitable", "inexploitable (langue, décès, doublon)"},
	CONTACT | OUTCOME_UNUSABLE | OUTCOME_CLOSED, 0},
	{{"declined", "refus d'entretien", "refus d'entretien (CNA)"},
	CONTACT | OUTCOME_REFUSED | OUTCOME_CLOSED, 1},
	{{"do_not_call", "ne plus appeler", NULL},
	CONTACT | OUTCOME_REFUSED | OUTCOME_DO_NOT_CALL | OUTCOME_CLOSED, 0},
	{{"callback", "rappel", NULL}, CONTACT | OUTCOME_CALLBACK, 0},
	{{"argued", "contact argumenté", "argumenté"}, ARGUED, 2},
	{{"undecided", "indécis", "indécis, à relancer"},
	ARGUED | OUTCOME_UNDECIDED, 0},
	{{"refused", "refus argumenté", "refus argumenté (CA−)"},
	ARGUED | OUTCOME_REFUSED | OUTCOME_CLOSED, 0},
	{{"appointment", "rendez-vous", NULL}, APPOINTMENT | OUTCOME_CLOSED, 0},
	{{"no_show", "rendez-vous non honoré", NULL},
	APPOINTMENT | OUTCOME_NO_SHOW | OUTCOME_CLOSED, 0},
	{{"lost", "rendez-vous perdu", NULL},
	APPOINTMENT | OUTCOME_REFUSED | OUTCOME_CLOSED, 2},
	{{"sale", "vente sur rendez-vous", NULL}, SALE, 0},
	{{"direct_sale", "vente directe", "vente directe, en un appel"},
	DIRECT_SALE, 1},
	{{"validated_sale", "vente sur rendez-vous validée", NULL},
	SALE | OUTCOME_VALIDATED, 0},
	{{"validated_direct_sale", "vente directe validée", NULL},
	DIRECT_SALE | OUTCOME_VALIDATED, 1},
	{{"cancelled_sale", "vente sur rendez-vous annulée", NULL},
	SALE | OUTCOME_CANCELLED, 0},
	{{"cancelled_direct_sale", "vente directe annulée", NULL},
	DIRECT_SALE | OUTCOME_CANCELLED, 1},
};

#define NLABELS ((int) lengthof(labels))

static Words label_words = {
	&labels[0].word, sizeof(Label), NLABELS, ", or several joined by \"+\".",
	NULL
};

/* The members of a set, milestones first. */
static const struct
{
	const char *en;
	const char *fr;
	outcome		bit;
}			members[] = {
	{"attempted", "appelé", OUTCOME_ATTEMPTED},
	{"answered", "décroché", OUTCOME_ANSWERED},
	{"contact", "contact", OUTCOME_CONTACT},
	{"argued", "argumenté", OUTCOME_ARGUED},
	{"appointment", "rendez-vous", OUTCOME_APPOINTMENT},
	{"sale", "vente", OUTCOME_SALE},
	{"validated", "validé", OUTCOME_VALIDATED},
	{"failed", "échec technique", OUTCOME_FAILED},
	{"no_answer", "sans réponse", OUTCOME_NO_ANSWER},
	{"busy", "occupé", OUTCOME_BUSY},
	{"machine", "répondeur", OUTCOME_MACHINE},
	{"invalid_number", "faux numéro", OUTCOME_INVALID_NUMBER},
	{"abandoned", "abandonné", OUTCOME_ABANDONED},
	{"wrong_party", "mauvais interlocuteur", OUTCOME_WRONG_PARTY},
	{"gatekeeper", "barrage", OUTCOME_GATEKEEPER},
	{"off_target", "hors cible", OUTCOME_OFF_TARGET},
	{"unusable", "inexploitable", OUTCOME_UNUSABLE},
	{"refused", "refusé", OUTCOME_REFUSED},
	{"do_not_call", "ne plus appeler", OUTCOME_DO_NOT_CALL},
	{"callback", "rappel", OUTCOME_CALLBACK},
	{"undecided", "indécis", OUTCOME_UNDECIDED},
	{"no_show", "non honoré", OUTCOME_NO_SHOW},
	{"cancelled", "annulé", OUTCOME_CANCELLED},
	{"closed", "clos", OUTCOME_CLOSED},
};

#define NMEMBERS ((int) lengthof(members))

StaticAssertDecl(lengthof(members) == OUTCOME_BITS,
				 "every bit of an outcome has a name");

/*
 * Base letters of U+00C0 to U+00FF; a space for what is not a letter, and
 * the ligatures by their first letter, of which French uses none here.
 */
static const char latin1_base[] =
	"aaaaaaaceeeeiiiidnooooo ouuuuyts"
	"aaaaaaaceeeeiiiidnooooo ouuuuyty";

static char *
fold_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *) text;
	char	   *folded = palloc(strlen(text) + 1);
	char	   *out = folded;
	bool		gap = false;

	while (*p)
	{
		int			c = *p++;

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		else if (c == 0xC3 && *p >= 0x80 && *p <= 0xBF)
			c = latin1_base[*p++ - 0x80];
		else if ((c == 0xCC || (c == 0xCD && *p < 0xB0)) && *p >= 0x80)
		{
			/* a combining accent follows its letter: drop it */
			p++;
			continue;
		}
		else if (c == 0xC2 && *p == 0xA0)
		{
			/* no-break space */
			p++;
			c = ' ';
		}
		else if (c == 0xE2 && (p[0] == 0x80 || p[0] == 0x88) && p[1] >= 0x80)
		{
			/* typographic spaces, dashes and quotes, the minus sign */
			p += 2;
			c = ' ';
		}

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		{
			if (gap && out > folded)
				*out++ = ' ';
			gap = false;
			*out++ = (char) c;
		}
		else if (c < 0x80 && strchr(" \t\r\n-_'(),.", c) != NULL)
			gap = true;
		else if (c < 0x80 || c >= 0xC0)
		{
			/* part of no word of ours, and never equal to one */
			*out++ = '?';
		}
	}
	*out = '\0';
	return folded;
}

char *
vocabulary_fold(const char *text)
{
	return fold_utf8(pg_server_to_any(text, strlen(text), PG_UTF8));
}

static const Word *
word_at(const Words *words, int i)
{
	return (const Word *) ((const char *) words->first + i * words->stride);
}

/*
 * The folded names of all words, made once per session: English, French, and
 * the longer French name.
 */
#define NSPELLINGS 3

static char **
words_spellings(Words *words)
{
	MemoryContext old;
	char	  **spellings;

	if (words->spellings != NULL)
		return words->spellings;
	old = MemoryContextSwitchTo(TopMemoryContext);
	spellings = palloc(words->n * NSPELLINGS * sizeof(char *));
	for (int i = 0; i < words->n; i++)
	{
		const Word *word = word_at(words, i);

		spellings[i * NSPELLINGS] = fold_utf8(word->en);
		spellings[i * NSPELLINGS + 1] = fold_utf8(word->fr);
		spellings[i * NSPELLINGS + 2] =
			fold_utf8(word->fr_long ? word->fr_long : word->fr);
	}
	MemoryContextSwitchTo(old);
	words->spellings = spellings;
	return spellings;
}

int
words_find(Words *words, const char *text)
{
	const char *folded;
	char	  **spellings;

	/* the canonical spelling is by far the commonest */
	for (int i = 0; i < words->n; i++)
		if (strcmp(text, word_at(words, i)->en) == 0)
			return i;

	spellings = words_spellings(words);
	folded = vocabulary_fold(text);
	for (int i = 0; i < words->n * NSPELLINGS; i++)
		if (strcmp(folded, spellings[i]) == 0)
			return i / NSPELLINGS;
	return -1;
}

void
words_append(StringInfo buf, const Words *words, int i, Language language)
{
	const Word *word = word_at(words, i);
	const char *name = language == LANGUAGE_FR ? word->fr : word->en;

	appendStringInfoString(buf,
						   pg_any_to_server(name, strlen(name), PG_UTF8));
}

bool
vocabulary_parse(const char *text, outcome *result, char **unknown)
{
	outcome		set = 0;

	for (;;)
	{
		const char *plus = strchr(text, '+');
		char	   *word = plus ? pnstrdup(text, plus - text) : unconstify(char *, text);
		int			i = words_find(&label_words, word);

		if (i < 0)
		{
			*unknown = word;
			return false;
		}
		set |= labels[i].set;
		if (plus == NULL)
			break;
		text = plus + 1;
	}
	*result = set;
	return true;
}

bool
vocabulary_valid(outcome set)
{
	outcome		made = 0;

	for (int i = 0; i < NLABELS; i++)
		if (outcome_has(set, labels[i].set))
			made |= labels[i].set;
	return made == set;
}

/*
 * The search for the shortest list of labels that makes a set.
 */
typedef struct Cover
{
	int			n;
	int			cost;
	int			label[NLABELS];
} Cover;

/*
 * Branch on the member that the fewest labels can supply: most members have
 * one label only, so the search hardly ever branches.
 */
static void
cover_search(outcome set, outcome missing, Cover *path, Cover *best)
{
	outcome		rarest = 0;
	int			fewest = NLABELS + 1;

	if (missing == 0)
	{
		if (path->n < best->n ||
			(path->n == best->n && path->cost < best->cost))
			*best = *path;
		return;
	}
	if (path->n + 1 > best->n)
		return;

	for (int b = 0; b < OUTCOME_BITS; b++)
	{
		outcome		bit = (outcome) 1 << b;
		int			n = 0;

		if ((missing & bit) == 0)
			continue;
		for (int i = 0; i < NLABELS; i++)
			if ((labels[i].set & bit) && outcome_has(set, labels[i].set))
				n++;
		if (n < fewest)
		{
			fewest = n;
			rarest = bit;
		}
	}

	for (int i = 0; i < NLABELS; i++)
	{
		if ((labels[i].set & rarest) == 0 || !outcome_has(set, labels[i].set))
			continue;
		path->label[path->n++] = i;
		path->cost += labels[i].cost;
		cover_search(set, missing & ~labels[i].set, path, best);
		path->cost -= labels[i].cost;
		path->n--;
	}
}

void
vocabulary_append(StringInfo buf, outcome set, Language language)
{
	Cover		path = {0};
	Cover		best = {.n = NLABELS};
	int			last = -1;

	Assert(vocabulary_valid(set));

	for (int i = 0; i < NLABELS && best.n > 1; i++)
		if (labels[i].set == set)
			best = (Cover) {.n = 1,.label = {i}};
	if (best.n > 1)
		cover_search(set, set, &path, &best);

	/* in the order of the table, which is the order of progress */
	for (int i = 0; i < best.n; i++)
	{
		int			next = NLABELS;

		for (int j = 0; j < best.n; j++)
			if (best.label[j] > last && best.label[j] < next)
				next = best.label[j];
		if (last >= 0)
			appendStringInfoChar(buf, '+');
		last = next;
		words_append(buf, &label_words, next, language);
	}
}

char *
words_hint(Words *words, const char *unknown)
{
	StringInfoData hint;
	char	  **spellings = words_spellings(words);
	char	   *folded = vocabulary_fold(unknown);
	int			len = Min((int) strlen(folded), 64);
	int		   *distance = palloc(words->n * sizeof(int));
	int			nearest = INT_MAX;

	for (int i = 0; i < words->n; i++)
	{
		distance[i] = INT_MAX;
		for (int j = i * NSPELLINGS; j < (i + 1) * NSPELLINGS; j++)
			distance[i] = Min(distance[i],
							  varstr_levenshtein(folded, len, spellings[j],
												 strlen(spellings[j]),
												 1, 1, 1, true));
		nearest = Min(nearest, distance[i]);
	}

	/* where none is close, the beginning of a longer label is good enough */
	if (nearest > (len + 2) / 3)
		for (int i = 0; i < words->n * NSPELLINGS; i++)
			if (len >= 3 && strncmp(folded, spellings[i], len) == 0)
				nearest = distance[i / NSPELLINGS] = 0;

	initStringInfo(&hint);
	if (len > 0 && nearest <= (len + 2) / 3)
	{
		const char *sep = "Did you mean ";

		for (int i = 0; i < words->n; i++)
			if (distance[i] == nearest)
			{
				appendStringInfo(&hint, "%s\"%s\"", sep, word_at(words, i)->en);
				sep = " or ";
			}
		appendStringInfoChar(&hint, '?');
	}
	else
	{
		for (int i = 0; i < words->n; i++)
			appendStringInfo(&hint, "%s%s", i ? ", " : "The labels are ",
							 word_at(words, i)->en);
		appendStringInfoString(&hint, words->end);
	}
	return hint.data;
}

char *
vocabulary_hint(const char *unknown)
{
	return words_hint(&label_words, unknown);
}

bool
vocabulary_member(const char *text, outcome *result)
{
	char	   *folded;

	for (int i = 0; i < NMEMBERS; i++)
		if (strcmp(text, members[i].en) == 0)
		{
			*result = members[i].bit;
			return true;
		}

	folded = vocabulary_fold(text);
	for (int i = 0; i < NMEMBERS; i++)
		if (strcmp(folded, fold_utf8(members[i].en)) == 0 ||
			strcmp(folded, fold_utf8(members[i].fr)) == 0)
		{
			*result = members[i].bit;
			return true;
		}
	return false;
}

char *
vocabulary_members(void)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < NMEMBERS; i++)
		appendStringInfo(&list, "%s%s", i ? ", " : "", members[i].en);
	return list.data;
}

Language
vocabulary_language(const char *text)
{
	if (pg_strcasecmp(text, "en") == 0)
		return LANGUAGE_EN;
	if (pg_strcasecmp(text, "fr") == 0)
		return LANGUAGE_FR;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown language: \"%s\"", text),
			 errhint("The languages are \"en\" and \"fr\".")));
}
