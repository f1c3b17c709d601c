-- Decision: a program reads the API under a token of a member of staff's: their role and site, narrowed by scopes, for
-- at most a year. Only its hash lies here; it dies with the account, when it is taken back, and when it expires.
create table pii.api_token (
  id int generated always as identity primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  staff_id int not null references pii.staff on delete cascade,
  name text not null check (length(name) between 1 and 60),
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['read', 'run']),
  made_by text not null,
  made_at timestamptz not null default now(),
  expires_at timestamptz not null check (expires_at <= made_at + interval '366 days'),
  last_used_at timestamptz,
  revoked_at timestamptz
);
create unique index api_token_name on pii.api_token (staff_id, name) where revoked_at is null;
comment on table pii.api_token is 'Tokens by which programs read the API, by hash, each with whose rights it has.';
comment on column pii.api_token.scopes is 'read: what is known; run: fetching and imputing now.';
grant select, insert, update, delete on pii.api_token to wearflow_app;
