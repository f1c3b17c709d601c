-- Decision: consent is given without an account, by a link that is signed, bound to one participant, good once and for
-- a while. Nothing here opens anything: the signature is made by a key outside the database, and of what is kept while
-- somebody is at the provider there is only a hash. What happened is a history of its own, because a connection only
-- says how it stands now.
alter table study.connection
  add column provider_legacy_user_id text,
  add column missing_permissions text[] not null default '{}';
comment on column study.connection.provider_legacy_user_id is 'The account''s id in the Fitbit Web API, by which older exports name it.';
comment on column study.connection.missing_permissions is 'What the study asks for and the participant did not grant: heart, activity, sleep, device.';

create table study.consent_link (
  id uuid primary key,
  participant_id int not null references study.participant on delete cascade,
  made_by text not null check (length(made_by) between 1 and 200),
  reason text not null check (length(reason) between 1 and 500),
  made_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > made_at),
  other_account boolean not null default false,
  opened_at timestamptz,
  used_at timestamptz,
  ended_at timestamptz
);
create index consent_link_participant on study.consent_link (participant_id, made_at);
comment on table study.consent_link is 'An invitation to one participant to let the study read their data; worthless without its signature.';
comment on column study.consent_link.other_account is 'Whether another Google account than the one connected before may be connected with it.';
comment on column study.consent_link.opened_at is 'When its page was first shown: by a person, or by a program that looks into mail.';
comment on column study.consent_link.ended_at is 'When it was ended unused: by staff, or because another link of the participant was used.';

create table study.consent_attempt (
  state_hash bytea primary key check (length(state_hash) = 32),
  link_id uuid not null references study.consent_link on delete cascade,
  language text not null check (language ~ '^[a-z]{2}$'),
  begun_at timestamptz not null
);
comment on table study.consent_attempt is 'Somebody is at the provider''s consent page; taken away when they come back.';

create table study.consent_event (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant on delete cascade,
  link_id uuid references study.consent_link on delete set null,
  at timestamptz not null,
  what text not null check (what in (
    'denied', 'failed', 'account_in_use', 'other_account', 'granted', 'granted_partly', 'not_linked',
    'old_grant_replaced', 'taken_back')),
  missing text[] not null default '{}'
);
create index consent_event_participant on study.consent_event (participant_id, at, id);
comment on table study.consent_event is 'What participants decided about their data, and what came of it; append-only.';
