-- How sensitive a held record is, as the field of it says that its contract names: who may see it can depend on that.

alter table flagged add column sensitivity text;
