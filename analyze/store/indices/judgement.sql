-- Made after the timeline is written.
CREATE INDEX timeline_by_time ON timeline (at);
CREATE INDEX timeline_by_object ON timeline (kind, namespace, name);
