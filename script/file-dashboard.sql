-- Fills the dashboard's tables with the file of script/demo: one campaign, of
-- its name, by period and by what --by and --segment have, and the hours of its calls. Needs the views of file-rows.sql
-- and the tables of examples/dashboard.

\set ON_ERROR_STOP on

insert into dashboard.cards
select :'campaign', day, part, card from public.cards_page;
insert into dashboard.segments
select :'campaign', day, part, card from public.segments_page;
insert into dashboard.slots
select :'campaign', day, slot, card from public.slots_page;

select dashboard.refresh();
