-- What a dataset's memory hears of reviews: which window was staged last when one was carried out, and that whoever decided it held the dataset's keys.
alter table reviews add column heard_after integer;
alter table reviews add column sealed text;
create index reviews_heard on reviews (dataset, heard_after) where heard_after is not null;
