/*-------------------------------------------------------------------------
 *
 * outcome_words.c
 *		The words for outcomes and their members, in English and French.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "type/outcome.h"

/* Progress: each milestone with all that it implies. */
#define ATTEMPTED	OUTCOME_ATTEMPTED
#define ANSWERED	(OUTCOME_ANSWERED | ATTEMPTED)
#define CONTACT		(OUTCOME_CONTACT | ANSWERED)
#define ARGUED		(OUTCOME_ARGUED | CONTACT)
#define APPOINTMENT	(OUTCOME_APPOINTMENT | ARGUED)
#define DIRECT_SALE	(OUTCOME_SALE | ARGUED | OUTCOME_CLOSED)
#define HELD		(OUTCOME_HELD | APPOINTMENT)
#define SALE		(OUTCOME_SALE | HELD | OUTCOME_CLOSED)

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
	{{"held", "rendez-vous honoré", "rendez-vous honoré, sans décision"},
	HELD | OUTCOME_CLOSED, 0},
	{{"lost", "rendez-vous perdu", NULL},
	HELD | OUTCOME_REFUSED | OUTCOME_CLOSED, 2},
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
	&labels[0].word, sizeof(Label), NLABELS,
	"Labels are no_answer, callback, refused, appointment, sale and others, which kpi's README lists; a dialer's own codes are mapped with disposition(source, code).",
	NULL
};

/* The members of a set, milestones first. */
typedef struct Member
{
	Word		word;
	outcome		bit;
} Member;

static const Member members[] = {
	{{"attempted", "appelé", NULL}, OUTCOME_ATTEMPTED},
	{{"answered", "décroché", NULL}, OUTCOME_ANSWERED},
	{{"contact", "contact", NULL}, OUTCOME_CONTACT},
	{{"argued", "argumenté", NULL}, OUTCOME_ARGUED},
	{{"appointment", "rendez-vous", NULL}, OUTCOME_APPOINTMENT},
	{{"held", "honoré", NULL}, OUTCOME_HELD},
	{{"sale", "vente", NULL}, OUTCOME_SALE},
	{{"validated", "validé", NULL}, OUTCOME_VALIDATED},
	{{"failed", "échec technique", NULL}, OUTCOME_FAILED},
	{{"no_answer", "sans réponse", NULL}, OUTCOME_NO_ANSWER},
	{{"busy", "occupé", NULL}, OUTCOME_BUSY},
	{{"machine", "répondeur", NULL}, OUTCOME_MACHINE},
	{{"invalid_number", "faux numéro", NULL}, OUTCOME_INVALID_NUMBER},
	{{"abandoned", "abandonné", NULL}, OUTCOME_ABANDONED},
	{{"wrong_party", "mauvais interlocuteur", NULL}, OUTCOME_WRONG_PARTY},
	{{"gatekeeper", "barrage", NULL}, OUTCOME_GATEKEEPER},
	{{"off_target", "hors cible", NULL}, OUTCOME_OFF_TARGET},
	{{"unusable", "inexploitable", NULL}, OUTCOME_UNUSABLE},
	{{"refused", "refusé", NULL}, OUTCOME_REFUSED},
	{{"do_not_call", "ne plus appeler", NULL}, OUTCOME_DO_NOT_CALL},
	{{"callback", "rappel", NULL}, OUTCOME_CALLBACK},
	{{"undecided", "indécis", NULL}, OUTCOME_UNDECIDED},
	{{"no_show", "non honoré", NULL}, OUTCOME_NO_SHOW},
	{{"cancelled", "annulé", NULL}, OUTCOME_CANCELLED},
	{{"closed", "clos", NULL}, OUTCOME_CLOSED},
};

#define NMEMBERS ((int) lengthof(members))

StaticAssertDecl(lengthof(members) == OUTCOME_MEMBERS,
				 "every member of an outcome has a name");

static Words member_words = {
	&members[0].word, sizeof(Member), NMEMBERS, NULL, NULL
};

bool
outcome_parse(const char *text, outcome *result, char **unknown)
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

/*
 * Two labels say more than their sets do.  "appointment" is one that is still
 * to come, which it is not after a refusal.  "exhausted" is why a lead was
 * closed, but any call without an answer makes its set together with any call
 * that closes the lead.
 */
outcome
outcome_status(outcome set)
{
	outcome		closed = set & OUTCOME_CLOSED;
	outcome		appointment = APPOINTMENT | OUTCOME_CLOSED;
	outcome		exhausted = ATTEMPTED | OUTCOME_NO_ANSWER | OUTCOME_CLOSED;
	outcome		status = 0;

	for (int i = 0; i < NLABELS; i++)
	{
		outcome		label = labels[i].set;

		if (!outcome_has(set, label) || (label & OUTCOME_CLOSED) != closed ||
			label == exhausted ||
			(label == appointment && (set & OUTCOME_REFUSED)))
			continue;
		status = Max(status, label);
	}
	return status == 0 && closed ? exhausted : status;
}

bool
outcome_valid(outcome set)
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

	for (outcome rest = missing; rest != 0; rest &= rest - 1)
	{
		outcome		bit = rest & -rest;
		int			n = 0;

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
outcome_append(StringInfo buf, outcome set, Language language)
{
	Cover		path = {0};
	Cover		best = {.n = NLABELS};
	int			last = -1;

	/* what a damaged value holds, which no table of labels answers */
	if (!outcome_valid(set))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("damaged outcome: 0x%08x", set)));

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
outcome_hint(const char *unknown)
{
	return words_hint(&label_words, unknown);
}

bool
outcome_member(const char *text, outcome *result)
{
	int			i = words_find(&member_words, text);

	if (i < 0)
		return false;
	*result = members[i].bit;
	return true;
}

Words *
outcome_member_words(void)
{
	return &member_words;
}
