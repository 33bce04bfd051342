/*-------------------------------------------------------------------------
 *
 * words.h
 *		The words for values, in English and French: how words are read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_WORDS_H
#define KPI_WORDS_H

#include "lib/stringinfo.h"

typedef enum Language
{
	LANGUAGE_EN,
	LANGUAGE_FR
} Language;

/*
 * The names of one value: English, which is the canonical one, French, and a
 * longer French name that is read as well, or NULL.
 */
typedef struct Word
{
	const char *en;
	const char *fr;
	const char *fr_long;
} Word;

/* The names of a type's values. */
typedef struct Words
{
	const Word *first;			/* at the start of the first of the entries */
	Size		stride;			/* the size of an entry */
	int			n;
	const char *otherwise;		/* the hint where no name is close; NULL: lists
								 * them all */
	char	  **spellings;		/* words.c's own */
} Words;

/* The number of the value that has this name in any spelling; else -1. */
extern int	words_find(Words *words, const char *text);

/* Appends a value's name, in the encoding of the database. */
extern void words_append(StringInfo buf, const Words *words, int i,
						 Language language);

/* What to tell somebody who wrote a name that is not one. */
extern char *words_hint(Words *words, const char *unknown);

/* The same where it may be a name of any of some lists, each name once. */
extern char *words_hint_among(Words *const *lists, int n, const char *unknown);

/* Reads a language's name; raises an error that lists the known ones. */
extern Language words_language(const char *text);

/*
 * Writes text into a form in which the spellings of a word are equal: lower
 * case, no accents, every run of spaces, hyphens, underscores and punctuation
 * one space.
 */
extern char *words_fold(const char *text);
extern char *words_fold_utf8(const char *text);	/* of text in UTF-8 */

#endif							/* KPI_WORDS_H */
