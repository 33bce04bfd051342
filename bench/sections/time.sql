-- Occupancy, against sums by hand of integers and of intervals.

CREATE UNLOGGED TABLE days AS
SELECT i, (h % 300)::int AS talk, (h % 61)::int AS handle, (h % 7 * 60 + 300)::int AS worked,
	make_interval(secs => h % 300) AS talk_time, make_interval(secs => h % 61) AS handle_time, make_interval(secs => h % 7 * 60 + 300) AS worked_time
FROM (SELECT i, abs(hashint8(i)) AS h FROM calls) s;
VACUUM ANALYZE days;

INSERT INTO cases (name, query, base_name, base, limit_ratio) VALUES
	('occupancy, integer seconds', 'SELECT occupancy(talk, handle, worked) FROM days', 'count(talk)', 'SELECT count(talk) FROM days', 1.20),
	('the same', 'SELECT occupancy(talk, handle, worked) FROM days', 'sums by hand',
		'SELECT (sum(talk) + sum(handle))::float8 / nullif(sum(worked), 0) FROM days', NULL),
	('five KPIs over talk', 'SELECT talk_share(talk, worked), calls_per_hour(1, worked), calls_per_day(1, worked), average_talk_time(talk), talk_time(talk) FROM days',
		'sums by hand', 'SELECT sum(talk)::float8 / nullif(sum(worked), 0), count(*) * 3600.0 / nullif(sum(worked), 0),
			count(*)::float8 / nullif(count(*) FILTER (WHERE worked > 0), 0), avg(talk), sum(talk) FROM days', NULL),
	('occupancy, intervals', 'SELECT occupancy(talk_time, handle_time, worked_time) FROM days', 'sum(interval) by hand',
		'SELECT extract(epoch FROM sum(talk_time) + sum(handle_time)) / nullif(extract(epoch FROM sum(worked_time)), 0) FROM days', NULL),
	('occupancy, 100,000 groups', 'SELECT sum(o) FROM (SELECT occupancy(talk, handle, worked) AS o FROM days GROUP BY i % 100000) s', 'sums by hand',
		'SELECT sum(o) FROM (SELECT (sum(talk) + sum(handle))::float8 / nullif(sum(worked), 0) AS o FROM days GROUP BY i % 100000) s', NULL);
