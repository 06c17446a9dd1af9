import { AppError } from '#core/errors.ts'
import type { CommitOutcome, ScanOutcome, WindowCatalog, WindowFilter, WindowRow, WindowTotals } from './catalog.ts'
import { change, json, type CatalogContext } from './context.ts'
import type { Queryable } from './sql.ts'
import { stageWindow } from './stage.ts'
import { fromText, textKey, toText } from './text.ts'
import { findWindow, lockWindow, requireWindow, toWindow, type WindowDbRow } from './window-rows.ts'

export function windowCatalog(context: CatalogContext): WindowCatalog {
  const { sql } = context
  return {
    stage: (window, lease) => stageWindow(context, window, lease),

    scanned: (id, outcome) =>
      change(context, async (tx) => {
        const window = await lockWindow(tx, id)
        if (window.state !== 'staged') return [window, null]
        checkOutcome(window, outcome)
        await insertFlagged(tx, window, outcome)
        await insertCampaigns(tx, window, outcome)
        const { admitted, quarantined, rejected } = outcome.counts
        await tx.query(
          `update windows set state = 'scanned', admitted = $2, quarantined = $3, rejected = $4, scores = $5::text::jsonb,
             detectors = $6::text::jsonb, attempts = 0, last_error = null,
             scanned_at = coalesce($7::timestamptz, clock_timestamp())
           where id = $1`,
          [id, admitted, quarantined, rejected, json(outcome.scores), json(outcome.detectors), context.now()],
        )
        const campaigns = outcome.campaigns.length
        const detail = { admitted, quarantined, rejected, campaigns, scores: outcome.scores.sha256 }
        return [await requireWindow(tx, id), { action: 'window.scanned', subject: id, detail }]
      }),

    committed: (id, outcome: CommitOutcome) =>
      change(context, async (tx) => {
        const window = await lockWindow(tx, id)
        if (window.state === 'committed') return [window, null]
        if (window.state === 'staged') {
          throw new AppError('conflict', `window ${id} is not scanned: nothing is admitted unscanned`, {
            reason: 'not_scanned',
          })
        }
        await tx.query(
          `update windows set state = 'committed', manifest = $2, manifest_sha256 = $3, objects = $4::text::jsonb,
             attempts = 0, last_error = null, committed_at = coalesce($5::timestamptz, clock_timestamp())
           where id = $1`,
          [id, outcome.manifest, outcome.sha256, json(outcome.objects), context.now()],
        )
        const detail = { manifest: outcome.manifest, sha256: outcome.sha256, objects: outcome.objects.length }
        return [await requireWindow(tx, id), { action: 'window.committed', subject: id, detail }]
      }),

    failed: (id, code) =>
      change<boolean>(context, async (tx) => {
        const { state, attempts, lastError } = await lockWindow(tx, id)
        if (state === 'committed') return [false, null]
        await tx.query('update windows set attempts = attempts + 1, last_error = $2 where id = $1', [id, code])
        if (lastError === code) return [false, null]
        return [true, { action: 'window.failed', subject: id, detail: { state, code, attempts: attempts + 1 } }]
      }),

    get: (id) => findWindow(sql, id),

    async list({ dataset, state, after, upTo, limit }: WindowFilter) {
      const rows = await sql.query<WindowDbRow>(
        `select * from windows where ($1::text is null or dataset = $1) and ($2::text is null or state = $2)
           and ($3::integer is null or ordinal > $3) and ($4::integer is null or ordinal <= $4)
         order by dataset, ordinal limit $5::integer`,
        [dataset === undefined ? null : toText(dataset), state ?? null, after ?? null, upTo ?? null, limit ?? null],
      )
      return rows.map(toWindow)
    },

    async last(dataset, state) {
      const [row] = await sql.query<WindowDbRow>(
        `select * from windows where dataset = $1 and ($2::text is null or state = $2) order by ordinal desc limit 1`,
        [toText(dataset), state ?? null],
      )
      return row === undefined ? null : toWindow(row)
    },

    async waiting() {
      const rows = await sql.query<{ state: string; windows: number; oldest: number }>(
        `select state, count(*)::integer as windows,
           extract(epoch from coalesce($1::timestamptz, clock_timestamp()) - min(coalesce(scanned_at, staged_at)))::float8
             as oldest
         from windows where state <> 'committed' group by state`,
        [context.now()],
      )
      return (['staged', 'scanned'] as const).map((state) => {
        const row = rows.find((found) => found.state === state)
        return { state, windows: row?.windows ?? 0, oldestSeconds: Math.max(0, row?.oldest ?? 0) }
      })
    },

    async totals() {
      const rows = await sql.query<TotalsRow>(TOTALS)
      return new Map(rows.map(({ dataset, ...counts }) => [fromText(dataset), counts]))
    },
  }
}

interface TotalsRow extends WindowTotals {
  readonly dataset: string
}

/**
 * Where every item stands now: reviewed records count where the review moved them, recalled ones among the rejected, uncommitted
 * ones as pending, and a redriven item counts once, where its second window put it.
 */
const TOTALS = `
  with by_window as (
    select dataset, count(*)::integer as windows, sum(records + dead_letters)::integer as items,
      coalesce(sum(admitted) filter (where state = 'committed'), 0)::integer as admitted,
      coalesce(sum(quarantined) filter (where state = 'committed'), 0)::integer as quarantined,
      coalesce(sum(rejected) filter (where state = 'committed'), 0)::integer as rejected,
      coalesce(sum(records) filter (where state <> 'committed'), 0)::integer as pending
    from windows group by dataset
  ), letters as (
    select dataset, count(*) filter (where state = 'open')::integer as open,
      count(*) filter (where state = 'redriven')::integer as redriven
    from dead_letters group by dataset
  ), reviewed as (
    select dataset, count(*) filter (where decision = 'quarantine' and standing = 'released')::integer as released,
      count(*) filter (where decision = 'quarantine' and standing = 'rejected')::integer as rejected,
      count(*) filter (where decision = 'quarantine' and standing = 'recalled')::integer as recalled,
      count(*) filter (where decision = 'admit' and standing = 'recalled')::integer as unadmitted
    from flagged group by dataset
  )
  select dataset, windows, items - coalesce(redriven, 0) as received,
    by_window.admitted + coalesce(released, 0) - coalesce(unadmitted, 0) as admitted,
    quarantined - coalesce(released, 0) - coalesce(reviewed.rejected, 0) - coalesce(recalled, 0) as quarantined,
    by_window.rejected + coalesce(reviewed.rejected, 0) + coalesce(recalled, 0) + coalesce(unadmitted, 0) as rejected,
    coalesce(recalled, 0) + coalesce(unadmitted, 0) as recalled,
    coalesce(open, 0) as "deadLettered", pending
  from by_window left join letters using (dataset) left join reviewed using (dataset)
  order by dataset`

/** Throws unless every record has one decision and every record that is not admitted is in the list for review. */
function checkOutcome(window: WindowRow, { counts, flagged }: ScanOutcome): void {
  const decided = counts.admitted + counts.quarantined + counts.rejected
  if (decided !== window.records) {
    throw new AppError('invalid', `window ${window.id} has ${window.records} records, the scan decided on ${decided}`)
  }
  const held = flagged.filter((record) => record.decision === 'quarantine').length
  if (held !== counts.quarantined || flagged.length - held !== counts.rejected) {
    throw new AppError('invalid', `window ${window.id}: the flagged records are not those that the counts say`)
  }
}

async function insertFlagged(tx: Queryable, window: WindowRow, { flagged }: ScanOutcome): Promise<void> {
  const rows = flagged.map((row) => ({
    place: row.index,
    record: toText(row.record),
    record_key: textKey(row.record),
    risk: row.risk,
    decision: row.decision,
    families: row.families,
    campaign: row.campaign === null ? null : toText(row.campaign),
    contributor: row.contributor === null ? null : toText(row.contributor),
    label: row.label === null ? null : toText(row.label),
    sensitivity: typeof row.sensitivity === 'string' ? toText(row.sensitivity) : null,
  }))
  await tx.query(
    `insert into flagged (window_id, dataset, place, record, record_key, risk, decision, families, campaign, contributor,
       label, sensitivity, standing)
     select $1, $2, place, record, record_key, risk, decision, families, campaign, contributor, label, sensitivity,
       case decision when 'reject' then 'rejected' else 'quarantined' end
     from jsonb_to_recordset($3::text::jsonb) as r(place integer, record text, record_key text, risk double precision,
       decision text, families jsonb, campaign text, contributor text, label text, sensitivity text)`,
    [window.id, toText(window.dataset), json(rows)],
  )
}

async function insertCampaigns(tx: Queryable, window: WindowRow, { campaigns }: ScanOutcome): Promise<void> {
  const rows = campaigns.map((row, place) => ({
    place,
    id: toText(row.id),
    family: row.family,
    label: row.label === null ? null : toText(row.label),
    members: row.members,
    evidence: row.evidence,
  }))
  await tx.query(
    `insert into campaigns (window_id, place, id, family, label, members, evidence)
     select $1, r.* from jsonb_to_recordset($2::text::jsonb)
       as r(place integer, id text, family text, label text, members integer, evidence double precision)`,
    [window.id, json(rows)],
  )
}
