-- status.conditions at their lastTransitionTime: the last change only, earlier ones are not kept.
-- Not told again: a pod's PodScheduled=True (the source pods has it, with the node), and what containers themselves tell.
SELECT
  c.last_transition_at AS at, NULL AS until,
  CASE
    WHEN o.kind = 'Pod' AND (c.reason = 'PodCompleted' OR c.type = 'ContainersReady') THEN 1
    WHEN c.type IN ('Ready', 'Available', 'ContainersReady', 'Progressing', 'Accepted', 'Programmed', 'ResolvedRefs',
        'PodScheduled', 'Established', 'NamesAccepted', 'Initialized', 'PodReadyToStartContainers') THEN CASE
      WHEN c.status = 'True' THEN CASE WHEN c.type = 'Ready' OR (o.kind = 'Deployment' AND c.type = 'Available') THEN 2 ELSE 1 END
      WHEN o.kind = 'Node' THEN 4
      ELSE 3 END
    WHEN c.type LIKE '%Pressure' OR c.type IN ('NetworkUnavailable', 'ReplicaFailure', 'Failed', 'Stalled', 'Degraded',
        'DisruptionTarget', 'FailureTarget', 'Dangling') THEN CASE WHEN c.status = 'False' THEN 1 ELSE 3 END
    ELSE CASE WHEN c.status = 'True' THEN 1 ELSE 2 END
  END AS severity,
  'observed' AS basis,
  o.kind AS kind, o.namespace AS namespace, o.name AS name, o.id AS object_id,
  c.reason AS reason,
  substr('became ' || c.type || '=' || c.status ||
    CASE WHEN coalesce(c.message, '') = '' THEN '' ELSE ': ' || c.message END, 1, 500) AS text,
  o.file_id AS file_id, o.line AS line, c.rowid AS seq
FROM conditions c JOIN objects o ON o.id = c.object_id
WHERE c.last_transition_at IS NOT NULL AND NOT (o.kind = 'Pod' AND c.status = 'True'
  AND c.type IN ('PodScheduled', 'Initialized', 'PodReadyToStartContainers', 'ContainersReady'))
