-- What each delivery (a file) held, as a sketch of it, so that one that comes again under another name is noticed.

create table deliveries (
  dataset text collate "C" not null,
  partition_key text not null,
  partition text not null,
  place bigint generated always as identity,
  items integer not null,
  marks jsonb not null,
  -- The earlier delivery that it repeats, how much of the smaller one is in the other, and the window that it was noticed in.
  repeats text,
  share double precision,
  noticed_in text collate "C" references windows (id),
  primary key (dataset, partition_key),
  check ((repeats is null) = (share is null))
);
create index deliveries_repeated on deliveries (dataset, place) where repeats is not null;

-- The first delivery that held a mark.
create table delivery_marks (
  dataset text collate "C" not null,
  mark text collate "C" not null,
  partition_key text not null,
  primary key (dataset, mark)
);
