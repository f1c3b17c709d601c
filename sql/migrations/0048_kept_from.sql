-- Decision: what retention dropped is said by the database itself. A reader cannot tell it from the rows that are left:
-- hours and the ledger outlive the samples they were made of, and late data may lie before the edge for a day.
create table study.retention (
  one boolean primary key default true check (one),
  kept_from timestamptz not null
);
comment on table study.retention is 'From when on samples are kept: one row, none where nothing was ever dropped.';
comment on column study.retention.kept_from is 'Samples from before were dropped or are about to be; hours, days and the ledger were not.';
