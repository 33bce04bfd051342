-- Dialers' and CRMs' own codes

CREATE TABLE kpi_disposition (
	source text NOT NULL CHECK (source <> ''),
	code text NOT NULL,
	outcome outcome NOT NULL,
	note text,
	stock boolean NOT NULL DEFAULT false,
	PRIMARY KEY (source, code),
	CONSTRAINT stock_codes_are_the_extension_s CHECK (NOT stock) NO INHERIT
) USING heap;
COMMENT ON TABLE kpi_disposition IS
	'what the codes of dialers and CRMs mean: the stock rows, which it inherits from the extension, and rows of your own, which come before them';
COMMENT ON COLUMN kpi_disposition.source IS
	'where the code comes from, such as vicidial; vicidial/SPRING narrows it to one campaign';
COMMENT ON COLUMN kpi_disposition.code IS 'the code, exactly as the source writes it';
COMMENT ON COLUMN kpi_disposition.outcome IS 'what a call with the code came to';
COMMENT ON COLUMN kpi_disposition.note IS 'what the source calls it, and why it is mapped so';
COMMENT ON COLUMN kpi_disposition.stock IS 'a row of the extension: it cannot be changed, but another row can come before it';

-- The stock rows have a table of their own, whose owner is whoever owns the
-- extension's other objects. An update of the extension, which may run with a
-- superuser's rights, writes this table and never the users', where it would
-- run whatever triggers and constraints their owner has put there.
CREATE TABLE kpi_disposition_stock (
	PRIMARY KEY (source, code),
	CHECK (stock)
) INHERITS (kpi_disposition) USING heap;
ALTER TABLE kpi_disposition_stock ALTER stock SET DEFAULT true;
COMMENT ON TABLE kpi_disposition_stock IS
	'internal: the rows of kpi_disposition that are the extension''s';
COMMENT ON COLUMN kpi_disposition_stock.source IS 'as in kpi_disposition';
COMMENT ON COLUMN kpi_disposition_stock.code IS 'as in kpi_disposition';
COMMENT ON COLUMN kpi_disposition_stock.outcome IS 'as in kpi_disposition';
COMMENT ON COLUMN kpi_disposition_stock.note IS 'as in kpi_disposition';
COMMENT ON COLUMN kpi_disposition_stock.stock IS 'always true';

CREATE FUNCTION kpi_disposition_guard() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_disposition_guard() IS
	'internal: keeps the stock rows of kpi_disposition';

-- a statement on kpi_disposition reaches them too
CREATE TRIGGER kpi_disposition_guard
	BEFORE INSERT OR UPDATE OR DELETE ON kpi_disposition_stock
	FOR EACH ROW EXECUTE FUNCTION kpi_disposition_guard();
COMMENT ON TRIGGER kpi_disposition_guard ON kpi_disposition_stock IS 'keeps the stock rows';

CREATE TRIGGER kpi_disposition_guard_truncate
	BEFORE TRUNCATE ON kpi_disposition_stock
	FOR EACH STATEMENT EXECUTE FUNCTION kpi_disposition_guard();
COMMENT ON TRIGGER kpi_disposition_guard_truncate ON kpi_disposition_stock IS 'keeps the stock rows';

-- everybody may read; whoever creates the extension owns the users' rows, and
-- grants the right to edit them
ALTER TABLE kpi_disposition OWNER TO @extowner@;
GRANT SELECT ON kpi_disposition, kpi_disposition_stock TO PUBLIC;

-- a dump has the users' rows, and the extension brings its own
SELECT pg_catalog.pg_extension_config_dump('kpi_disposition', 'WHERE NOT stock');

CREATE FUNCTION disposition(source text, code text, strict boolean DEFAULT true) RETURNS outcome
	AS 'MODULE_PATHNAME', 'kpi_disposition_lookup' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION disposition(text, text, boolean) IS
	'the outcome that kpi_disposition gives to a source''s code; a code that is not there is an error, or NULL where strict is false';

-- unsafe in parallel plans, as the query may be
CREATE FUNCTION kpi_unmapped(source text, query text,
	OUT code text, OUT occurrences bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'kpi_unmapped_query' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100000 ROWS 10;
COMMENT ON FUNCTION kpi_unmapped(text, text) IS
	'the codes in the first column of a query that disposition() does not know, with how often each occurs';

CREATE FUNCTION kpi_unmapped(source text, relation regclass, code_column name,
	OUT code text, OUT occurrences bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'kpi_unmapped_column' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100000 ROWS 10;
COMMENT ON FUNCTION kpi_unmapped(text, regclass, name) IS
	'the codes in a column of a table that disposition() does not know, with how often each occurs';

-- The stock codes

INSERT INTO kpi_disposition_stock (source, code, outcome, note) VALUES
	('vicidial', 'NEW', 'new', 'New lead'),
	('vicidial', 'QUEUE', 'new', 'Lead to be called'),
	('vicidial', 'INCALL', 'new', 'Lead being called: nothing is known yet'),
	('vicidial', 'DROP', 'abandoned', 'A person answered, and no agent was free'),
	('vicidial', 'XDROP', 'abandoned', 'Inbound call dropped before an agent took it'),
	('vicidial', 'NA', 'no_answer', 'No answer, found by the dialer'),
	('vicidial', 'CALLBK', 'callback', 'Call back'),
	('vicidial', 'CBHOLD', 'callback', 'Call back, its hour not yet come'),
	('vicidial', 'A', 'machine', 'Answering machine, found by the agent'),
	('vicidial', 'AA', 'machine', 'Answering machine, found by the dialer'),
	('vicidial', 'AM', 'machine', 'Answering machine, sent to a message'),
	('vicidial', 'AL', 'machine', 'Answering machine, message played'),
	('vicidial', 'AFAX', 'invalid_number', 'Fax: nobody can be reached there'),
	('vicidial', 'AB', 'busy', 'Busy, found by the dialer'),
	('vicidial', 'B', 'busy', 'Busy, found by the agent'),
	('vicidial', 'DC', 'invalid_number', 'Disconnected number, found by the agent'),
	('vicidial', 'ADC', 'invalid_number', 'Disconnected number, found by the dialer'),
	('vicidial', 'DEC', 'refused', 'Declined the sale: the offer was made'),
	('vicidial', 'DNC', 'do_not_call', 'Asked not to be called again'),
	('vicidial', 'DNCL', 'blocked', 'On the systems do-not-call list, before a call'),
	('vicidial', 'DNCC', 'blocked', 'On the campaigns do-not-call list, before a call'),
	('vicidial', 'SALE', 'direct_sale', 'Sale made, on the telephone: a contact, whatever the flag of the status says'),
	('vicidial', 'N', 'no_answer', 'No answer, found by the agent'),
	('vicidial', 'NI', 'refused', 'Not interested: the offer was made'),
	('vicidial', 'NP', 'declined', 'No pitch, no price: a conversation in which no offer was made'),
	('vicidial', 'PU', 'answered', 'Picked up, and no more is known'),
	('vicidial', 'PM', 'answered', 'Picked up, a message was played'),
	('vicidial', 'XFER', 'argued', 'Transferred to another agent, who gives the result'),
	('vicidial', 'ERI', 'failed', 'Agents error'),
	('vicidial', 'SVYEXT', 'answered', 'Survey call sent to an extension'),
	('vicidial', 'SVYVM', 'answered', 'Survey call sent to a voice mailbox'),
	('vicidial', 'SVYHU', 'answered', 'Hung up on a survey'),
	('vicidial', 'SVYREC', 'answered', 'Survey call sent to a recording'),
	('vicidial', 'QVMAIL', 'abandoned', 'Left the queue for the voice mailbox'),
	('vicidial', 'RQXFER', 'answered', 'Put into the queue again'),
	('vicidial', 'TIMEOT', 'abandoned', 'Inbound call dropped after its time in the queue'),
	('vicidial', 'AFTHRS', 'abandoned', 'Inbound call dropped after hours'),
	('vicidial', 'NANQUE', 'abandoned', 'Inbound call dropped, no agent and no queue'),
	('vicidial', 'PDROP', 'abandoned', 'Dropped before it was routed to an agent'),
	('vicidial', 'IVRXFR', 'abandoned', 'Dropped to a call menu, no agent was free'),
	('vicidial', 'SVYCLM', 'answered', 'Survey call sent to a call menu'),
	('vicidial', 'MLINAT', 'new', 'Set inactive when another lead with the same number was worked: no call of its own'),
	('vicidial', 'MAXCAL', 'abandoned', 'Inbound call dropped, too many calls'),
	('vicidial', 'LRERR', 'failed', 'Channel error: no call was made, whatever the flag of the status says'),
	('vicidial', 'QCFAIL', 'undecided', 'Sale that failed quality control and is to be called back'),
	('vicidial', 'ADCT', 'failed', 'Disconnected for now, found by the dialer'),
	('vicidial', 'LSMERG', 'new', 'Merged into an older lead: no call of its own'),
	('sangoma_cpd', 'CPDATB', 'failed', 'All trunks busy'),
	('sangoma_cpd', 'CPDB', 'busy', 'Busy'),
	('sangoma_cpd', 'CPDNA', 'no_answer', 'No answer'),
	('sangoma_cpd', 'CPDREJ', 'failed', 'Rejected'),
	('sangoma_cpd', 'CPDINV', 'invalid_number', 'Invalid number'),
	('sangoma_cpd', 'CPDSUA', 'failed', 'Service unavailable'),
	('sangoma_cpd', 'CPDSI', 'invalid_number', 'Special information tone: intercept, number changed or disconnected'),
	('sangoma_cpd', 'CPDSNC', 'failed', 'Special information tone: no circuit'),
	('sangoma_cpd', 'CPDSR', 'failed', 'Special information tone: reorder'),
	('sangoma_cpd', 'CPDSUK', 'failed', 'Special information tone, unknown'),
	('sangoma_cpd', 'CPDSV', 'invalid_number', 'Special information tone: vacant code'),
	('sangoma_cpd', 'CPDUK', 'failed', 'Unknown result'),
	('sangoma_cpd', 'CPDERR', 'failed', 'Error of the call progress detection'),
	('nice_cxone', '0', 'answered', 'Live voice'),
	('nice_cxone', '1', 'machine', 'Answering machine'),
	('nice_cxone', '3', 'invalid_number', 'Fax or modem'),
	('nice_cxone', '4', 'invalid_number', 'Bad number'),
	('nice_cxone', '33', 'machine', 'Answering machine, message left'),
	('nice_cxone', '101', 'callback', 'Rescheduled'),
	('nice_cxone', '102', 'refused', 'Refusal'),
	('nice_cxone', '103', 'wrong_party', 'Wrong number'),
	('nice_cxone', '104', 'wrong_party', 'Wrong person'),
	('nice_cxone', '105', 'direct_sale', 'Commitment: override it where a commitment is less than a sale'),
	('nice_cxone', '106', 'do_not_call', 'Do not call again'),
	('nice_cxone', '107', 'do_not_call', 'Never call again'),
	('nice_cxone', '120', 'contact', 'Other live conversation'),
	('nice_cxone', '200', 'new', 'Agent: not dialled'),
	('nice_cxone', '201', 'busy', 'Agent: busy'),
	('nice_cxone', '202', 'no_answer', 'Agent: no answer'),
	('nice_cxone', '205', 'machine', 'Agent: answering machine'),
	('nice_cxone', '206', 'failed', 'Agent: network failure'),
	('nice_cxone', '220', 'invalid_number', 'Agent: bad number'),
	('asterisk_cdr', 'ANSWERED', 'answered', 'Something picked up, a mailbox perhaps: not a contact'),
	('asterisk_cdr', 'NO ANSWER', 'no_answer', 'Nobody picked up'),
	('asterisk_cdr', 'BUSY', 'busy', 'Busy'),
	('asterisk_cdr', 'FAILED', 'failed', 'The call could not be set up'),
	('asterisk_cdr', 'CONGESTION', 'failed', 'No line was free'),
	('issabel', 'Placing', 'new', 'The call is being placed'),
	('issabel', 'Dialing', 'new', 'The call is being dialled'),
	('issabel', 'Ringing', 'new', 'It rings'),
	('issabel', 'OnQueue', 'new', 'Answered, waiting for an agent: nothing is known yet'),
	('issabel', 'OnHold', 'contact', 'An agent has the call on hold'),
	('issabel', 'Success', 'answered', 'An agent was connected: what came of it is in the form'),
	('issabel', 'Hangup', 'answered', 'Ended after an agent was connected'),
	('issabel', 'Failure', 'failed', 'The call could not be set up'),
	('issabel', 'NoAnswer', 'no_answer', 'Nobody picked up'),
	('issabel', 'ShortCall', 'answered', 'Ended within seconds'),
	('issabel', 'Abandoned', 'abandoned', 'A person answered, and no agent was free'),
	('hubspot', '9d9162e7-6cf3-4944-bf63-4dff82258764', 'busy', 'Busy: busy'),
	('hubspot', 'Busy', 'busy', 'Busy'),
	('hubspot', 'f240bbac-87c9-4f6e-bf70-924b57d47db7', 'contact', 'Connected: a conversation, and no more is known'),
	('hubspot', 'Connected', 'contact', 'A conversation, and no more is known'),
	('hubspot', 'a4c4c377-d246-4b32-a13b-75a56a4cd0ff', 'gatekeeper', 'Left live message: a message was left with another person'),
	('hubspot', 'Left live message', 'gatekeeper', 'A message was left with another person'),
	('hubspot', 'b2cf5968-551e-4856-9783-52b3da59a7d0', 'machine', 'Left voicemail: a message was left on a machine'),
	('hubspot', 'Left voicemail', 'machine', 'A message was left on a machine'),
	('hubspot', '73a0d17f-1163-4015-bdd5-ec830791da20', 'no_answer', 'No answer: nobody picked up'),
	('hubspot', 'No answer', 'no_answer', 'Nobody picked up'),
	('hubspot', '17b47fee-58de-441e-a44c-c6300d46f273', 'wrong_party', 'Wrong number: the wrong person, or no such person'),
	('hubspot', 'Wrong number', 'wrong_party', 'The wrong person, or no such person'),
	('close', 'answered', 'answered', 'Picked up'),
	('close', 'no-answer', 'no_answer', 'Nobody picked up'),
	('close', 'vm-answer', 'machine', 'A machine answered'),
	('close', 'vm-left', 'machine', 'A message was left on a machine'),
	('close', 'busy', 'busy', 'Busy'),
	('close', 'blocked', 'failed', 'The network blocked the call'),
	('close', 'error', 'failed', 'The call could not be set up'),
	('close', 'abandoned', 'abandoned', 'Ended before anybody spoke'),
	('salesforce', 'Prospecting', 'argued', 'An opportunity is open'),
	('salesforce', 'Qualification', 'argued', 'An opportunity is open'),
	('salesforce', 'Needs Analysis', 'appointment', 'A meeting has been had or is agreed'),
	('salesforce', 'Value Proposition', 'appointment', 'A meeting has been had or is agreed'),
	('salesforce', 'Id. Decision Makers', 'appointment', 'A meeting has been had or is agreed'),
	('salesforce', 'Perception Analysis', 'appointment', 'A meeting has been had or is agreed'),
	('salesforce', 'Proposal/Price Quote', 'appointment', 'A quote is out'),
	('salesforce', 'Negotiation/Review', 'appointment', 'Terms are discussed'),
	('salesforce', 'Closed Won', 'sale', 'Won'),
	('salesforce', 'Closed Lost', 'lost', 'Lost'),
	('suitecrm', 'Prospecting', 'argued', 'An opportunity is open'),
	('suitecrm', 'Qualification', 'argued', 'An opportunity is open'),
	('suitecrm', 'Needs Analysis', 'appointment', 'A meeting has been had or is agreed'),
	('suitecrm', 'Value Proposition', 'appointment', 'A meeting has been had or is agreed'),
	('suitecrm', 'Id. Decision Makers', 'appointment', 'A meeting has been had or is agreed'),
	('suitecrm', 'Perception Analysis', 'appointment', 'A meeting has been had or is agreed'),
	('suitecrm', 'Proposal/Price Quote', 'appointment', 'A quote is out'),
	('suitecrm', 'Negotiation/Review', 'appointment', 'Terms are discussed'),
	('suitecrm', 'Closed Won', 'sale', 'Won'),
	('suitecrm', 'Closed Lost', 'lost', 'Lost'),
	('espocrm', 'Prospecting', 'argued', 'Opportunity: open'),
	('espocrm', 'Qualification', 'argued', 'Opportunity: open'),
	('espocrm', 'Proposal', 'appointment', 'Opportunity: a quote is out'),
	('espocrm', 'Negotiation', 'appointment', 'Opportunity: terms are discussed'),
	('espocrm', 'Closed Won', 'sale', 'Opportunity: won'),
	('espocrm', 'Closed Lost', 'lost', 'Opportunity: lost'),
	('espocrm', 'New', 'new', 'Lead: not called'),
	('espocrm', 'Assigned', 'new', 'Lead: given to an agent'),
	('espocrm', 'In Process', 'attempted', 'Lead: being worked'),
	('espocrm', 'Converted', 'argued', 'Lead: became an opportunity'),
	('espocrm', 'Recycled', 'callback', 'Lead: to be called again'),
	('espocrm', 'Dead', 'declined', 'Lead: given up'),
	('espocrm', 'Planned', 'new', 'Call: planned'),
	('espocrm', 'Held', 'contact', 'Call: held'),
	('espocrm', 'Not Held', 'no_answer', 'Call: not held'),
	('french', 'À appeler', 'new', 'Fiche neuve'),
	('french', 'Nouveau', 'new', 'Fiche neuve'),
	('french', 'NRP', 'no_answer', 'Ne répond pas'),
	('french', 'Absent', 'no_answer', 'Personne na décroché'),
	('french', 'Sans réponse', 'no_answer', 'Personne na décroché'),
	('french', 'Occ', 'busy', 'Occupé'),
	('french', 'Occupé', 'busy', 'Occupé'),
	('french', 'Rep', 'machine', 'Répondeur'),
	('french', 'Répondeur', 'machine', 'Répondeur'),
	('french', 'FN', 'invalid_number', 'Faux numéro'),
	('french', 'Faux numéro', 'invalid_number', 'Faux numéro'),
	('french', 'Mauvais num', 'invalid_number', 'Faux numéro'),
	('french', 'Mauvais interlocuteur', 'wrong_party', 'Pas la bonne personne'),
	('french', 'Barrage', 'gatekeeper', 'Barrage secrétaire'),
	('french', 'Hors cible', 'off_target', 'Hors cible'),
	('french', 'HC', 'off_target', 'Hors cible'),
	('french', 'Inexploitable', 'unusable', 'Langue, décès, doublon'),
	('french', 'Doublon', 'unusable', 'Fiche en double'),
	('french', 'RE', 'declined', 'Refus dentretien, avant largumentation'),
	('french', 'Refus dentretien', 'declined', 'Avant largumentation'),
	('french', 'CNA', 'declined', 'Contact non argumenté'),
	('french', 'RA', 'refused', 'Refus argumenté'),
	('french', 'Refus argumenté', 'refused', 'Après largumentation'),
	('french', 'CA-', 'refused', 'Contact argumenté négatif'),
	('french', 'REF ARG', 'refused', 'Refus argumenté'),
	('french', 'Pas intéressé', 'refused', 'Après largumentation'),
	('french', 'Argumenté', 'argued', 'Argumenté, sans résultat encore'),
	('french', 'R', 'callback', 'Rappel'),
	('french', 'Rappel', 'callback', 'Rappel'),
	('french', 'À rappeler', 'callback', 'Rappel'),
	('french', 'RL', 'undecided', 'Relance'),
	('french', 'Relance', 'undecided', 'Relance'),
	('french', 'Indécis', 'undecided', 'Indécis'),
	('french', 'INDÉCIS', 'undecided', 'Indécis'),
	('french', 'rdv', 'appointment', 'Rendez-vous'),
	('french', 'Rdv', 'appointment', 'Rendez-vous'),
	('french', 'RDV', 'appointment', 'Rendez-vous'),
	('french', 'Rendez-vous', 'appointment', 'Rendez-vous'),
	('french', 'RDV pris', 'appointment', 'Rendez-vous'),
	('french', 'Vente', 'direct_sale', 'Vente au téléphone'),
	('french', 'CA+', 'direct_sale', 'Contact argumenté positif'),
	('french', 'ACCORD', 'direct_sale', 'Accord'),
	('french', 'DON', 'direct_sale', 'Don'),
	('french', 'Vente validée', 'validated_direct_sale', 'Vente au téléphone, validée'),
	('french', 'Vente annulée', 'cancelled_direct_sale', 'Vente au téléphone, annulée'),
	('french', 'Ne plus contacter', 'do_not_call', 'Demande de la personne'),
	('french', 'Ne plus appeler', 'do_not_call', 'Demande de la personne'),
	('french', 'Liste noire', 'do_not_call', 'Demande de la personne'),
	('french', 'Bloctel', 'blocked', 'Liste dopposition, avant tout appel'),
	('french', 'Abandon', 'abandoned', 'Décroché, sans agent libre'),
	('french', 'Épuisé', 'exhausted', 'Toutes les tentatives faites'),
	('french', 'Échec', 'failed', 'Échec technique'),
	('english', 'New', 'new', 'Not called'),
	('english', 'No answer', 'no_answer', 'Nobody picked up'),
	('english', 'Busy', 'busy', 'Busy'),
	('english', 'Voicemail', 'machine', 'A machine answered'),
	('english', 'Answering machine', 'machine', 'A machine answered'),
	('english', 'Left voicemail', 'machine', 'A message was left'),
	('english', 'Disconnected', 'invalid_number', 'The number is not in service'),
	('english', 'Bad number', 'invalid_number', 'The number is not in service'),
	('english', 'Fax', 'invalid_number', 'A fax machine'),
	('english', 'Wrong number', 'wrong_party', 'The wrong person'),
	('english', 'Wrong person', 'wrong_party', 'The wrong person'),
	('english', 'No longer with company', 'wrong_party', 'The person has left'),
	('english', 'Gatekeeper', 'gatekeeper', 'Did not get past the switchboard'),
	('english', 'Not qualified', 'off_target', 'Not in the target'),
	('english', 'Off target', 'off_target', 'Not in the target'),
	('english', 'Duplicate', 'unusable', 'The lead is there twice'),
	('english', 'Language barrier', 'unusable', 'No common language'),
	('english', 'Deceased', 'unusable', 'Deceased'),
	('english', 'Hung up', 'declined', 'Before the offer was made'),
	('english', 'Hang up', 'declined', 'Before the offer was made'),
	('english', 'Declined', 'declined', 'Before the offer was made'),
	('english', 'Not interested', 'refused', 'After the offer was made'),
	('english', 'Refused', 'refused', 'After the offer was made'),
	('english', 'Do not call', 'do_not_call', 'Asked not to be called again'),
	('english', 'DNC list', 'blocked', 'On a do-not-call list, before a call'),
	('english', 'Callback', 'callback', 'To be called back'),
	('english', 'Call back', 'callback', 'To be called back'),
	('english', 'Follow up', 'undecided', 'Undecided'),
	('english', 'Undecided', 'undecided', 'Undecided'),
	('english', 'Answered', 'answered', 'Picked up'),
	('english', 'Connected', 'contact', 'A conversation, and no more is known'),
	('english', 'Pitched', 'argued', 'The offer was made'),
	('english', 'Appointment', 'appointment', 'A meeting is agreed'),
	('english', 'Meeting booked', 'appointment', 'A meeting is agreed'),
	('english', 'No show', 'no_show', 'Did not come to the meeting'),
	('english', 'Sale', 'direct_sale', 'Sold on the telephone'),
	('english', 'Closed won', 'sale', 'Sold after a meeting'),
	('english', 'Closed lost', 'lost', 'Lost after a meeting'),
	('english', 'Validated', 'validated_direct_sale', 'Sold on the telephone, validated'),
	('english', 'Cancelled', 'cancelled_direct_sale', 'Sold on the telephone, cancelled'),
	('english', 'Dropped', 'abandoned', 'A person answered, and no agent was free'),
	('english', 'Error', 'failed', 'The call could not be set up'),
	('english', 'Max attempts', 'exhausted', 'All attempts made');
