-- From which window on a dataset's memory passes over what earlier windows taught.
create table memory_marks (
  dataset text collate "C" not null references datasets (name),
  after_window integer not null, -- the last window that was staged then
  keeps integer not null check (keeps >= 0),
  reason text not null,
  actor text not null,
  made_at timestamptz not null,
  primary key (dataset, after_window),
  check (keeps < after_window)
);
