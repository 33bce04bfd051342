/*-------------------------------------------------------------------------
 *
 * vocabulary.h
 *		The words for outcomes and their members, in English and French.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KPI_VOCABULARY_H
#define KPI_VOCABULARY_H

#include "lib/stringinfo.h"

#include "outcome.h"

typedef enum Language
{
	LANGUAGE_EN,
	LANGUAGE_FR
} Language;

/* Reads a list of labels joined by '+'; false where a label is unknown. */
extern bool vocabulary_parse(const char *text, outcome *result, char **unknown);

/* Appends the shortest list of labels that makes the set. */
extern void vocabulary_append(StringInfo buf, outcome set, Language language);

/* Is the set one that labels can make? */
extern bool vocabulary_valid(outcome set);

/* What to tell somebody who wrote a label that is not one. */
extern char *vocabulary_hint(const char *unknown);

/* Reads the name of one milestone or attribute. */
extern bool vocabulary_member(const char *text, outcome *result);

/* The names of all milestones and attributes, for a hint. */
extern char *vocabulary_members(void);

/* Reads a language's name; raises an error that lists the known ones. */
extern Language vocabulary_language(const char *text);

/*
 * Writes text into a form in which the spellings of a word are equal: lower
 * case, no accents, every run of spaces, hyphens, underscores and punctuation
 * one space.
 */
extern char *vocabulary_fold(const char *text);

#endif							/* KPI_VOCABULARY_H */
