-- The report of a file's rows: the view campaign, whose outcomes are in the
-- column that the psql variable "column" names.

\pset footer off
\pset null '-'

select count(*) as rows, count(:"column") as rows_with_outcome from campaign;

-- every rate, beside the two numbers of rows that make it
create temp view total as
select *
from (
	select
		count(o) as rows,
		count(*) filter (where attempted) as attempted,
		count(*) filter (where reached(o, 'answered')) as answered,
		count(*) filter (where contact) as contact,
		count(*) filter (where argued) as argued,
		count(*) filter (where appointment) as appointment,
		count(*) filter (where sale) as sale,
		count(*) filter (where sale and appointment) as closing,
		count(*) filter (where wrong) as wrong,
		count(*) filter (where unfit) as unfit,
		count(*) filter (where not (wrong or unfit or blocked)) as potential,
		count(*) filter (where closed) as closed,
		count(*) filter (where not closed) as remaining,
		count(*) filter (where reached(o, 'abandoned')) as abandoned,
		count(*) filter (where refused) as refused,
		count(*) filter (where refused and argued) as argued_refused,
		count(*) filter (where reached(o, 'no_show')) as no_show,
		count(*) filter (where reached(o, 'validated') and not cancelled) as net,
		count(*) filter (where cancelled) as cancelled
	from (
		select :"column" as o, attempted, contact, argued, appointment, sale, closed, cancelled,
			reached(:"column", 'refused') and not sale as refused,
			(reached(:"column", 'invalid_number') or reached(:"column", 'wrong_party')) and not contact as wrong,
			reached(:"column", 'off_target') or reached(:"column", 'unusable') as unfit,
			reached(:"column", 'do_not_call') and not attempted as blocked
		from campaign,
			lateral (select
				reached(:"column", 'attempted') as attempted, reached(:"column", 'contact') as contact,
				reached(:"column", 'argued') as argued, reached(:"column", 'appointment') as appointment,
				reached(:"column", 'sale') as sale, reached(:"column", 'closed') as closed,
				reached(:"column", 'cancelled') as cancelled) milestone
		where :"column" is not null
	) r
) counted,
(
	select
		wrong_number_rate(:"column"), off_target_rate(:"column"), penetration_rate(:"column"),
		exploitation_rate(:"column"), remaining_rate(:"column"), answer_rate(:"column"),
		contact_rate(:"column"), argued_rate(:"column"), abandon_rate(:"column"),
		conversion_rate(:"column"), potential_conversion_rate(:"column"), contact_conversion_rate(:"column"),
		argued_conversion_rate(:"column"), appointment_rate(:"column"), refusal_rate(:"column"),
		contact_refusal_rate(:"column"), closing_rate(:"column"), no_show_rate(:"column"),
		net_sale_rate(:"column"), cancellation_rate(:"column"), net_conversion_rate(:"column"),
		calls(:"column"), answers(:"column"), contacts(:"column"), argued_contacts(:"column"),
		appointments(:"column"), sales(:"column"), net_sales(:"column"), refusals(:"column")
	from campaign
) kpi;

\echo 'RATES'
select family, kpi, round((100 * rate)::numeric, 1) as "%", numerator, denominator, definition
from total,
	lateral (values
		(1, 'targeting', 'wrong_number_rate', wrong_number_rate, wrong, attempted, 'wrong / attempted'),
		(2, 'targeting', 'off_target_rate', off_target_rate, unfit, attempted, 'unfit / attempted'),
		(3, 'targeting', 'penetration_rate', penetration_rate, attempted, rows, 'attempted / rows'),
		(4, 'targeting', 'exploitation_rate', exploitation_rate, closed, rows, 'closed / rows'),
		(5, 'targeting', 'remaining_rate', remaining_rate, remaining, rows, 'not closed / rows'),
		(6, 'reach', 'answer_rate', answer_rate, answered, attempted, 'answered / attempted'),
		(7, 'reach', 'contact_rate', contact_rate, contact, attempted, 'contact / attempted'),
		(8, 'reach', 'argued_rate', argued_rate, argued, contact, 'argued / contact'),
		(9, 'reach', 'abandon_rate', abandon_rate, abandoned, answered, 'abandoned / answered'),
		(10, 'sales', 'conversion_rate', conversion_rate, sale, rows, 'sale / rows'),
		(11, 'sales', 'potential_conversion_rate', potential_conversion_rate, sale, potential, 'sale / potential'),
		(12, 'sales', 'contact_conversion_rate', contact_conversion_rate, sale, contact, 'sale / contact'),
		(13, 'sales', 'argued_conversion_rate', argued_conversion_rate, sale, argued, 'sale / argued'),
		(14, 'sales', 'appointment_rate', appointment_rate, appointment, contact, 'appointment / contact'),
		(15, 'sales', 'refusal_rate', refusal_rate, argued_refused, argued, 'refused / argued'),
		(16, 'sales', 'contact_refusal_rate', contact_refusal_rate, refused, contact, 'refused / contact'),
		(17, 'net sales', 'closing_rate', closing_rate, closing, appointment, 'sale / appointment'),
		(18, 'net sales', 'no_show_rate', no_show_rate, no_show, appointment, 'no_show / appointment'),
		(19, 'net sales', 'net_sale_rate', net_sale_rate, net, sale, 'net / sale'),
		(20, 'net sales', 'cancellation_rate', cancellation_rate, cancelled, sale, 'cancelled / sale'),
		(21, 'net sales', 'net_conversion_rate', net_conversion_rate, net, rows, 'net / rows')
	) r (rank, family, kpi, rate, numerator, denominator, definition)
order by rank;

\echo 'VOLUMES'
select calls, answers, contacts, argued_contacts, appointments, sales, net_sales, refusals from total;
