-- Decision: "the newest connection of somebody" is asked of everybody by every list, panel and rule; without an index
-- of its own each asking walked half of all connections: two thirds of the status page's time at 1,000 participants.
create index connection_participant on study.connection (participant_id, id desc);
