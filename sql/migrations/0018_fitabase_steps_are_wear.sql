-- Decision: a minute of a Fitabase export with a step counts as worn, like one from Google Health; minutes without are
-- filled in with zeros by the export and say nothing, so they are not stored. reporting.participant_day no longer takes
-- whichever series tells of wear for heart rate (0016).
update study.series set for_wear = true where id = 1101;
