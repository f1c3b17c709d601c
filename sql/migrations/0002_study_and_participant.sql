-- Decision: a participant is known by an opaque short id everywhere; names and addresses will live in
-- another schema. A time zone is a history, because people travel and a local day needs the zone of its time.
create table study.study (
  id int generated always as identity primary key,
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  name text not null check (length(name) between 1 and 200),
  made_at timestamptz not null default now()
);
comment on table study.study is 'One clinical study.';
comment on column study.study.slug is 'Short name used in Temporal ids and addresses.';

create table study.setting (
  study_id int not null references study.study,
  version int not null check (version > 0),
  settings jsonb not null,
  made_by text not null,
  reason text not null,
  made_at timestamptz not null default now(),
  primary key (study_id, version)
);
comment on table study.setting is 'A study''s rules, versioned; the highest version holds. Validated by sql/studies.ts when read.';

create table study.site (
  id int generated always as identity primary key,
  study_id int not null references study.study,
  name text not null,
  unique (study_id, name)
);
comment on table study.site is 'A place that enrols participants.';

create table study.arm (
  id int generated always as identity primary key,
  study_id int not null references study.study,
  name text not null,
  unique (study_id, name)
);
comment on table study.arm is 'An arm participants are allocated to.';

create table study.participant (
  id int generated always as identity primary key,
  study_id int not null references study.study,
  site_id int references study.site,
  arm_id int references study.arm,
  short_id text not null unique check (short_id ~ '^[A-Za-z0-9][A-Za-z0-9-]{0,29}$'),
  state text not null check (state in ('invited', 'active', 'paused', 'withdrawn', 'completed')),
  enrolled_on date not null,
  ended_on date check (ended_on >= enrolled_on),
  made_at timestamptz not null default now()
);
create index participant_study on study.participant (study_id);
comment on table study.participant is 'A person taking part, by opaque id.';
comment on column study.participant.enrolled_on is 'First local day that counts.';
comment on column study.participant.ended_on is 'Last local day that counts; null while it goes on.';

create table study.participant_zone (
  participant_id int not null references study.participant,
  from_at timestamptz not null,
  time_zone text not null check (timestamptz '2000-01-01 00:00Z' at time zone time_zone is not null),
  primary key (participant_id, from_at)
);
comment on table study.participant_zone is 'Time zone history (IANA names): each row holds from its instant until the next; the first starts at -infinity.';

-- The one definition of local days. A day starts at the first instant at which the participant's local
-- date has reached it, in whichever zone was in force: so days of 23 to 25 hours, days without midnight and
-- changes of zone partition time, and no minute is lost or counted twice.
create function study.local_days(participant int, first_day date, last_day date)
returns table (day date, starts_at timestamptz, ends_at timestamptz)
language sql stable
as $$
  with zone as (
    select z.from_at, lead(z.from_at, 1, 'infinity') over (order by z.from_at) as until_at, z.time_zone
    from study.participant_zone z
    where z.participant_id = participant
  ), edge as (
    select midnight::date as day, min(greatest(midnight at time zone z.time_zone, z.from_at)) as starts_at
    from generate_series(first_day::timestamp, (last_day + 1)::timestamp, interval '1 day') as midnight
    cross join zone z
    where midnight at time zone z.time_zone < z.until_at
    group by midnight
  ), span as (
    select e.day, e.starts_at, lead(e.starts_at) over (order by e.day) as ends_at from edge e
  )
  select s.day, s.starts_at, s.ends_at from span s where s.day <= last_day and s.ends_at > s.starts_at
$$;
comment on function study.local_days is 'Participant-local days as half-open spans of UTC instants.';

-- The local day an instant belongs to, by the same definition.
create function study.local_day(participant int, instant timestamptz)
returns date
language sql stable
as $$
  select d.day
  from study.local_days(participant, (instant at time zone 'UTC')::date - 2, (instant at time zone 'UTC')::date + 2) d
  where d.starts_at <= instant and instant < d.ends_at
$$;
comment on function study.local_day is 'The participant-local day of an instant.';
