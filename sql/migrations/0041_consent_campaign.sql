-- Decision: a campaign asks everybody of a study who was picked when it began, and is one per study at a time: it is the
-- database that says whether it is open, whatever became of its workflow. It writes through study.message like anybody
-- else; how far somebody has come is read from messages, links and decisions, and is not kept a second time. Two consent
-- messages since a week before it began are the most it adds up to, whoever sent them: an invitation and a reminder.
create table study.consent_campaign (
  study_id int not null references study.study on delete cascade,
  number int not null check (number > 0),
  started_at timestamptz not null,
  started_by text not null check (length(started_by) between 1 and 200),
  reason text not null check (length(reason) between 1 and 500),
  ended_at timestamptz,
  ended_by text check ((ended_by is null) = (ended_at is null)),
  primary key (study_id, number)
);
create unique index consent_campaign_open on study.consent_campaign (study_id) where ended_at is null;
comment on table study.consent_campaign is 'A round of asking for consent: everybody of a study who never gave it, or whose grant lapsed or lacks a part.';
comment on column study.consent_campaign.ended_by is 'Who stopped it; wearflow where it was over by itself.';

create table study.consent_campaign_person (
  study_id int not null,
  number int not null,
  participant_id int not null references study.participant on delete cascade,
  cause text not null check (cause in ('never', 'imported', 'lapsed', 'partly')),
  picked_at timestamptz not null,
  message_id uuid,
  looked_at timestamptz,
  refusals text not null default '',
  primary key (study_id, number, participant_id),
  foreign key (study_id, number) references study.consent_campaign on delete cascade
);
create index consent_campaign_participant on study.consent_campaign_person (participant_id);
comment on table study.consent_campaign_person is 'Whom a campaign asks, and why they are asked.';
comment on column study.consent_campaign_person.cause is 'never: no grant yet; imported: no grant here, but data of theirs from exports of the Fitbit Web API; lapsed; partly: a permission is missing.';
comment on column study.consent_campaign_person.message_id is 'The latest message the campaign set out to write, noted before it is made, so that a worker that dies makes no second one.';
comment on column study.consent_campaign_person.refusals is 'Codes of why they were not written to when last looked at.';

grant select, insert, update, delete on study.consent_campaign, study.consent_campaign_person to wearflow_app;
