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

CREATE FUNCTION kpi_internal.kpi_disposition_guard() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION kpi_internal.kpi_disposition_guard() IS
	'internal: keeps the stock rows of kpi_disposition';

-- a statement on kpi_disposition reaches them too
CREATE TRIGGER kpi_disposition_guard
	BEFORE INSERT OR UPDATE OR DELETE ON kpi_disposition_stock
	FOR EACH ROW EXECUTE FUNCTION kpi_internal.kpi_disposition_guard();
COMMENT ON TRIGGER kpi_disposition_guard ON kpi_disposition_stock IS 'keeps the stock rows';

CREATE TRIGGER kpi_disposition_guard_truncate
	BEFORE TRUNCATE ON kpi_disposition_stock
	FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_disposition_guard();
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

CREATE FUNCTION kpi_internal.kpi_disposition_known(source text, code text) RETURNS outcome
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION kpi_internal.kpi_disposition_known(text, text) IS
	'internal: the outcome that kpi_disposition gives to a source''s code; NULL for a code, or a source, that is not there';

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

-- The stock codes. A note says what the source calls a code and, where its name
-- leaves room, why it has its outcome.

-- The statuses of a fresh installation, each by its name and its description:
-- the flags beside them contradict one another.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'vicidial', code, outcome::outcome, note FROM (VALUES
	('NEW', 'new', 'New lead'),
	('QUEUE', 'new', 'Lead to be called: about to be sent to an agent, and nothing has come of it yet'),
	('INCALL', 'new', 'Lead being called: nothing has come of it yet'),
	('DROP', 'abandoned', 'Agent not available: a person answered, and the call was dropped'),
	('XDROP', 'abandoned', 'Agent not available, inbound: dropped while the caller was waiting'),
	('NA', 'no_answer', 'No answer, found by the dialer: also where the carrier gave no other signal'),
	('CALLBK', 'callback', 'Call back'),
	('CBHOLD', 'callback', 'Call back hold: its hour has not yet come'),
	('A', 'machine', 'Answering machine, found by the agent'),
	('AA', 'machine', 'Answering machine, found by the dialer; its answering_machine flag is N'),
	('AM', 'machine', 'Answering machine, sent to a message'),
	('AL', 'machine', 'Answering machine, message played'),
	('AFAX', 'invalid_number', 'Fax machine, found by the dialer: nobody can be reached there'),
	('AB', 'busy', 'Busy, found by the dialer'),
	('B', 'busy', 'Busy, found by the agent'),
	('DC', 'invalid_number', 'Disconnected number, found by the agent'),
	('ADC', 'invalid_number', 'Disconnected number, found by the dialer'),
	('DEC', 'refused', 'Declined sale: the offer was made; its not_interested flag is N'),
	('DNC', 'do_not_call', 'Do not call, asked for in the call: a contact, though its customer_contact flag is N'),
	('DNCL', 'blocked', 'Do not call, matched with the system''s list before a call'),
	('DNCC', 'blocked', 'Do not call, matched with the campaign''s list before a call'),
	('SALE', 'direct_sale', 'Sale made, on the telephone: a contact, though its customer_contact flag is N'),
	('N', 'no_answer', 'No answer, found by the agent'),
	('NI', 'refused', 'Not interested: the offer was made'),
	('NP', 'declined', 'No pitch, no price: a conversation in which no offer was made; its customer_contact flag is N'),
	('PU', 'answered', 'Call picked up, and not yet with an agent'),
	('PM', 'answered', 'Played message: a broadcast or a survey played it to the customer'),
	('XFER', 'argued', 'Call transferred to a closer, whose own call has the result'),
	('ERI', 'failed', 'Agent error: the agent left before saying what came of the call'),
	('SVYEXT', 'answered', 'Survey sent to an extension'),
	('SVYVM', 'answered', 'Survey sent to a voice mailbox, on a key that the person pressed'),
	('SVYHU', 'answered', 'Survey hung up'),
	('SVYREC', 'answered', 'Survey sent to a recording'),
	('QVMAIL', 'abandoned', 'Queue abandoned, voicemail left: no agent was free'),
	('RQXFER', 'answered', 'Re-queue: sent back to wait for an agent'),
	('TIMEOT', 'abandoned', 'Inbound queue timeout drop'),
	('AFTHRS', 'abandoned', 'Inbound after hours drop'),
	('NANQUE', 'abandoned', 'Inbound drop, no agent logged in and no queue'),
	('PDROP', 'abandoned', 'Outbound pre-routing drop: hung up the instant it was answered'),
	('IVRXFR', 'abandoned', 'Outbound drop to a call menu: no agent was free'),
	('SVYCLM', 'answered', 'Survey sent to a call menu'),
	('MLINAT', 'new', 'Multi-lead, set inactive when another number of the person was reached: no call of its own, though its human_answered flag is Y'),
	('MAXCAL', 'abandoned', 'Inbound maximum calls drop'),
	('LRERR', 'failed', 'Outbound local channel resolution error: no call came about, though its human_answered flag is Y'),
	('QCFAIL', 'callback+undecided', 'Quality control failed, to be called back: the offer was made, and the sale does not stand yet'),
	('ADCT', 'failed', 'Disconnected number, temporary: the carrier was congested, and the number may be good'),
	('LSMERG', 'new', 'Old lead, merged with the one that the agent found: no call of its own')
) v(code, outcome, note);

-- What VICIdial writes where Sangoma's call progress detection is in use.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'sangoma_cpd', code, outcome::outcome, note FROM (VALUES
	('CPDATB', 'failed', 'All trunks busy: our side had no line'),
	('CPDB', 'busy', 'Busy'),
	('CPDNA', 'no_answer', 'No answer'),
	('CPDREJ', 'failed', 'Reject, by the network or the telephone'),
	('CPDINV', 'invalid_number', 'Invalid number'),
	('CPDSUA', 'failed', 'Service unavailable'),
	('CPDSI', 'invalid_number', 'Special information tone, intercept: changed or disconnected number'),
	('CPDSNC', 'failed', 'Special information tone, no circuit'),
	('CPDSR', 'failed', 'Special information tone, reorder: congestion'),
	('CPDSUK', 'failed', 'Special information tone, unknown: no call came about, whatever the tone meant'),
	('CPDSV', 'invalid_number', 'Special information tone, vacant code: the number is not in use'),
	('CPDUK', 'attempted', 'Unknown: called, and no more is known'),
	('CPDERR', 'failed', 'Error of the detection')
) v(code, outcome, note);

-- The system outcomes of a calling list's export; those from 200 on are what
-- the agent, not the dialer, detected.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'nice_cxone', code, outcome::outcome, note FROM (VALUES
	('0', 'answered', 'Live call, unspecified'),
	('1', 'machine', 'Answering machine'),
	('2', 'machine', 'Auto attendant: a menu or another automatic service answered'),
	('3', 'invalid_number', 'Fax: nobody can be reached there'),
	('4', 'invalid_number', 'Modem: nobody can be reached there'),
	('5', 'machine', 'Unknown machine'),
	('6', 'attempted', 'Other non-live: nobody was reached, and no more is known'),
	('33', 'machine', 'Answering machine, left message'),
	('101', 'callback', 'Reschedule: asked to be called back'),
	('102', 'refused', 'Refusal of the proposition, which was made'),
	('103', 'wrong_party', 'Wrong number: a person answered there'),
	('104', 'gatekeeper', 'Wrong person: the one asked for was not available; wrong_party is the better outcome where nobody asks for him again'),
	('105', 'direct_sale', 'Commitment: a sale, a promise to pay or another result; override it where it is less than a sale'),
	('106', 'do_not_call', 'Do not call, for this campaign'),
	('107', 'do_not_call', 'Do not call ever'),
	('120', 'contact', 'Other live: a conversation that has no class'),
	('200', 'new', 'Not made: the agent did not dial'),
	('201', 'busy', 'Busy'),
	('202', 'no_answer', 'No answer'),
	('203', 'invalid_number', 'Fax: nobody can be reached there'),
	('204', 'invalid_number', 'Modem: nobody can be reached there'),
	('205', 'machine', 'Answering machine'),
	('206', 'failed', 'Call failure'),
	('220', 'invalid_number', 'Number unobtainable'),
	('221', 'failed', 'Out of order: the number may be good'),
	('222', 'invalid_number', 'Changed number'),
	('223', 'failed', 'Incoming calls barred'),
	('224', 'failed', 'Call rejected')
) v(code, outcome, note);

-- NICE's dispositions have numbers of their own, from 1 on, which mean other
-- things than its outcomes' numbers. Left out are 6, which is anything that
-- needs no more work, and 26 and 27, records kept from being called.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'nice_dispositions', code, outcome::outcome, note FROM (VALUES
	('1', 'direct_sale', 'Positive, with an amount'),
	('2', 'argued', 'Positive, without an amount: override it by what it stands for, such as an appointment'),
	('3', 'do_not_call', 'Negative: asked not to be called again for this skill'),
	('4', 'do_not_call', 'Negative: asked not to be called again at all'),
	('5', 'refused', 'Negative: declined is the better outcome where no offer was made'),
	('7', 'callback', 'Retry: rescheduled, with the same agent'),
	('8', 'callback', 'Retry: rescheduled, at a given time'),
	('9', 'callback', 'Retry: rescheduled, at no given time'),
	('10', 'gatekeeper', 'Retry: the person asked for was not available'),
	('11', 'machine', 'Retry: answering machine, found by the agent'),
	('12', 'machine', 'Final: answering machine, a message was all that was wanted'),
	('13', 'invalid_number', 'Fax machine, found by the agent: nobody can be reached there'),
	('14', 'machine', 'Answering machine, message played by the dialer'),
	('15', 'busy', 'Busy, found by the dialer'),
	('16', 'failed', 'Error: the network could not place the call'),
	('17', 'invalid_number', 'Fax machine, found by the dialer: nobody can be reached there'),
	('18', 'invalid_number', 'Bad number, found by the dialer'),
	('19', 'machine', 'Answering machine, found by the dialer, no message played'),
	('20', 'no_answer', 'No answer in time'),
	('21', 'invalid_number', 'Number changed: it is nobody''s now'),
	('22', 'invalid_number', 'Disconnected number'),
	('23', 'failed', 'No line was free'),
	('24', 'abandoned', 'Abandoned by the called party before an agent was there'),
	('25', 'attempted', 'Ended by the agent before anybody was connected')
) v(code, outcome, note);

-- The statuses that Convoso itself sets; what agents choose from, each account
-- defines.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'convoso', code, outcome::outcome, note FROM (VALUES
	('NEW', 'new', 'New lead'),
	('INCALL', 'new', 'Lead being called: nothing has come of it yet'),
	('NA', 'no_answer', 'No answer, found by the dialer'),
	('CPDNA', 'no_answer', 'No answer, found by call progress detection'),
	('B', 'busy', 'Busy, found by the dialer'),
	('CPDB', 'busy', 'Busy, found by call progress detection'),
	('AA', 'machine', 'Answering machine, detected'),
	('AM', 'machine', 'Answering machine, sent to a message'),
	('AL', 'machine', 'Answering machine, message played'),
	('AFAX', 'invalid_number', 'Fax machine: nobody can be reached there'),
	('DC', 'invalid_number', 'Disconnected number'),
	('CPDINV', 'invalid_number', 'Invalid number, found by call progress detection'),
	('CPDSI', 'invalid_number', 'Special tone: intercepted, found by call progress detection'),
	('CG', 'failed', 'Congestion: the number may be good'),
	('CGT', 'failed', 'Congestion for a time: the number may be good'),
	('CGO', 'failed', 'Congestion: the account was out of minutes'),
	('CPDATB', 'failed', 'All trunks busy'),
	('CPDREJ', 'failed', 'Call rejected'),
	('CIDB', 'failed', 'The caller''s number was blocked'),
	('DROP', 'abandoned', 'Agent not available: a person answered, and the call was dropped'),
	('XDROP', 'abandoned', 'Abandoned in the queue'),
	('PDROP', 'abandoned', 'Dropped before it was routed'),
	('CALLHU', 'answered', 'The other party hung up'),
	('DNC', 'do_not_call', 'Do not call, asked for in the call'),
	('DNCL', 'blocked', 'Do not call, matched with a list before a call'),
	('DNCC', 'blocked', 'Do not call, matched with the campaign''s list before a call')
) v(code, outcome, note);

-- The categories that every wrap-up code of PureConnect's dialer belongs to, and
-- codes that the dialer itself sets.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'genesys_pureconnect', code, outcome::outcome, note FROM (VALUES
	('Ambiguous', 'attempted', 'No result came back: called, and no more is known'),
	('Ambiguous - Agent Connection Broken', 'attempted', 'The agent was disconnected: no more is known'),
	('Ambiguous - Agent Logout', 'attempted', 'The agent left without a result'),
	('Ambiguous - Agent Received a New Call', 'attempted', 'The agent went on without a result'),
	('Busy', 'busy', 'Busy'),
	('Busy - Busy Signal', 'busy', 'Busy signal'),
	('Busy - Remote Busy', 'busy', 'Busy signal'),
	('Busy - Not Reached', 'busy', 'Busy signal'),
	('Busy - Disconnect before Analysis', 'busy', 'Busy signal, and the call ended before it was analysed'),
	('Busy - SIT Callable', 'busy', 'Busy signal'),
	('Deleted', 'do_not_call', 'Asked to be taken off the list'),
	('Failure', 'refused', 'A live party, and not what the campaign is for: declined is the better outcome where no offer was made'),
	('Failure - Timeout', 'failed', 'The call timed out'),
	('Fax', 'invalid_number', 'Fax machine: nobody can be reached there'),
	('Fax - System Hang Up on Fax', 'invalid_number', 'Fax machine, which the dialer hung up on'),
	('Machine', 'machine', 'Machine, of no certain kind'),
	('Machine - Answering Machine', 'machine', 'Answering machine'),
	('Machine - Recording played to Machine', 'machine', 'Answering machine, message played'),
	('Machine - System Hang up on Machine', 'machine', 'Answering machine, which the dialer hung up on'),
	('Machine - Recording played to Fax', 'invalid_number', 'Fax machine, which the message was played to'),
	('Machine - System Hang up on Fax', 'invalid_number', 'Fax machine, which the dialer hung up on'),
	('No Answer', 'no_answer', 'No answer'),
	('No Lines', 'failed', 'No line was free')
) v(code, outcome, note);

-- The codes that Genesys Cloud's dialer itself sets, those that say what came of
-- the call. Left out are those of calls that never got to an agent, of which
-- it is not said whether a person had answered: FAILED-TO-REACH-AGENT,
-- FAILED-TO-REACH-FLOW, TRANSFERRED-TO-QUEUE, and those of an agent who gave none.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'genesys_cloud', code, outcome::outcome, note FROM (VALUES
	('ININ-OUTBOUND-AMBIGUOUS', 'attempted', 'Ambiguous: called, and no more is known'),
	('ININ-OUTBOUND-BUSY', 'busy', 'Busy'),
	('ININ-OUTBOUND-DISCONNECT', 'attempted', 'Disconnected: called, and not said to be answered'),
	('ININ-OUTBOUND-DNC-AUTHENTICATION-FAILED', 'new', 'Not called: the service of the do-not-call list did not let it be asked'),
	('ININ-OUTBOUND-DNC-SKIPPED', 'blocked', 'Do not call, matched with a list where an agent wanted to call'),
	('ININ-OUTBOUND-FAX', 'invalid_number', 'Fax machine: nobody can be reached there'),
	('ININ-OUTBOUND-INVALID-PHONE-NUMBER', 'invalid_number', 'Too short to be a number'),
	('ININ-OUTBOUND-MACHINE', 'machine', 'Answering machine'),
	('ININ-OUTBOUND-NO-ANSWER', 'no_answer', 'No answer'),
	('ININ-OUTBOUND-ON-DO-NOT-CALL-LIST', 'blocked', 'Do not call, matched with a list before a call'),
	('ININ-OUTBOUND-PREVIEW-ERROR-PHONE-NUMBER', 'invalid_number', 'No valid number'),
	('ININ-OUTBOUND-PREVIEW-SKIPPED', 'new', 'Not called: the agent skipped it'),
	('ININ-OUTBOUND-SIT-CALLABLE', 'failed', 'Special tone: the number may be good'),
	('ININ-OUTBOUND-SIT-UNCALLABLE', 'invalid_number', 'Special tone: the dialer will not call the number again')
) v(code, outcome, note);

-- Statuses of deals; stages are each account's own.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'pipedrive', code, outcome::outcome, note FROM (VALUES
	('open', 'argued', 'Deal: open, and its stage says how far; appointment is the better outcome where a meeting opens it'),
	('won', 'sale', 'Deal: won; direct_sale is the better outcome where you sell without meetings'),
	('lost', 'lost', 'Deal: lost; refused is the better outcome where you sell without meetings')
) v(code, outcome, note);

INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'asterisk_cdr', code, outcome::outcome, note FROM (VALUES
	('ANSWERED', 'answered', 'Answered, by a voicemail perhaps: the record cannot tell, so it is no contact'),
	('NO ANSWER', 'no_answer', 'No answer'),
	('BUSY', 'busy', 'Busy'),
	('FAILED', 'failed', 'Failed: the call could not be set up'),
	('CONGESTION', 'failed', 'Congestion: no line was free')
) v(code, outcome, note);

-- The statuses of the call centre module's calls; what an agent learnt is in
-- its forms.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'issabel', code, outcome::outcome, note FROM (VALUES
	('Placing', 'attempted', 'Being placed: nothing has come of it yet'),
	('Dialing', 'attempted', 'Being dialled: nothing has come of it yet'),
	('Ringing', 'attempted', 'Rings: nothing has come of it yet'),
	('OnQueue', 'answered', 'Answered, and waiting for an agent'),
	('OnHold', 'answered', 'Put on hold by the agent'),
	('Success', 'answered', 'An agent was connected, with whomever or whatever had answered'),
	('Hangup', 'answered', 'Ended after an agent was connected'),
	('Failure', 'failed', 'The call could not be set up'),
	('NoAnswer', 'no_answer', 'No answer'),
	('ShortCall', 'answered', 'Ended within seconds of being connected'),
	('Abandoned', 'abandoned', 'Answered, and ended before an agent was free')
) v(code, outcome, note);

-- hs_call_disposition has the identifier, a report the name.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'hubspot', code, outcome::outcome, note FROM (VALUES
	('9d9162e7-6cf3-4944-bf63-4dff82258764', 'Busy', 'busy', 'Busy'),
	('f240bbac-87c9-4f6e-bf70-924b57d47db7', 'Connected', 'contact', 'Connected: a conversation, and no more is known'),
	('a4c4c377-d246-4b32-a13b-75a56a4cd0ff', 'Left live message', 'gatekeeper', 'Left live message: with another person'),
	('b2cf5968-551e-4856-9783-52b3da59a7d0', 'Left voicemail', 'machine', 'Left voicemail'),
	('73a0d17f-1163-4015-bdd5-ec830791da20', 'No answer', 'no_answer', 'No answer'),
	('17b47fee-58de-441e-a44c-c6300d46f273', 'Wrong number', 'wrong_party', 'Wrong number: a person answered there')
) v(id, name, outcome, note), LATERAL (VALUES (id), (name)) c(code);

INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'close', code, outcome::outcome, note FROM (VALUES
	('answered', 'answered', 'Answered; what came of it is in outcome_id'),
	('no-answer', 'no_answer', 'Not answered'),
	('vm-answer', 'machine', 'Sent to voicemail, and no message left'),
	('vm-left', 'machine', 'Voicemail left'),
	('busy', 'busy', 'Busy'),
	('blocked', 'failed', 'Close did not let the call take place, as with an invalid number'),
	('error', 'failed', 'Error of Close or of the carrier'),
	('abandoned', 'abandoned', 'Answered, and no agent was free')
) v(code, outcome, note);

-- Opportunities: what is won or lost there comes after a meeting.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT source, code, outcome::outcome, note FROM (VALUES
	('Prospecting', 'contact', 'Opportunity open, and no offer made yet'),
	('Qualification', 'argued', 'Opportunity open, and interest shown'),
	('Needs Analysis', 'appointment', 'Needs are discussed, which takes a meeting'),
	('Value Proposition', 'appointment', 'The offer is presented, which takes a meeting'),
	('Id. Decision Makers', 'appointment', 'After the first meeting, in the order of the stages'),
	('Perception Analysis', 'appointment', 'After the first meeting, in the order of the stages'),
	('Proposal/Price Quote', 'appointment', 'A quote is out'),
	('Negotiation/Review', 'appointment', 'Terms are discussed'),
	('Closed Won', 'sale', 'Won; direct_sale is the better outcome where you sell without meetings'),
	('Closed Lost', 'lost', 'Lost; refused is the better outcome where you sell without meetings')
) v(code, outcome, note), (VALUES ('salesforce'), ('suitecrm')) s(source);

INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT 'espocrm', code, outcome::outcome, note FROM (VALUES
	('Prospecting', 'contact', 'Opportunity: open, and no offer made yet'),
	('Qualification', 'argued', 'Opportunity: open, and interest shown'),
	('Proposal', 'appointment', 'Opportunity: a proposal is out'),
	('Negotiation', 'appointment', 'Opportunity: terms are discussed'),
	('Closed Won', 'sale', 'Opportunity: won; direct_sale is the better outcome where you sell without meetings'),
	('Closed Lost', 'lost', 'Opportunity: lost; refused is the better outcome where you sell without meetings'),
	('New', 'new', 'Lead: new'),
	('Assigned', 'new', 'Lead: given to an agent, and not yet called'),
	('In Process', 'attempted', 'Lead: being worked, and no more is known'),
	('Converted', 'argued', 'Lead: became an opportunity'),
	('Recycled', 'attempted', 'Lead: kept for later, and no more is known'),
	('Dead', 'exhausted', 'Lead: given up, and why is not known'),
	('Planned', 'new', 'Call: planned'),
	('Held', 'contact', 'Call: held, and no more is known'),
	('Not Held', 'no_answer', 'Call: not held')
) v(code, outcome, note);

-- The words of no tool in particular, as people write them: with and without
-- capitals and accents.
INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT DISTINCT 'french', spelling, outcome::outcome, note FROM (VALUES
	('À appeler', 'new', 'Fiche neuve'),
	('Nouveau', 'new', 'Fiche neuve'),
	('Nouvelle', 'new', 'Fiche neuve'),
	('Échec', 'failed', 'Échec technique'),
	('Échec technique', 'failed', 'Échec technique'),
	('NRP', 'no_answer', 'Ne répond pas'),
	('Ne répond pas', 'no_answer', 'Ne répond pas'),
	('Absent', 'no_answer', 'Personne n''a décroché'),
	('Pas de réponse', 'no_answer', 'Personne n''a décroché'),
	('Sans réponse', 'no_answer', 'Personne n''a décroché'),
	('Occ', 'busy', 'Occupé'),
	('Occupé', 'busy', 'Occupé'),
	('Rep', 'machine', 'Répondeur'),
	('Répondeur', 'machine', 'Répondeur'),
	('Messagerie', 'machine', 'Répondeur'),
	('Épuisé', 'exhausted', 'Toutes les tentatives faites'),
	('FN', 'invalid_number', 'Faux numéro'),
	('Faux numéro', 'invalid_number', 'Faux numéro'),
	('Mauvais num', 'invalid_number', 'Mauvais numéro : wrong_party si une personne répond'),
	('Mauvais numéro', 'invalid_number', 'Mauvais numéro : wrong_party si une personne répond'),
	('Numéro invalide', 'invalid_number', 'Faux numéro'),
	('Non attribué', 'invalid_number', 'Numéro non attribué'),
	('Bloctel', 'blocked', 'Liste d''opposition, avant tout appel'),
	('Abandon', 'abandoned', 'Décroché, sans agent libre'),
	('Mauvais interlocuteur', 'wrong_party', 'Pas la bonne personne'),
	('Barrage', 'gatekeeper', 'Barrage du secrétariat'),
	('Barrage secrétaire', 'gatekeeper', 'Barrage du secrétariat'),
	('Hors cible', 'off_target', 'Hors cible'),
	('HC', 'off_target', 'Hors cible'),
	('Inexploitable', 'unusable', 'Langue, décès, doublon'),
	('Doublon', 'unusable', 'Fiche en double'),
	('Décédé', 'unusable', 'Décès'),
	('RE', 'declined', 'Refus d''entretien, avant l''argumentation'),
	('Refus d''entretien', 'declined', 'Avant l''argumentation'),
	('CNA', 'declined', 'Contact non argumenté'),
	('Raccroche', 'declined', 'Raccroche avant l''argumentation'),
	('Ne plus contacter', 'do_not_call', 'Demande de la personne'),
	('Ne plus appeler', 'do_not_call', 'Demande de la personne'),
	('Ne pas rappeler', 'do_not_call', 'Demande de la personne'),
	('Liste noire', 'do_not_call', 'Demande de la personne'),
	('R', 'callback', 'Rappel'),
	('Rappel', 'callback', 'Rappel'),
	('À rappeler', 'callback', 'Rappel'),
	('Argumenté', 'argued', 'Argumenté, sans résultat encore'),
	('Contact argumenté', 'argued', 'Argumenté, sans résultat encore'),
	('CA', 'argued', 'Contact argumenté, sans résultat encore'),
	('RL', 'undecided', 'Relance'),
	('Relance', 'undecided', 'Relance'),
	('À relancer', 'undecided', 'Relance'),
	('Indécis', 'undecided', 'Indécis'),
	('Prématuré', 'undecided', 'Trop tôt : à relancer'),
	('Envoi de document', 'undecided', 'Veut lire avant de décider : à relancer'),
	('RA', 'refused', 'Refus argumenté'),
	('Refus argumenté', 'refused', 'Après l''argumentation'),
	('Refus', 'refused', 'Après l''argumentation ; declined s''il vient avant'),
	('CA-', 'refused', 'Contact argumenté négatif'),
	('REF ARG', 'refused', 'Refus argumenté'),
	('Pas intéressé', 'refused', 'Après l''argumentation ; declined s''il vient avant'),
	('Rdv', 'appointment', 'Rendez-vous'),
	('RDV pris', 'appointment', 'Rendez-vous'),
	('Rendez-vous', 'appointment', 'Rendez-vous'),
	('Rendez-vous pris', 'appointment', 'Rendez-vous'),
	('DO', 'appointment', 'Rendez-vous'),
	('RDV non honoré', 'no_show', 'Rendez-vous non honoré'),
	('Rendez-vous non honoré', 'no_show', 'Rendez-vous non honoré'),
	('RDV perdu', 'lost', 'Refus au rendez-vous'),
	('Vente', 'direct_sale', 'Vente au téléphone ; sale si elle vient d''un rendez-vous'),
	('CA+', 'direct_sale', 'Contact argumenté positif ; appointment si l''on vend des rendez-vous'),
	('Accord', 'direct_sale', 'Accord'),
	('Don', 'direct_sale', 'Don'),
	('Vente validée', 'validated_direct_sale', 'Vente au téléphone, validée'),
	('Vente annulée', 'cancelled_direct_sale', 'Vente au téléphone, annulée')
) v(code, outcome, note),
	-- by letter, so that no locale has a say in it, nor an encoding in which a
	-- letter is several characters
	LATERAL (SELECT
		replace(replace(translate(code, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), 'À', 'à'), 'É', 'é') AS lower,
		replace(replace(translate(code, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), 'à', 'À'), 'é', 'É') AS upper) cased,
	unnest(ARRAY[code, lower, upper]) accented,
	LATERAL (VALUES (accented), (replace(replace(replace(replace(accented, 'À', 'A'), 'É', 'E'), 'à', 'a'), 'é', 'e'))) s(spelling);

INSERT INTO kpi_disposition_stock (source, code, outcome, note)
SELECT DISTINCT 'english', spelling, outcome::outcome, note FROM (VALUES
	('New', 'new', 'Not called'),
	('Not called', 'new', 'Not called'),
	('Failed', 'failed', 'The call could not be set up'),
	('Error', 'failed', 'The call could not be set up'),
	('No answer', 'no_answer', 'Nobody picked up'),
	('Busy', 'busy', 'Busy'),
	('Voicemail', 'machine', 'A machine answered'),
	('Answering machine', 'machine', 'A machine answered'),
	('Machine', 'machine', 'A machine answered'),
	('Left voicemail', 'machine', 'A message was left'),
	('Max attempts', 'exhausted', 'All attempts made'),
	('Disconnected', 'invalid_number', 'The number is not in service'),
	('Not in service', 'invalid_number', 'The number is not in service'),
	('Bad number', 'invalid_number', 'The number is not in service'),
	('Invalid number', 'invalid_number', 'The number is not in service'),
	('Fax', 'invalid_number', 'A fax machine'),
	('DNC list', 'blocked', 'On a do-not-call list, before a call'),
	('Answered', 'answered', 'Picked up, and no more is known'),
	('Dropped', 'abandoned', 'A person answered, and no agent was free'),
	('Abandoned', 'abandoned', 'A person answered, and no agent was free'),
	('Wrong number', 'wrong_party', 'A person answered, and not the one who was called'),
	('Wrong person', 'wrong_party', 'A person answered, and not the one who was called'),
	('No longer with company', 'wrong_party', 'The person has left'),
	('Gatekeeper', 'gatekeeper', 'Did not get past the switchboard'),
	('Connected', 'contact', 'A conversation, and no more is known'),
	('Not qualified', 'off_target', 'Not in the target'),
	('Off target', 'off_target', 'Not in the target'),
	('Duplicate', 'unusable', 'The lead is there twice'),
	('Language barrier', 'unusable', 'No common language'),
	('Deceased', 'unusable', 'Deceased'),
	('Hung up', 'declined', 'Before the offer was made'),
	('Hang up', 'declined', 'Before the offer was made'),
	('Declined', 'declined', 'Before the offer was made; refused if after it'),
	('Do not call', 'do_not_call', 'Asked not to be called again'),
	('DNC', 'do_not_call', 'Asked not to be called again; blocked if on a list before a call'),
	('Callback', 'callback', 'To be called back'),
	('Call back', 'callback', 'To be called back'),
	('Rescheduled', 'callback', 'To be called back'),
	('Pitched', 'argued', 'The offer was made'),
	('Follow up', 'undecided', 'To be followed up'),
	('Undecided', 'undecided', 'To be followed up'),
	('Not interested', 'refused', 'After the offer was made; declined if before it'),
	('Refused', 'refused', 'After the offer was made'),
	('Appointment', 'appointment', 'A meeting is agreed'),
	('Appointment set', 'appointment', 'A meeting is agreed'),
	('Meeting booked', 'appointment', 'A meeting is agreed'),
	('No show', 'no_show', 'Did not come to the meeting'),
	('Closed lost', 'lost', 'Lost after a meeting'),
	('Closed won', 'sale', 'Sold after a meeting'),
	('Sale', 'direct_sale', 'Sold on the telephone; sale if after a meeting'),
	('Sold', 'direct_sale', 'Sold on the telephone; sale if after a meeting'),
	('Validated', 'validated_direct_sale', 'Sold on the telephone, validated'),
	('Cancelled', 'cancelled_direct_sale', 'Sold on the telephone, cancelled'),
	('Canceled', 'cancelled_direct_sale', 'Sold on the telephone, cancelled')
) v(code, outcome, note),
	LATERAL (SELECT
		translate(code, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') AS lower,
		translate(code, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') AS upper) cased,
	unnest(ARRAY[code, initcap(lower COLLATE "C"), lower, upper, translate(lower, ' ', '_'), translate(upper, ' ', '_')]) spelling;
