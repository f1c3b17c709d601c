-- Decision: to withdraw is a state at once and work afterwards: runs are ended, the grant is given back, and where it
-- was asked for everything measured and written is erased. What was asked for stands here, so that a workflow that was
-- never started, or was ended by hand, is started again. The participant's own row stays: that somebody took part and
-- withdrew is no secret, and an erasure that cannot be shown was none.
create table study.withdrawal (
  participant_id int primary key references study.participant on delete cascade,
  wish text not null check (wish in ('keep', 'erase')),
  asked_at timestamptz not null,
  grant_ended_at timestamptz,
  erased_at timestamptz,
  samples_erased bigint not null default 0,
  rows_erased bigint not null default 0,
  done_at timestamptz,
  check (done_at is null or wish = 'keep' or erased_at is not null)
);
comment on table study.withdrawal is 'What becomes of the data of who has withdrawn: kept, or erased, and how far that has come.';
comment on column study.withdrawal.grant_ended_at is 'When the provider was given the grant back; null while it was not, or where there was none.';
comment on column study.withdrawal.erased_at is 'When everything measured and written was last looked for and found to be gone.';
comment on column study.withdrawal.done_at is 'Null while there is something left to do.';
grant select, insert, update on study.withdrawal to wearflow_app;

-- Who withdrew before there was this table: their data is kept, and what is still open for them is closed.
insert into study.withdrawal (participant_id, wish, asked_at)
select p.id, 'keep', now() from study.participant p where p.state = 'withdrawn';
