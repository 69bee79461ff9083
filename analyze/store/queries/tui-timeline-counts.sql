-- How many entries, and how bad, in each of the histogram's columns.
SELECT CAST((t.at - :from) * :columns / :span AS INTEGER) AS place, count(*) AS entries, max(t.severity) AS severity
FROM timeline t WHERE t.at >= :from AND t.at < :from + :span AND t.severity > 0 GROUP BY 1
