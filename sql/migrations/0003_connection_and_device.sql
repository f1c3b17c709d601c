-- Decision: tokens are encrypted in the process (AES-256-GCM, participant id as associated data) and the
-- database only ever sees the ciphertext. One refresh at a time by a lease and a version, never by a lock
-- held over HTTP: the embedded database is one session, and a transaction there stops everybody.
create table study.connection (
  id int generated always as identity primary key,
  participant_id int not null references study.participant,
  source text not null,
  provider_user_id text,
  granted_scopes text[] not null default '{}',
  status text not null check (status in ('active', 'scope_missing', 'reconsent_needed', 'not_linked', 'revoked')),
  status_reason text not null,
  status_since timestamptz not null,
  token_key_id text,
  token_ciphertext bytea,
  token_version int not null default 0,
  access_expires_at timestamptz,
  grant_expires_at timestamptz,
  refresh_lease_until timestamptz,
  unique (participant_id, source),
  check ((token_key_id is null) = (token_ciphertext is null))
);
comment on table study.connection is 'A participant''s grant to a source, and whether it works.';
comment on column study.connection.token_ciphertext is 'nonce (12) ‖ tag (16) ‖ AES-256-GCM of the grant as JSON.';
comment on column study.connection.refresh_lease_until is 'While in the future, one process is refreshing; others wait and read again.';

create table study.device (
  id int generated always as identity primary key,
  participant_id int not null references study.participant,
  source text not null,
  provider_device_id text not null,
  kind text not null check (kind in ('tracker', 'scale', 'other')),
  model text,
  battery_percent smallint check (battery_percent between 0 and 100),
  battery_label text,
  battery_seen_at timestamptz,
  last_sync_at timestamptz,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  unique (participant_id, source, provider_device_id)
);
comment on table study.device is 'What is paired with a participant''s account.';
comment on column study.device.last_sync_at is 'When the device last handed its data to the provider. Not when we fetched, not the newest sample.';
