-- Decision: who works on a study is told once a day how much waits, in counts and links and nothing else: no name, no
-- id, no measured value leaves by this way. A member of staff gets it where an address was given for it. One row a
-- person and day is both the claim and the outbox: once claimed it is never sent a second time by itself.
alter table pii.staff add column digest_email text check (length(digest_email) between 3 and 254);
comment on column pii.staff.digest_email is 'Where the daily digest goes; null for none.';

create table pii.digest (
  staff_id int not null references pii.staff on delete cascade,
  day date not null,
  key uuid not null unique,
  status text not null check (status in ('queued', 'sending', 'accepted', 'failed', 'unknown')),
  status_reason text not null default '',
  mailer text,
  subject text not null,
  text text not null,
  html text not null,
  made_at timestamptz not null,
  status_at timestamptz not null,
  primary key (staff_id, day)
);
comment on table pii.digest is 'The daily digest to a member of staff: counts and links, what became of it, once a person and UTC day.';
comment on column pii.digest.status is 'sending: claimed; left so by a worker that died it may have left, and is not sent again.';

-- Anybody can send a report that nobody signed: each is counted, and the audit gets the first of an hour, the tenth, the
-- hundredth and so on, so that it tells how many there were and cannot be filled from outside.
create table study.report_refusal (
  provider text not null,
  hour timestamptz not null,
  times bigint not null,
  primary key (provider, hour)
);
comment on table study.report_refusal is 'Mail reports that were not signed, or not lately, by hour; kept for 90 days.';
grant select, insert, update, delete on study.report_refusal to wearflow_app;
