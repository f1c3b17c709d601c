-- Decision: the account's own time zone becomes the participant's, but only when it changes: what staff enters afterwards
-- stands until the account tells of another move. An account that withholds its settings tells none, and then the zone
-- of enrolment, or the last one known, goes on to hold.
alter table study.connection add column account_time_zone text;
comment on column study.connection.account_time_zone is 'The time zone the account told of last; null where it never told one.';
