-- Decision: a zone changes at a full minute. A local day begins where the zone changes, windows are asked for from
-- the beginning of a day, and sources answer by the minute: a day that began at a fraction of one could not be read.
update study.participant_zone set from_at = date_trunc('minute', from_at)
where from_at <> date_trunc('minute', from_at);
alter table study.participant_zone add constraint participant_zone_full_minute
  check (from_at = '-infinity' or date_part('second', from_at) = 0);
