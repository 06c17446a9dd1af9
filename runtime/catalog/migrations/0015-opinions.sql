-- What people think of held records without deciding over them, each before they see what others think.

create table opinion_requests (
  window_id text collate "C" not null,
  place integer not null,
  wanted integer not null check (wanted between 2 and 5),
  asked_by text not null,
  asked_at timestamptz not null,
  primary key (window_id, place),
  foreign key (window_id, place) references flagged (window_id, place)
);

create table opinions (
  id text primary key,
  window_id text collate "C" not null,
  place integer not null,
  person text not null,
  verdict text not null check (verdict in ('release', 'reject', 'relabel')),
  label text,
  reason text not null,
  given_at timestamptz not null,
  unique (window_id, place, person),
  check ((verdict = 'relabel') = (label is not null)),
  foreign key (window_id, place) references flagged (window_id, place)
);

-- Records of which it is known what is right: everybody is asked about them, as about others.
create table gold (
  window_id text collate "C" not null,
  place integer not null,
  verdict text not null check (verdict in ('release', 'reject', 'relabel')),
  label text,
  set_by text not null,
  set_at timestamptz not null,
  primary key (window_id, place),
  check ((verdict = 'relabel') = (label is not null)),
  foreign key (window_id, place) references flagged (window_id, place)
);
