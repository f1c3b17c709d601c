-- Decision: nothing that signs somebody in lies here in plain: sessions, links and the round trip to an identity
-- provider are known by the hash of a secret only its holder has. Times are the database's, so that a process with a
-- wrong clock neither keeps a session alive nor ends one. A coordinator may be bound to one site; nobody else is.
alter table pii.staff
  add column oidc_issuer text,
  add column oidc_subject text,
  add column made_by text not null default 'migration 0050',
  add check (login = lower(login)),
  add check (site_id is null or role = 'coordinator'),
  add check ((oidc_issuer is null) = (oidc_subject is null)),
  add check (password_hash is null or oidc_subject is null);
create unique index staff_oidc on pii.staff (oidc_issuer, oidc_subject);
comment on column pii.staff.site_id is 'The one site a coordinator is bound to; null for every site.';
comment on column pii.staff.password_hash is 'argon2id in the PHC format; null until a link was used, and for who signs in elsewhere.';
comment on column pii.staff.oidc_subject is 'Who this is at the identity provider; role and site then follow its groups at every sign-in.';

create table pii.staff_link (
  token_hash bytea primary key check (length(token_hash) = 32),
  staff_id int references pii.staff on delete cascade,
  made_by text not null,
  made_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
comment on table pii.staff_link is 'One-time links to set a password. Without a member of staff: the link that makes the first administrator.';

create table pii.staff_session (
  token_hash bytea primary key check (length(token_hash) = 32),
  staff_id int not null references pii.staff on delete cascade,
  made_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  ends_at timestamptz not null
);
create index staff_session_staff on pii.staff_session (staff_id);
comment on table pii.staff_session is 'Who is signed in. A session ends half an hour after it was last used, and at ends_at in any case.';

create table pii.sign_in_attempt (
  key text primary key,
  failures int not null check (failures > 0),
  last_at timestamptz not null,
  blocked_until timestamptz not null
);
comment on table pii.sign_in_attempt is 'Sign-ins that failed, by login and by address (hashed), and until when the next is not looked at.';

create table pii.oidc_request (
  token_hash bytea primary key check (length(token_hash) = 32),
  state text not null,
  nonce text not null,
  code_verifier text not null,
  next_path text not null,
  expires_at timestamptz not null
);
comment on table pii.oidc_request is 'A sign-in that is at the identity provider at the moment; read once.';

create table study.installation (
  one boolean primary key default true check (one),
  demo_ended_at timestamptz,
  demo_ended_why text,
  check ((demo_ended_at is null) = (demo_ended_why is null))
);
insert into study.installation default values;
comment on table study.installation is 'One row about this installation.';
comment on column study.installation.demo_ended_at is 'When it first ran with a live source, a database of its own or an open address: from then on nobody is signed in unasked.';
