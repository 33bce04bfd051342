-- Dialers' and CRMs' own codes

CREATE TABLE kpi_disposition (
	source text NOT NULL CHECK (source <> ''),
	code text NOT NULL,
	outcome outcome NOT NULL,
	note text,
	stock boolean NOT NULL DEFAULT false,
	PRIMARY KEY (source, code, stock)
);
COMMENT ON TABLE kpi_disposition IS
	'what the codes of dialers and CRMs mean: stock rows are the extension''s, rows of your own come before them';
COMMENT ON COLUMN kpi_disposition.source IS
	'where the code comes from, such as vicidial; vicidial/SPRING narrows it to one campaign';
COMMENT ON COLUMN kpi_disposition.code IS 'the code, exactly as the source writes it';
COMMENT ON COLUMN kpi_disposition.outcome IS 'what a call with the code came to';
COMMENT ON COLUMN kpi_disposition.note IS 'what the source calls it, and why it is mapped so';
COMMENT ON COLUMN kpi_disposition.stock IS 'a row of the extension: it cannot be changed, but another row can come before it';

CREATE FUNCTION kpi_disposition_changed() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_disposition_changed() IS
	'internal: tells every session that kpi_disposition has changed';

CREATE FUNCTION kpi_disposition_guard() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_disposition_guard() IS
	'internal: keeps the stock rows of kpi_disposition';

CREATE TRIGGER kpi_disposition_changed
	AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kpi_disposition
	FOR EACH STATEMENT EXECUTE FUNCTION kpi_disposition_changed();
ALTER TABLE kpi_disposition ENABLE ALWAYS TRIGGER kpi_disposition_changed;
COMMENT ON TRIGGER kpi_disposition_changed ON kpi_disposition IS
	'tells every session that the table has changed';

CREATE TRIGGER kpi_disposition_guard
	BEFORE INSERT OR UPDATE OR DELETE ON kpi_disposition
	FOR EACH ROW EXECUTE FUNCTION kpi_disposition_guard();
COMMENT ON TRIGGER kpi_disposition_guard ON kpi_disposition IS 'keeps the stock rows';

CREATE TRIGGER kpi_disposition_guard_truncate
	BEFORE TRUNCATE ON kpi_disposition
	FOR EACH STATEMENT EXECUTE FUNCTION kpi_disposition_guard();
COMMENT ON TRIGGER kpi_disposition_guard_truncate ON kpi_disposition IS 'keeps the stock rows';

-- everybody may read; whoever installs the extension owns the table, and
-- grants the right to edit it
ALTER TABLE kpi_disposition OWNER TO @extowner@;
GRANT SELECT ON kpi_disposition TO PUBLIC;

-- a dump has the users' rows, and the extension brings its own
SELECT pg_catalog.pg_extension_config_dump('kpi_disposition', 'WHERE NOT stock');

CREATE FUNCTION disposition(source text, code text, strict boolean DEFAULT true) RETURNS outcome
	AS 'MODULE_PATHNAME', 'kpi_disposition_lookup' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION disposition(text, text, boolean) IS
	'the outcome that kpi_disposition gives to a source''s code; a code that is not there is an error, or NULL where strict is false';

CREATE FUNCTION kpi_unmapped(source text, query text,
	OUT code text, OUT occurrences bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'kpi_unmapped_query' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION kpi_unmapped(text, text) IS
	'the codes in the first column of a query that disposition() does not know, with how often each occurs';

CREATE FUNCTION kpi_unmapped(source text, relation regclass, code_column name,
	OUT code text, OUT occurrences bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'kpi_unmapped_column' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION kpi_unmapped(text, regclass, name) IS
	'the codes in a column of a table that disposition() does not know, with how often each occurs';

-- The stock codes

INSERT INTO kpi_disposition (stock, source, code, outcome, note) VALUES
	(true, 'vicidial', 'NEW', 'new', 'New lead'),
	(true, 'vicidial', 'QUEUE', 'new', 'Lead to be called'),
	(true, 'vicidial', 'INCALL', 'new', 'Lead being called: nothing is known yet'),
	(true, 'vicidial', 'DROP', 'abandoned', 'A person answered, and no agent was free'),
	(true, 'vicidial', 'XDROP', 'abandoned', 'Inbound call dropped before an agent took it'),
	(true, 'vicidial', 'NA', 'no_answer', 'No answer, found by the dialer'),
	(true, 'vicidial', 'CALLBK', 'callback', 'Call back'),
	(true, 'vicidial', 'CBHOLD', 'callback', 'Call back, its hour not yet come'),
	(true, 'vicidial', 'A', 'machine', 'Answering machine, found by the agent'),
	(true, 'vicidial', 'AA', 'machine', 'Answering machine, found by the dialer'),
	(true, 'vicidial', 'AM', 'machine', 'Answering machine, sent to a message'),
	(true, 'vicidial', 'AL', 'machine', 'Answering machine, message played'),
	(true, 'vicidial', 'AFAX', 'invalid_number', 'Fax: nobody can be reached there'),
	(true, 'vicidial', 'AB', 'busy', 'Busy, found by the dialer'),
	(true, 'vicidial', 'B', 'busy', 'Busy, found by the agent'),
	(true, 'vicidial', 'DC', 'invalid_number', 'Disconnected number, found by the agent'),
	(true, 'vicidial', 'ADC', 'invalid_number', 'Disconnected number, found by the dialer'),
	(true, 'vicidial', 'DEC', 'refused', 'Declined the sale: the offer was made'),
	(true, 'vicidial', 'DNC', 'do_not_call', 'Asked not to be called again'),
	(true, 'vicidial', 'DNCL', 'blocked', 'On the systems do-not-call list, before a call'),
	(true, 'vicidial', 'DNCC', 'blocked', 'On the campaigns do-not-call list, before a call'),
	(true, 'vicidial', 'SALE', 'direct_sale', 'Sale made, on the telephone: a contact, whatever the flag of the status says'),
	(true, 'vicidial', 'N', 'no_answer', 'No answer, found by the agent'),
	(true, 'vicidial', 'NI', 'refused', 'Not interested: the offer was made'),
	(true, 'vicidial', 'NP', 'declined', 'No pitch, no price: a conversation in which no offer was made'),
	(true, 'vicidial', 'PU', 'answered', 'Picked up, and no more is known'),
	(true, 'vicidial', 'PM', 'answered', 'Picked up, a message was played'),
	(true, 'vicidial', 'XFER', 'argued', 'Transferred to another agent, who gives the result'),
	(true, 'vicidial', 'ERI', 'failed', 'Agents error'),
	(true, 'vicidial', 'SVYEXT', 'answered', 'Survey call sent to an extension'),
	(true, 'vicidial', 'SVYVM', 'answered', 'Survey call sent to a voice mailbox'),
	(true, 'vicidial', 'SVYHU', 'answered', 'Hung up on a survey'),
	(true, 'vicidial', 'SVYREC', 'answered', 'Survey call sent to a recording'),
	(true, 'vicidial', 'QVMAIL', 'abandoned', 'Left the queue for the voice mailbox'),
	(true, 'vicidial', 'RQXFER', 'answered', 'Put into the queue again'),
	(true, 'vicidial', 'TIMEOT', 'abandoned', 'Inbound call dropped after its time in the queue'),
	(true, 'vicidial', 'AFTHRS', 'abandoned', 'Inbound call dropped after hours'),
	(true, 'vicidial', 'NANQUE', 'abandoned', 'Inbound call dropped, no agent and no queue'),
	(true, 'vicidial', 'PDROP', 'abandoned', 'Dropped before it was routed to an agent'),
	(true, 'vicidial', 'IVRXFR', 'abandoned', 'Dropped to a call menu, no agent was free'),
	(true, 'vicidial', 'SVYCLM', 'answered', 'Survey call sent to a call menu'),
	(true, 'vicidial', 'MLINAT', 'new', 'Set inactive when another lead with the same number was worked: no call of its own'),
	(true, 'vicidial', 'MAXCAL', 'abandoned', 'Inbound call dropped, too many calls'),
	(true, 'vicidial', 'LRERR', 'failed', 'Channel error: no call was made, whatever the flag of the status says'),
	(true, 'vicidial', 'QCFAIL', 'undecided', 'Sale that failed quality control and is to be called back'),
	(true, 'vicidial', 'ADCT', 'failed', 'Disconnected for now, found by the dialer'),
	(true, 'vicidial', 'LSMERG', 'new', 'Merged into an older lead: no call of its own'),
	(true, 'sangoma_cpd', 'CPDATB', 'failed', 'All trunks busy'),
	(true, 'sangoma_cpd', 'CPDB', 'busy', 'Busy'),
	(true, 'sangoma_cpd', 'CPDNA', 'no_answer', 'No answer'),
	(true, 'sangoma_cpd', 'CPDREJ', 'failed', 'Rejected'),
	(true, 'sangoma_cpd', 'CPDINV', 'invalid_number', 'Invalid number'),
	(true, 'sangoma_cpd', 'CPDSUA', 'failed', 'Service unavailable'),
	(true, 'sangoma_cpd', 'CPDSI', 'invalid_number', 'Special information tone: intercept, number changed or disconnected'),
	(true, 'sangoma_cpd', 'CPDSNC', 'failed', 'Special information tone: no circuit'),
	(true, 'sangoma_cpd', 'CPDSR', 'failed', 'Special information tone: reorder'),
	(true, 'sangoma_cpd', 'CPDSUK', 'failed', 'Special information tone, unknown'),
	(true, 'sangoma_cpd', 'CPDSV', 'invalid_number', 'Special information tone: vacant code'),
	(true, 'sangoma_cpd', 'CPDUK', 'failed', 'Unknown result'),
	(true, 'sangoma_cpd', 'CPDERR', 'failed', 'Error of the call progress detection'),
	(true, 'nice_cxone', '0', 'answered', 'Live voice'),
	(true, 'nice_cxone', '1', 'machine', 'Answering machine'),
	(true, 'nice_cxone', '3', 'invalid_number', 'Fax or modem'),
	(true, 'nice_cxone', '4', 'invalid_number', 'Bad number'),
	(true, 'nice_cxone', '33', 'machine', 'Answering machine, message left'),
	(true, 'nice_cxone', '101', 'callback', 'Rescheduled'),
	(true, 'nice_cxone', '102', 'refused', 'Refusal'),
	(true, 'nice_cxone', '103', 'wrong_party', 'Wrong number'),
	(true, 'nice_cxone', '104', 'wrong_party', 'Wrong person'),
	(true, 'nice_cxone', '105', 'direct_sale', 'Commitment: override it where a commitment is less than a sale'),
	(true, 'nice_cxone', '106', 'do_not_call', 'Do not call again'),
	(true, 'nice_cxone', '107', 'do_not_call', 'Never call again'),
	(true, 'nice_cxone', '120', 'contact', 'Other live conversation'),
	(true, 'nice_cxone', '200', 'new', 'Agent: not dialled'),
	(true, 'nice_cxone', '201', 'busy', 'Agent: busy'),
	(true, 'nice_cxone', '202', 'no_answer', 'Agent: no answer'),
	(true, 'nice_cxone', '205', 'machine', 'Agent: answering machine'),
	(true, 'nice_cxone', '206', 'failed', 'Agent: network failure'),
	(true, 'nice_cxone', '220', 'invalid_number', 'Agent: bad number'),
	(true, 'asterisk_cdr', 'ANSWERED', 'answered', 'Something picked up, a mailbox perhaps: not a contact'),
	(true, 'asterisk_cdr', 'NO ANSWER', 'no_answer', 'Nobody picked up'),
	(true, 'asterisk_cdr', 'BUSY', 'busy', 'Busy'),
	(true, 'asterisk_cdr', 'FAILED', 'failed', 'The call could not be set up'),
	(true, 'asterisk_cdr', 'CONGESTION', 'failed', 'No line was free'),
	(true, 'issabel', 'Placing', 'new', 'The call is being placed'),
	(true, 'issabel', 'Dialing', 'new', 'The call is being dialled'),
	(true, 'issabel', 'Ringing', 'new', 'It rings'),
	(true, 'issabel', 'OnQueue', 'new', 'Answered, waiting for an agent: nothing is known yet'),
	(true, 'issabel', 'OnHold', 'contact', 'An agent has the call on hold'),
	(true, 'issabel', 'Success', 'answered', 'An agent was connected: what came of it is in the form'),
	(true, 'issabel', 'Hangup', 'answered', 'Ended after an agent was connected'),
	(true, 'issabel', 'Failure', 'failed', 'The call could not be set up'),
	(true, 'issabel', 'NoAnswer', 'no_answer', 'Nobody picked up'),
	(true, 'issabel', 'ShortCall', 'answered', 'Ended within seconds'),
	(true, 'issabel', 'Abandoned', 'abandoned', 'A person answered, and no agent was free'),
	(true, 'hubspot', '9d9162e7-6cf3-4944-bf63-4dff82258764', 'busy', 'Busy: busy'),
	(true, 'hubspot', 'Busy', 'busy', 'Busy'),
	(true, 'hubspot', 'f240bbac-87c9-4f6e-bf70-924b57d47db7', 'contact', 'Connected: a conversation, and no more is known'),
	(true, 'hubspot', 'Connected', 'contact', 'A conversation, and no more is known'),
	(true, 'hubspot', 'a4c4c377-d246-4b32-a13b-75a56a4cd0ff', 'gatekeeper', 'Left live message: a message was left with another person'),
	(true, 'hubspot', 'Left live message', 'gatekeeper', 'A message was left with another person'),
	(true, 'hubspot', 'b2cf5968-551e-4856-9783-52b3da59a7d0', 'machine', 'Left voicemail: a message was left on a machine'),
	(true, 'hubspot', 'Left voicemail', 'machine', 'A message was left on a machine'),
	(true, 'hubspot', '73a0d17f-1163-4015-bdd5-ec830791da20', 'no_answer', 'No answer: nobody picked up'),
	(true, 'hubspot', 'No answer', 'no_answer', 'Nobody picked up'),
	(true, 'hubspot', '17b47fee-58de-441e-a44c-c6300d46f273', 'wrong_party', 'Wrong number: the wrong person, or no such person'),
	(true, 'hubspot', 'Wrong number', 'wrong_party', 'The wrong person, or no such person'),
	(true, 'close', 'answered', 'answered', 'Picked up'),
	(true, 'close', 'no-answer', 'no_answer', 'Nobody picked up'),
	(true, 'close', 'vm-answer', 'machine', 'A machine answered'),
	(true, 'close', 'vm-left', 'machine', 'A message was left on a machine'),
	(true, 'close', 'busy', 'busy', 'Busy'),
	(true, 'close', 'blocked', 'failed', 'The network blocked the call'),
	(true, 'close', 'error', 'failed', 'The call could not be set up'),
	(true, 'close', 'abandoned', 'abandoned', 'Ended before anybody spoke'),
	(true, 'salesforce', 'Prospecting', 'argued', 'An opportunity is open'),
	(true, 'salesforce', 'Qualification', 'argued', 'An opportunity is open'),
	(true, 'salesforce', 'Needs Analysis', 'appointment', 'A meeting has been had or is agreed'),
	(true, 'salesforce', 'Value Proposition', 'appointment', 'A meeting has been had or is agreed'),
	(true, 'salesforce', 'Id. Decision Makers', 'appointment', 'A meeting has been had or is agreed'),
	(true, 'salesforce', 'Perception Analysis', 'appointment', 'A meeting has been had or is agreed'),
	(true, 'salesforce', 'Proposal/Price Quote', 'appointment', 'A quote is out'),
	(true, 'salesforce', 'Negotiation/Review', 'appointment', 'Terms are discussed'),
	(true, 'salesforce', 'Closed Won', 'sale', 'Won'),
	(true, 'salesforce', 'Closed Lost', 'lost', 'Lost'),
	(true, 'suitecrm', 'Prospecting', 'argued', 'An opportunity is open'),
	(true, 'suitecrm', 'Qualification', 'argued', 'An opportunity is open'),
	(true, 'suitecrm', 'Needs Analysis', 'appointment', 'A meeting has been had or is agreed'),
	(true, 'suitecrm', 'Value Proposition', 'appointment', 'A meeting has been had or is agreed'),
	(true, 'suitecrm', 'Id. Decision Makers', 'appointment', 'A meeting has been had or is agreed'),
	(true, 'suitecrm', 'Perception Analysis', 'appointment', 'A meeting has been had or is agreed'),
	(true, 'suitecrm', 'Proposal/Price Quote', 'appointment', 'A quote is out'),
	(true, 'suitecrm', 'Negotiation/Review', 'appointment', 'Terms are discussed'),
	(true, 'suitecrm', 'Closed Won', 'sale', 'Won'),
	(true, 'suitecrm', 'Closed Lost', 'lost', 'Lost'),
	(true, 'espocrm', 'Prospecting', 'argued', 'Opportunity: open'),
	(true, 'espocrm', 'Qualification', 'argued', 'Opportunity: open'),
	(true, 'espocrm', 'Proposal', 'appointment', 'Opportunity: a quote is out'),
	(true, 'espocrm', 'Negotiation', 'appointment', 'Opportunity: terms are discussed'),
	(true, 'espocrm', 'Closed Won', 'sale', 'Opportunity: won'),
	(true, 'espocrm', 'Closed Lost', 'lost', 'Opportunity: lost'),
	(true, 'espocrm', 'New', 'new', 'Lead: not called'),
	(true, 'espocrm', 'Assigned', 'new', 'Lead: given to an agent'),
	(true, 'espocrm', 'In Process', 'attempted', 'Lead: being worked'),
	(true, 'espocrm', 'Converted', 'argued', 'Lead: became an opportunity'),
	(true, 'espocrm', 'Recycled', 'callback', 'Lead: to be called again'),
	(true, 'espocrm', 'Dead', 'declined', 'Lead: given up'),
	(true, 'espocrm', 'Planned', 'new', 'Call: planned'),
	(true, 'espocrm', 'Held', 'contact', 'Call: held'),
	(true, 'espocrm', 'Not Held', 'no_answer', 'Call: not held'),
	(true, 'french', 'À appeler', 'new', 'Fiche neuve'),
	(true, 'french', 'Nouveau', 'new', 'Fiche neuve'),
	(true, 'french', 'NRP', 'no_answer', 'Ne répond pas'),
	(true, 'french', 'Absent', 'no_answer', 'Personne na décroché'),
	(true, 'french', 'Sans réponse', 'no_answer', 'Personne na décroché'),
	(true, 'french', 'Occ', 'busy', 'Occupé'),
	(true, 'french', 'Occupé', 'busy', 'Occupé'),
	(true, 'french', 'Rep', 'machine', 'Répondeur'),
	(true, 'french', 'Répondeur', 'machine', 'Répondeur'),
	(true, 'french', 'FN', 'invalid_number', 'Faux numéro'),
	(true, 'french', 'Faux numéro', 'invalid_number', 'Faux numéro'),
	(true, 'french', 'Mauvais num', 'invalid_number', 'Faux numéro'),
	(true, 'french', 'Mauvais interlocuteur', 'wrong_party', 'Pas la bonne personne'),
	(true, 'french', 'Barrage', 'gatekeeper', 'Barrage secrétaire'),
	(true, 'french', 'Hors cible', 'off_target', 'Hors cible'),
	(true, 'french', 'HC', 'off_target', 'Hors cible'),
	(true, 'french', 'Inexploitable', 'unusable', 'Langue, décès, doublon'),
	(true, 'french', 'Doublon', 'unusable', 'Fiche en double'),
	(true, 'french', 'RE', 'declined', 'Refus dentretien, avant largumentation'),
	(true, 'french', 'Refus dentretien', 'declined', 'Avant largumentation'),
	(true, 'french', 'CNA', 'declined', 'Contact non argumenté'),
	(true, 'french', 'RA', 'refused', 'Refus argumenté'),
	(true, 'french', 'Refus argumenté', 'refused', 'Après largumentation'),
	(true, 'french', 'CA-', 'refused', 'Contact argumenté négatif'),
	(true, 'french', 'REF ARG', 'refused', 'Refus argumenté'),
	(true, 'french', 'Pas intéressé', 'refused', 'Après largumentation'),
	(true, 'french', 'Argumenté', 'argued', 'Argumenté, sans résultat encore'),
	(true, 'french', 'R', 'callback', 'Rappel'),
	(true, 'french', 'Rappel', 'callback', 'Rappel'),
	(true, 'french', 'À rappeler', 'callback', 'Rappel'),
	(true, 'french', 'RL', 'undecided', 'Relance'),
	(true, 'french', 'Relance', 'undecided', 'Relance'),
	(true, 'french', 'Indécis', 'undecided', 'Indécis'),
	(true, 'french', 'INDÉCIS', 'undecided', 'Indécis'),
	(true, 'french', 'rdv', 'appointment', 'Rendez-vous'),
	(true, 'french', 'Rdv', 'appointment', 'Rendez-vous'),
	(true, 'french', 'RDV', 'appointment', 'Rendez-vous'),
	(true, 'french', 'Rendez-vous', 'appointment', 'Rendez-vous'),
	(true, 'french', 'RDV pris', 'appointment', 'Rendez-vous'),
	(true, 'french', 'Vente', 'direct_sale', 'Vente au téléphone'),
	(true, 'french', 'CA+', 'direct_sale', 'Contact argumenté positif'),
	(true, 'french', 'ACCORD', 'direct_sale', 'Accord'),
	(true, 'french', 'DON', 'direct_sale', 'Don'),
	(true, 'french', 'Vente validée', 'validated_direct_sale', 'Vente au téléphone, validée'),
	(true, 'french', 'Vente annulée', 'cancelled_direct_sale', 'Vente au téléphone, annulée'),
	(true, 'french', 'Ne plus contacter', 'do_not_call', 'Demande de la personne'),
	(true, 'french', 'Ne plus appeler', 'do_not_call', 'Demande de la personne'),
	(true, 'french', 'Liste noire', 'do_not_call', 'Demande de la personne'),
	(true, 'french', 'Bloctel', 'blocked', 'Liste dopposition, avant tout appel'),
	(true, 'french', 'Abandon', 'abandoned', 'Décroché, sans agent libre'),
	(true, 'french', 'Épuisé', 'exhausted', 'Toutes les tentatives faites'),
	(true, 'french', 'Échec', 'failed', 'Échec technique'),
	(true, 'english', 'New', 'new', 'Not called'),
	(true, 'english', 'No answer', 'no_answer', 'Nobody picked up'),
	(true, 'english', 'Busy', 'busy', 'Busy'),
	(true, 'english', 'Voicemail', 'machine', 'A machine answered'),
	(true, 'english', 'Answering machine', 'machine', 'A machine answered'),
	(true, 'english', 'Left voicemail', 'machine', 'A message was left'),
	(true, 'english', 'Disconnected', 'invalid_number', 'The number is not in service'),
	(true, 'english', 'Bad number', 'invalid_number', 'The number is not in service'),
	(true, 'english', 'Fax', 'invalid_number', 'A fax machine'),
	(true, 'english', 'Wrong number', 'wrong_party', 'The wrong person'),
	(true, 'english', 'Wrong person', 'wrong_party', 'The wrong person'),
	(true, 'english', 'No longer with company', 'wrong_party', 'The person has left'),
	(true, 'english', 'Gatekeeper', 'gatekeeper', 'Did not get past the switchboard'),
	(true, 'english', 'Not qualified', 'off_target', 'Not in the target'),
	(true, 'english', 'Off target', 'off_target', 'Not in the target'),
	(true, 'english', 'Duplicate', 'unusable', 'The lead is there twice'),
	(true, 'english', 'Language barrier', 'unusable', 'No common language'),
	(true, 'english', 'Deceased', 'unusable', 'Deceased'),
	(true, 'english', 'Hung up', 'declined', 'Before the offer was made'),
	(true, 'english', 'Hang up', 'declined', 'Before the offer was made'),
	(true, 'english', 'Declined', 'declined', 'Before the offer was made'),
	(true, 'english', 'Not interested', 'refused', 'After the offer was made'),
	(true, 'english', 'Refused', 'refused', 'After the offer was made'),
	(true, 'english', 'Do not call', 'do_not_call', 'Asked not to be called again'),
	(true, 'english', 'DNC list', 'blocked', 'On a do-not-call list, before a call'),
	(true, 'english', 'Callback', 'callback', 'To be called back'),
	(true, 'english', 'Call back', 'callback', 'To be called back'),
	(true, 'english', 'Follow up', 'undecided', 'Undecided'),
	(true, 'english', 'Undecided', 'undecided', 'Undecided'),
	(true, 'english', 'Answered', 'answered', 'Picked up'),
	(true, 'english', 'Connected', 'contact', 'A conversation, and no more is known'),
	(true, 'english', 'Pitched', 'argued', 'The offer was made'),
	(true, 'english', 'Appointment', 'appointment', 'A meeting is agreed'),
	(true, 'english', 'Meeting booked', 'appointment', 'A meeting is agreed'),
	(true, 'english', 'No show', 'no_show', 'Did not come to the meeting'),
	(true, 'english', 'Sale', 'direct_sale', 'Sold on the telephone'),
	(true, 'english', 'Closed won', 'sale', 'Sold after a meeting'),
	(true, 'english', 'Closed lost', 'lost', 'Lost after a meeting'),
	(true, 'english', 'Validated', 'validated_direct_sale', 'Sold on the telephone, validated'),
	(true, 'english', 'Cancelled', 'cancelled_direct_sale', 'Sold on the telephone, cancelled'),
	(true, 'english', 'Dropped', 'abandoned', 'A person answered, and no agent was free'),
	(true, 'english', 'Error', 'failed', 'The call could not be set up'),
	(true, 'english', 'Max attempts', 'exhausted', 'All attempts made');
