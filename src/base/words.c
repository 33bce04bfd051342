/*-------------------------------------------------------------------------
 *
 * words.c
 *		The words for values, in English and French: how they are read.
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

#include "base/compat.h"
#include "base/words.h"

/*
 * Base letters of U+00C0 to U+00FF; a space for what is not a letter, and
 * the ligatures by their first letter, of which French uses none here.
 */
static const char latin1_base[] =
	"aaaaaaaceeeeiiiidnooooo ouuuuyts"
	"aaaaaaaceeeeiiiidnooooo ouuuuyty";

char *
words_fold_utf8(const char *text)
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
words_fold(const char *text)
{
	return words_fold_utf8(pg_server_to_any(text, strlen(text), PG_UTF8));
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

		spellings[i * NSPELLINGS] = words_fold_utf8(word->en);
		spellings[i * NSPELLINGS + 1] = words_fold_utf8(word->fr);
		spellings[i * NSPELLINGS + 2] =
			words_fold_utf8(word->fr_long ? word->fr_long : word->fr);
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
	folded = words_fold(text);
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

/* How far each value's nearest spelling is from a folded word. */
static int *
words_distances(Words *words, const char *folded, int len)
{
	char	  **spellings = words_spellings(words);
	int		   *distance = palloc(words->n * sizeof(int));

	for (int i = 0; i < words->n; i++)
	{
		distance[i] = INT_MAX;
		for (int j = i * NSPELLINGS; j < (i + 1) * NSPELLINGS; j++)
			distance[i] = Min(distance[i],
							  varstr_levenshtein(folded, len, spellings[j],
												 strlen(spellings[j]),
												 1, 1, 1, true));
	}
	return distance;
}

/* Is the name among those of the lists before? */
static bool
words_had(Words *const *lists, int n, const char *name)
{
	for (int k = 0; k < n; k++)
		for (int i = 0; i < lists[k]->n; i++)
			if (strcmp(word_at(lists[k], i)->en, name) == 0)
				return true;
	return false;
}

char *
words_hint_among(Words *const *lists, int n, const char *unknown)
{
	StringInfoData hint;
	char	   *folded = words_fold(unknown);
	int			len = Min((int) strlen(folded), 64);
	int		  **distances = palloc(n * sizeof(int *));
	int			nearest = INT_MAX;
	bool		close;
	const char *sep;

	for (int k = 0; k < n; k++)
	{
		distances[k] = words_distances(lists[k], folded, len);
		for (int i = 0; i < lists[k]->n; i++)
			nearest = Min(nearest, distances[k][i]);
	}

	/* where none is close, the beginning of a longer label is good enough */
	if (nearest > (len + 2) / 3 && len >= 3)
	{
		for (int k = 0; k < n; k++)
			for (int i = 0; i < lists[k]->n * NSPELLINGS; i++)
				if (strncmp(folded, words_spellings(lists[k])[i], len) == 0)
					nearest = distances[k][i / NSPELLINGS] = 0;
	}
	close = len > 0 && nearest <= (len + 2) / 3;

	initStringInfo(&hint);
	if (!close && lists[0]->otherwise != NULL)
	{
		appendStringInfoString(&hint, lists[0]->otherwise);
		return hint.data;
	}
	sep = close ? "Did you mean " : "The names are ";
	for (int k = 0; k < n; k++)
		for (int i = 0; i < lists[k]->n; i++)
		{
			const char *name = word_at(lists[k], i)->en;

			if ((close && distances[k][i] != nearest) || words_had(lists, k, name))
				continue;
			appendStringInfo(&hint, close ? "%s\"%s\"" : "%s%s", sep, name);
			sep = close ? " or " : ", ";
		}
	appendStringInfoChar(&hint, close ? '?' : '.');
	return hint.data;
}

char *
words_hint(Words *words, const char *unknown)
{
	return words_hint_among(&words, 1, unknown);
}

Language
words_language(const char *text)
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
