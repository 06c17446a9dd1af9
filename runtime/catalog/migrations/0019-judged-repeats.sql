-- What people said of repetitions that a dataset's memory asks about: the last that was said of one stands.
create table judged_repeats (
  dataset text collate "C" not null references datasets (name),
  number integer not null check (number > 0), -- in the order in which they were said
  campaign text collate "C" not null,
  is_natural boolean not null,
  after_window integer not null, -- the last window that was staged then
  reason text not null,
  actor text not null,
  said_at timestamptz not null,
  primary key (dataset, number)
);
