-- Decision: a reading that was refused although its instant is known keeps that instant, for the minute is then neither
-- one the device was off in nor one the sensor lost: the source told something of it that cannot be. Rows from before
-- have none until the reading is seen again.
alter table study.quarantine add column at timestamptz;
comment on column study.quarantine.at is 'The instant a refused reading tells of; null where it is unknown, and of whole replies.';
create index quarantine_at on study.quarantine (participant_id, series_id, at) where at is not null and replayed_at is null;
