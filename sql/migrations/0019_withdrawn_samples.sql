-- Decision: what a source no longer gives is taken away, but not at the first look. A reading that reached the end of
-- its window and lacks an instant notes it here; the sample goes when a reading six hours later lacks it too. Where most
-- of a window is lacking it takes seven days, because a provider's fault looks like that, and people seldom delete so.
create table study.sample_absence (
  participant_id int not null references study.participant on delete cascade,
  series_id smallint not null references study.series,
  time timestamptz not null,
  absent_since timestamptz not null,
  primary key (participant_id, series_id, time)
);
comment on table study.sample_absence is 'Stored samples that the source did not give when its window was last read to the end; a day with one is not final.';
grant select, insert, update, delete on study.sample_absence to wearflow_app;
