-- Decision: that a provider refuses everything of an account, with a grant that it renews, is believed when it has said
-- so for six hours: then only a new consent helps, and asking on would never end. Until then it is nobody's fault.
alter table study.connection add column refused_since timestamptz;
comment on column study.connection.refused_since is 'Since when every request of the account was refused although its grant can be renewed; null where the last run read something.';
