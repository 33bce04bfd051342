#!/usr/bin/perl
# The extension in databases of other encodings than UTF-8. Its French texts
# are the same in every encoding that can write French; where none of the
# letters is known, PostgreSQL says so at CREATE EXTENSION, and nothing is half
# made. SQL_ASCII keeps bytes as they come, which here are those of UTF-8.

use strict;
use warnings;

use File::Basename qw(dirname);
use lib dirname(__FILE__);
use Test::More;

use Extension;

$ENV{PGCLIENTENCODING} = 'UTF8';

# All that is read of texts, in a database that has the extension.
my @queries = (
	q{SELECT k FROM kpi_catalog k},
	q{SELECT p.oid::regprocedure, obj_description(p.oid, 'pg_proc') FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid
		WHERE d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND pronamespace = 'public'::regnamespace ORDER BY p.oid::regprocedure::text COLLATE "C"},
	q{SELECT label(o::outcome, 'fr'), label(o::outcome, 'en'), label(o::outcome, 'fr')::outcome FROM unnest('{no_answer,busy,machine,invalid_number,held,validated_sale}'::text[]) o},
	q{SELECT 'Répondeur'::outcome, 'REPONDEUR'::outcome, 'refus argumenté'::outcome},
	q{SELECT kpi, label, unit, verdict FROM (SELECT scorecard_leads('sale') AS card) c, kpi_report(card, 'fr') LEFT JOIN LATERAL (SELECT 1 AS verdict) v ON true},
	q{SELECT verdict, verdict_label FROM (SELECT scorecard_leads(o) AS card FROM generate_series(1, 500), unnest('{sale,refused}'::outcome[]) o) c, kpi_targets(card, '{"conversion_rate": 0.9}', 'fr')},
	q{SELECT code, outcome, note FROM kpi_disposition ORDER BY source COLLATE "C", convert_to(code, 'UTF8')},
	q{SELECT disposition('french', code) FROM unnest('{Répondeur,RÉPONDEUR,repondeur,Épuisé,épuisé}'::text[]) code},
	q{SELECT product_mix('sale', p) FROM unnest('{été,Été}'::text[]) p},
);
# SQL_ASCII converts nothing
sub answers
{
	my ($db) = @_;
	return map { my $query = $_; $query =~ s/convert_to\(code, 'UTF8'\)/code COLLATE "C"/; psql($db, $query) } @queries;
}

my $utf8 = database('utf8');
is(psql($utf8, 'SHOW server_encoding'), 'UTF8', 'the server is in UTF-8');
psql($utf8, 'CREATE EXTENSION kpi');
my @expected = answers($utf8);
like($expected[0], qr/Taux de décroché/, 'with accents');

for my $encoding (qw(LATIN1 LATIN9 LATIN5 WIN1252 EUC_JP SQL_ASCII))
{
	my $db = database(lc $encoding, '--template=template0', '--locale=C', "--encoding=$encoding");
	psql($db, 'CREATE EXTENSION kpi');
	my @answers = answers($db);
	is($answers[$_], $expected[$_], "$encoding: " . $queries[$_] =~ s/\s+/ /gr) for 0 .. $#queries;
}

for my $encoding (qw(WIN1251 EUC_KR))
{
	my $db = database(lc $encoding, '--template=template0', '--locale=C', "--encoding=$encoding");
	like(psql($db, q{DO $$ BEGIN CREATE EXTENSION kpi; EXCEPTION WHEN untranslatable_character THEN RAISE WARNING '%', SQLERRM; END $$}, 1),
		qr/has no equivalent in encoding "$encoding"/, "$encoding cannot write French, and PostgreSQL says so");
	is(psql($db, q{SELECT count(*) FROM pg_namespace WHERE nspname = 'kpi_internal'}), 0, 'and nothing is left');
}

done_testing();
