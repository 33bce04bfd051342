-- Makes the view campaign of the table file: its columns, and the outcome that
-- the psql variable "outcome", an SQL expression over them, gives each row.
-- The view's column is named in the psql variable "column".

select
	case when exists (select from pg_attribute where attrelid = 'file'::regclass and attname = 'outcome')
		then 'kpi_outcome' else 'outcome' end as column,
	set_config('kpi_demo.outcome', :'outcome', false) is null as unused
\gset
select set_config('kpi_demo.column', :'column', false) is null as unused \gset

do $$
declare
	-- the expression may end in a comment
	query text := format(E'select file.*, (%s\n)::text::outcome as %I from file',
		current_setting('kpi_demo.outcome'), current_setting('kpi_demo.column'));
	known bigint;
	message text;
	hint text;
	code text;
begin
	begin
		-- a loop takes one query only, so that no second one can hide in the text
		for known in execute format('select count(%I) from (%s offset 0) campaign', current_setting('kpi_demo.column'), query) loop
			null;
		end loop;
		execute format('create view campaign as %s', query);
	exception when others then
		get stacked diagnostics message = message_text, hint = pg_exception_hint, code = returned_sqlstate;
		if code = '42703' then
			select 'the file''s columns are ' || string_agg(quote_ident(attname), ', ' order by attnum) into hint
			from pg_attribute
			where attrelid = 'file'::regclass and attnum > 0;
		end if;
		if hint = '' then
			raise exception using message = message;
		end if;
		raise exception using message = message, hint = hint;
	end;
	if known = 0 then
		raise exception using message = 'the expression is NULL on every row';
	end if;
end
$$;
