-- Whom a reviewer cleared while a round was open: what that round adds up of the client, it adds to a past that was forgotten.
create table cleared_pasts (
  federation text collate "C" not null,
  client text collate "C" not null,
  round integer not null,
  primary key (federation, client)
);
