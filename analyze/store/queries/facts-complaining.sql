-- Containers whose log complains, since a moment, at least so often: by the level of a line, or, as many programs write
-- none, by how one of its last lines says that something cannot be reached, or is the end of an error that was printed
-- over many: set in, or a closing brace.
WITH given(since, least) AS (VALUES (?, ?))
SELECT namespace, pod, container, previous, sum(lines) AS lines
FROM (
  SELECT t.file_id, l.namespace, l.pod, l.container, l.previous, count(*) AS lines
  FROM log_text t JOIN log_files l USING (file_id)
  WHERE t.level >= 3 AND t.at >= (SELECT since FROM given)
  GROUP BY t.file_id
  UNION ALL
  SELECT l.file_id, l.namespace, l.pod, l.container, l.previous, count(*)
  FROM log_files l JOIN log_text t ON t.id BETWEEN max(l.last_id - 3, l.first_id) AND l.last_id
  WHERE t.level < 3 AND t.at >= (SELECT since FROM given) AND (
    unicode(t.text) IN (9, 32, 125) OR t.text GLOB '*Error:*' OR t.text GLOB '*Exception:*'
    OR t.text LIKE '%refused%' OR t.text LIKE '%timeout%' OR t.text LIKE '%timed out%' OR t.text LIKE '%no such host%'
    OR t.text LIKE '%no route to host%' OR t.text LIKE '%unreachable%' OR t.text LIKE '%not known%'
    OR t.text LIKE '%resol%' OR t.text LIKE '%authenticat%' OR t.text LIKE '%x509:%' OR t.text LIKE '%certificate%'
    OR t.text LIKE '%ENOTFOUND%' OR t.text LIKE '%EAI_AGAIN%' OR t.text LIKE '%reset by peer%'
    OR t.text LIKE '%bad address%' OR t.text LIKE '%denied%' OR t.text LIKE '%does not exist%'
    OR t.text LIKE '% connect to %' OR t.text LIKE '%available%' OR t.text LIKE '%error connecting%' OR t.text LIKE '%disconnect%'
  )
  GROUP BY l.file_id
)
GROUP BY file_id HAVING sum(lines) >= (SELECT least FROM given)
