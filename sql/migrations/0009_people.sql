-- Decision: what names a person lies in one schema that neither Grafana nor a list page can read, encrypted with
-- a key per participant that is itself wrapped by a key outside the database: erasing the wrapped key erases the
-- person from every copy, backups included. Exact look-up goes through an HMAC, so nothing readable is indexed.
create schema pii;
comment on schema pii is 'Names and addresses, encrypted. Read one participant at a time, and every reading is audited.';
grant usage on schema pii to wearflow_app;
alter default privileges in schema pii grant select, insert, update, delete on tables to wearflow_app;

create table pii.contact (
  participant_id int primary key references study.participant,
  key_id text,
  wrapped_key bytea,
  sealed bytea,
  email_hmac bytea unique,
  language text not null default 'en' check (language ~ '^[a-z]{2}$'),
  email_consent boolean not null default false,
  do_not_contact boolean not null default false,
  do_not_contact_reason text,
  changed_at timestamptz not null,
  check ((key_id is null) = (wrapped_key is null)),
  check (not do_not_contact or do_not_contact_reason is not null)
);
comment on table pii.contact is 'How a participant can be written to. Name and e-mail address are in sealed, under the participant''s own key.';
comment on column pii.contact.wrapped_key is 'The participant''s key, encrypted with the key key_id names; deleted on erasure.';
comment on column pii.contact.email_hmac is 'HMAC-SHA-256 of the lower-case address, for exact look-up only.';

create table pii.staff (
  id int generated always as identity primary key,
  login text not null unique check (length(login) between 1 and 200),
  role text not null check (role in ('coordinator', 'researcher', 'ops', 'admin')),
  site_id int references study.site,
  password_hash text,
  disabled_at timestamptz,
  made_at timestamptz not null default now()
);
comment on table pii.staff is 'Users: members of staff who sign in.';

create table study.message (
  id uuid primary key,
  participant_id int not null references study.participant,
  template text not null,
  template_version text not null,
  local_day date not null,
  status text not null check (status in (
    'queued', 'sending', 'accepted', 'delivered', 'bounced', 'failed', 'unknown', 'cancelled')),
  made_by text not null,
  made_at timestamptz not null,
  status_at timestamptz not null,
  provider_message_id text
);
create unique index message_once on study.message (participant_id, template, local_day)
  where status <> 'cancelled';
comment on table study.message is 'A message to a participant and what became of it; its text lies encrypted in pii.message_body.';

create table pii.message_body (
  message_id uuid primary key references study.message on delete cascade,
  sealed bytea not null,
  sha256 bytea not null check (length(sha256) = 32)
);
comment on table pii.message_body is 'The exact bytes that were previewed and sent, under the participant''s key.';
