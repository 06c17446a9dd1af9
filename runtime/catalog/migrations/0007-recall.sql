-- Admitted records that were recalled stand among the flagged ones from then on, with the decision that they were admitted by.
alter table flagged drop constraint flagged_decision_check;
alter table flagged add constraint flagged_decision_check check (decision in ('admit', 'quarantine', 'reject'));
alter table reviews drop constraint reviews_action_check;
alter table reviews add constraint reviews_action_check check (action in ('release', 'reject', 'recall', 'undo'));
