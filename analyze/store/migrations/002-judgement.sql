-- What the rules made of the evidence. Recomputed when only the rules changed.

CREATE TABLE verdict (
  format TEXT PRIMARY KEY,
  body TEXT NOT NULL               -- JSON, inquest-verdict/1
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
  key TEXT PRIMARY KEY,
  check_id TEXT NOT NULL,
  layer TEXT NOT NULL,
  severity TEXT NOT NULL,
  confidence TEXT NOT NULL,
  role TEXT NOT NULL,
  kind TEXT NOT NULL,
  namespace TEXT,
  name TEXT NOT NULL,
  summary TEXT NOT NULL,
  detail TEXT NOT NULL,
  since_from INTEGER,
  since_to INTEGER,
  since_basis TEXT NOT NULL,
  root_rank INTEGER                -- 1 is the verdict; NULL for what is no root
) STRICT, WITHOUT ROWID;

-- An edge runs from cause to consequence.
CREATE TABLE causes (
  cause TEXT NOT NULL,
  consequence TEXT NOT NULL,
  PRIMARY KEY (cause, consequence)
) STRICT, WITHOUT ROWID;

-- One merged line of time, in order: id is the order.
CREATE TABLE timeline (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  until INTEGER,                   -- for what lasts or is only known as an interval
  source TEXT NOT NULL,            -- events, conditions, containers, pods, replicasets, objects, managed-fields, logs,
                                   -- probes, changes, gaps, coverage (time without evidence)
  severity INTEGER NOT NULL,       -- 0 unknown time, 1 trace, 2 normal, 3 warning, 4 error
  basis TEXT NOT NULL,             -- observed, inferred, unknown
  kind TEXT,
  namespace TEXT,
  name TEXT,
  object_id INTEGER,
  reason TEXT,
  text TEXT NOT NULL,
  file_id INTEGER,
  line INTEGER
) STRICT;
