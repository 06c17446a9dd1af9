-- What rounds have taught of a federation's clients, so that it outlives the aggregator's process. No update, no sketch: names and cosines.

-- Proved to have lied about a sketch: asked no more, until a reviewer clears them.
create table barred_clients (
  federation text collate "C" not null,
  client text collate "C" not null,
  round integer not null,
  primary key (federation, client)
);

-- Cosines of sketches, added up over rounds: of one client to the round's median, or of two (a space between their names) to each other.
create table client_likenesses (
  federation text collate "C" not null,
  about text collate "C" not null,
  sum double precision not null,
  rounds integer not null,
  primary key (federation, about)
);
