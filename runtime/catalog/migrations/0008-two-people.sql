-- A decision over a query that waits for a second person: null where it takes one alone.

alter table bulk add column approval text check (approval in ('asked', 'given', 'refused'));
alter table bulk add column approved_by text;
alter table bulk add check (approved_by is null or approved_by <> actor);
alter table bulk add check ((approved_by is not null) = (approval is not null and approval = 'given'));
