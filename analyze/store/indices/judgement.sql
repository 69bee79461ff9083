-- Made after the timeline is written. An object's entries are found by a scan: half a million rows take 40 ms, and an
-- index over three texts would cost 650 ms of every load.
CREATE INDEX timeline_by_time ON timeline (at);
