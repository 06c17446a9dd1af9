-- Orders in which held records are read a page after the other, however many there are; an index takes no name of any length.

create index flagged_in_order_of_risk on flagged (risk, window_id, place);
create index flagged_in_order_of_label on flagged ((left(coalesce(label, ''), 200) collate "C"), window_id, place);
create index flagged_in_order_of_contributor on flagged ((left(coalesce(contributor, ''), 200) collate "C"), window_id, place);
create index windows_in_order_of_scans on windows (scanned_at, id);
