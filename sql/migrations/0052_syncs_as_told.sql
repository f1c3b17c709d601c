-- Decision: what a device's row says of its sync is what the newest reply about devices tells, and nothing where that does
-- not list it: a tracker that was unpaired, or that the participant lets nobody see any more, must not stand for what is
-- measured now. So whoever asks for the newest sync of somebody's trackers finds none, and the newest sample stands in.
-- What a device once told stays in study.device_sync.
comment on column study.device.last_sync_at is 'When the device last handed its data to the provider, by the newest reply about devices; empty where that does not tell (study.device_sync has what was told before). Not when we fetched, not the newest sample.';

create or replace view reporting.device as
select s.slug as study, p.short_id as participant, d.source, d.kind, d.model, d.battery_percent, d.battery_seen_at,
  (select max(y.synced_at) from study.device_sync y where y.device_id = d.id) as last_sync_at, d.first_seen_at, d.last_seen_at
from study.device d
join study.participant p on p.id = d.participant_id
join study.study s on s.id = p.study_id;
