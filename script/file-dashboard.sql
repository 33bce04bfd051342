-- Fills the dashboard's tables with the file of script/demo: one campaign, of
-- its name, by period and by what --by has. Needs the views of file-rows.sql
-- and the tables of examples/dashboard.

\set ON_ERROR_STOP on

insert into dashboard.cards
select :'campaign', day, agent, card from public.cards_page;

select dashboard.refresh();
