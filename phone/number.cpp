/*-------------------------------------------------------------------------
 *
 * number.cpp
 *		What libphonenumber says of a phone number; see number.h.
 *
 *-------------------------------------------------------------------------
 */
#if !__has_include(<phonenumbers/phonenumberutil.h>)
#error "kpi_phone needs libphonenumber: on Debian, apt-get install libphonenumber-dev"
#endif

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <set>
#include <stdexcept>
#include <string>

#include "number.h"

using i18n::phonenumbers::NullLogger;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

/*
 * Where memory runs out, C++ throws, but ICU, whose regular expressions
 * libphonenumber runs on, returns null pointers that libphonenumber follows,
 * or keeps an expression that matches nothing ever after.  So there must be
 * memory enough beforehand: this much for the metadata, and this much for a
 * number and the expressions that it is the first to need.
 */
const size_t METADATA_MEMORY = 8 * 1024 * 1024;
const size_t NUMBER_MEMORY = 1024 * 1024;

void
require_memory(size_t size)
{
	/* volatile, or else the compiler leaves both calls out */
	void	   *volatile memory = malloc(size);

	if (memory == NULL)
		throw std::bad_alloc();
	free(memory);
}

/* Is it a letter from A to Z? */
bool
is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* The bytes of the separator of digits that starts the text; 0 for none. */
size_t
separator(const char *text, size_t length)
{
	/* the last two are the no-break space and the narrow one, in UTF-8 */
	static const char *const separators[] = {
		" ", ".", "-", "/", "(", ")", "\xC2\xA0", "\xE2\x80\xAF"
	};

	for (const char *one : separators)
		if (strlen(one) <= length && memcmp(one, text, strlen(one)) == 0)
			return strlen(one);
	return 0;
}

/*
 * Copies a number without its separators: to pass over them takes
 * libphonenumber as long as all the rest, and the narrow no-break space, which
 * is French typography's, it does not know.  Only where the number is digits
 * and separators after at most one +; anything else may have a meaning, such
 * as that of an extension, and is copied as it is.
 */
void
copy_number(const char *phone, size_t length, std::string *copy)
{
	size_t		i = 0;

	copy->clear();
	while (i < length)
	{
		size_t		skipped = 0;

		if ((phone[i] >= '0' && phone[i] <= '9') ||
			(phone[i] == '+' && copy->empty()))
			copy->push_back(phone[i++]);
		else if ((skipped = separator(phone + i, length - i)) > 0)
			i += skipped;
		else
		{
			copy->assign(phone, length);
			return;
		}
	}
}

class Reader
{
public:
	Reader();
	LineType	read(const char *phone, size_t length);
	std::string	e164() const;

	/* Chooses the region of the numbers to come; false for an unknown one. */
	bool		choose_region(const char *name, size_t length);

private:
	LineType	classify() const;

	PhoneNumberUtil *const util;
	bool		known[26][26] = {};
	std::string	region;

	/*
	 * The number read last.  Queries ask for the line, the validity and the
	 * E.164 form of the same one.
	 */
	bool		has_last = false;
	std::string	last_phone;
	std::string	last_region;
	std::string	last_copy;
	PhoneNumber	last_number;
	LineType	last_line = LINE_INVALID;
};

Reader::Reader() : util(PhoneNumberUtil::GetInstance())
{
	std::set<std::string> regions;

	/* the default one writes to the standard output */
	util->SetLogger(new NullLogger);

	util->GetSupportedRegions(&regions);
	if (regions.empty())
		throw std::runtime_error("libphonenumber has no metadata");
	for (const std::string &name : regions)
		if (name.size() == 2 && is_letter(name[0]) && is_letter(name[1]))
			known[name[0] - 'A'][name[1] - 'A'] = true;
}

bool
Reader::choose_region(const char *name, size_t length)
{
	char		letters[2];

	if (length != 2)
		return false;
	for (int i = 0; i < 2; i++)
	{
		letters[i] = name[i] >= 'a' && name[i] <= 'z' ? name[i] - 'a' + 'A' : name[i];
		if (!is_letter(letters[i]))
			return false;
	}
	if (!known[letters[0] - 'A'][letters[1] - 'A'])
		return false;
	region.assign(letters, 2);
	return true;
}

LineType
Reader::read(const char *phone, size_t length)
{
	if (length > NUMBER_MAX_TEXT)
		return LINE_INVALID;
	if (has_last && last_region == region && last_phone.size() == length &&
		memcmp(last_phone.data(), phone, length) == 0)
		return last_line;

	require_memory(NUMBER_MEMORY);
	has_last = false;
	last_region = region;
	last_phone.assign(phone, length);
	copy_number(phone, length, &last_copy);
	last_line = util->Parse(last_copy, region, &last_number) == PhoneNumberUtil::NO_PARSING_ERROR ?
		classify() : LINE_INVALID;
	has_last = true;
	return last_line;
}

/* The line of the last number, which is one by its form. */
LineType
Reader::classify() const
{
	switch (util->GetNumberType(last_number))
	{
		case PhoneNumberUtil::MOBILE:
			return LINE_MOBILE;
		case PhoneNumberUtil::FIXED_LINE:
			return LINE_FIXED;
		case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
			return LINE_FIXED_OR_MOBILE;
		case PhoneNumberUtil::VOIP:
			return LINE_VOIP;
		case PhoneNumberUtil::TOLL_FREE:
		case PhoneNumberUtil::PREMIUM_RATE:
		case PhoneNumberUtil::SHARED_COST:
		case PhoneNumberUtil::PERSONAL_NUMBER:
		case PhoneNumberUtil::PAGER:
		case PhoneNumberUtil::UAN:
		case PhoneNumberUtil::VOICEMAIL:
			return LINE_SPECIAL;
		case PhoneNumberUtil::UNKNOWN:
			break;
	}

	/*
	 * It has a known type where it is valid, in the library's versions so
	 * far, so that only invalid numbers pay for this.
	 */
	return util->IsValidNumber(last_number) ? LINE_UNKNOWN : LINE_INVALID;
}

std::string
Reader::e164() const
{
	std::string	text;

	util->Format(last_number, PhoneNumberUtil::E164, &text);
	return text;
}

/* Made by the process's first call, and kept. */
Reader	   *reader;

}								/* namespace */

NumberStatus
kpi_phone_read(const char *phone, size_t phone_length,
			   const char *region, size_t region_length,
			   int with_e164, Number *number)
try
{
	if (reader == NULL)
	{
		require_memory(METADATA_MEMORY);
		reader = new Reader;
	}
	if (!reader->choose_region(region, region_length))
		return NUMBER_UNKNOWN_REGION;

	number->line = reader->read(phone, phone_length);
	if (with_e164 && number->line != LINE_INVALID)
	{
		const std::string text = reader->e164();

		if (text.size() >= sizeof(number->text))
			throw std::length_error("too long a number in E.164");
		memcpy(number->text, text.c_str(), text.size() + 1);
	}
	return NUMBER_READ;
}
catch (const std::bad_alloc &)
{
	return NUMBER_NO_MEMORY;
}
catch (const std::exception &error)
{
	snprintf(number->text, sizeof(number->text), "%s", error.what());
	return NUMBER_FAILED;
}
catch (...)
{
	snprintf(number->text, sizeof(number->text), "unknown exception");
	return NUMBER_FAILED;
}
