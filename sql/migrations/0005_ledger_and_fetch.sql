-- Decision: the ledger is the daily aggregate. Local days cannot be a continuous aggregate (their length and
-- their zone differ by participant), and a day needs more than a sum: whether it is final, and why we think so.
create table study.ledger (
  participant_id int not null references study.participant,
  day date not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  expected_minutes int not null check (expected_minutes between 1 and 3000),
  wear_minutes int not null check (wear_minutes between 0 and 3000),
  settled_at timestamptz not null,
  primary key (participant_id, day)
);
comment on table study.ledger is 'What is known of one participant''s local day.';
comment on column study.ledger.wear_minutes is 'Minutes with a wearable heart-rate sample.';

create table study.ledger_metric (
  participant_id int not null,
  day date not null,
  series_id smallint not null references study.series,
  received_minutes int not null check (received_minutes between 0 and 3000),
  first_sample_at timestamptz,
  last_sample_at timestamptz,
  content_hash bytea not null,
  read_at timestamptz,
  read_sync_at timestamptz,
  stable_since timestamptz,
  final_at timestamptz check (final_at >= stable_since),
  primary key (participant_id, day, series_id),
  foreign key (participant_id, day) references study.ledger on delete cascade
);
comment on table study.ledger_metric is 'Finality of one series on one local day: two identical reads at least six hours apart, both after the device synced past the day''s end.';
comment on column study.ledger_metric.content_hash is 'SHA-256 of the day''s stored samples after the last read.';
comment on column study.ledger_metric.read_at is 'End of the last read that reached the end of its window; null: never read to the end.';
comment on column study.ledger_metric.read_sync_at is 'The device''s last sync as known when the day was last read; a newer sync reopens the reading.';
comment on column study.ledger_metric.stable_since is 'First read after that sync that found the present content.';

create table study.ingest_run (
  workflow_id text not null,
  run_id text not null,
  participant_id int not null references study.participant,
  scheduled_at timestamptz not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  outcome text not null check (outcome in ('complete', 'partial', 'not_authorised', 'skipped')),
  detail text not null,
  inserted int not null,
  updated int not null,
  quarantined int not null,
  primary key (workflow_id, run_id)
);
create index ingest_run_participant on study.ingest_run (participant_id, finished_at desc);
comment on table study.ingest_run is 'One finished run of ingestParticipant. Partial says that something was left out.';

create table study.fetch (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant,
  series_id smallint references study.series,
  workflow_run_id text not null,
  method text not null check (method in ('GET', 'POST')),
  url text not null,
  window_from timestamptz,
  window_to timestamptz,
  fetched_at timestamptz not null,
  status smallint not null,
  sha256 bytea not null check (length(sha256) = 32),
  bytes int not null,
  duration_ms int not null,
  samples int not null,
  rejected int not null,
  inserted int not null,
  updated int not null
);
create index fetch_participant on study.fetch (participant_id, fetched_at desc);
comment on table study.fetch is 'Provenance of every page a source gave us; series is null for devices and settings.';

create table study.quarantine (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant,
  series_id smallint references study.series,
  reason text not null,
  detail text not null,
  payload text not null,
  payload_sha256 bytea not null check (length(payload_sha256) = 32),
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  times_seen int not null default 1,
  replayed_at timestamptz,
  unique nulls not distinct (participant_id, series_id, reason, payload_sha256)
);
comment on table study.quarantine is 'What did not fit, as received, with the reason; seen again it counts up instead of adding a row.';

create table study.touched_window (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant,
  series_id smallint not null references study.series,
  window_from timestamptz not null,
  window_to timestamptz not null check (window_to > window_from),
  origin text not null check (origin in ('ingest', 'webhook')),
  touched_at timestamptz not null
);
comment on table study.touched_window is 'Where samples changed since the hourly aggregate was last refreshed. One schedule merges these, refreshes each hour once and removes them.';

create sequence study.change_counter;
comment on sequence study.change_counter is 'Moves when a page would show something new; each api process polls it.';
