-- Mixes, against GROUP BY.

INSERT INTO cases (name, query, base_name, base, limit_ratio) VALUES
	('mix of 16 items', 'SELECT count(*) FROM (SELECT (mix_items(mix(t))).* FROM calls) s', 'GROUP BY',
		'SELECT count(*) FROM (SELECT rank() OVER (ORDER BY count(*) DESC), t, count(*), count(*) / sum(count(*)) OVER () FROM calls GROUP BY t) s', NULL),
	('mix of 16 items in 500 groups', 'SELECT count(*) FROM (SELECT g500, mix(t) AS m FROM calls GROUP BY g500) s, mix_items(m)', 'GROUP BY',
		'SELECT count(*) FROM (SELECT rank() OVER (PARTITION BY g500 ORDER BY count(*) DESC), t, count(*), count(*) / sum(count(*)) OVER (PARTITION BY g500)
			FROM calls GROUP BY g500, t) s', NULL),
	('mix of a million items', 'SELECT count(*) FROM (SELECT (mix_items(mix(lead_text))).* FROM calls) s', 'GROUP BY',
		'SELECT count(*) FROM (SELECT rank() OVER (ORDER BY count(*) DESC), lead_text, count(*), count(*) / sum(count(*)) OVER () FROM calls GROUP BY lead_text) s', NULL);
