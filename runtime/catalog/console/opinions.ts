import { AppError } from '#core/errors.ts'
import { relabelIn } from '#core/relabel.ts'
import { change, json, type CatalogContext } from '../context.ts'
import type { Queryable } from '../sql.ts'
import type { SqlValue } from '../sql.ts'
import { fromText, toText } from '../text.ts'
import { conditions, findHeld, lookSubject, type HeldFilter, type HeldRow, type Place } from './held.ts'
import { scopeClause, type Scope } from './scope.ts'

export type Verdict = 'release' | 'reject' | 'relabel'

/** A person's opinion on what should happen to a held record. */
export interface Opinion {
  readonly id: string
  readonly person: string
  readonly verdict: Verdict
  /** Only for `relabel`: the right label. */
  readonly label: string | null
  readonly reason: string
  readonly at: Date
}

/** The known right answer for a record. */
export interface Gold {
  readonly verdict: Verdict
  readonly label: string | null
  readonly by: string
  readonly at: Date
}

/** A person's verdict on a record: in an opinion, or in a decision over this record alone that still holds. */
export interface Saying extends Place {
  readonly person: string
  readonly verdict: Verdict
  readonly label: string | null
  readonly gold: Pick<Gold, 'verdict' | 'label' | 'by'> | null
}

export interface OpinionCatalog {
  /**
   * Asks for opinions on a sample of the records that a filter finds; the same seed gives the same sample. A record that was
   * asked about before stays as it is. Returns the size of the sample.
   */
  ask(
    filter: HeldFilter,
    draw: { readonly most: number; readonly wanted: number; readonly seed: number; readonly by: string },
  ): Promise<number>
  /** The next record that this person is asked about and has not answered, in an order of their own; and how many there are. */
  next(
    person: string,
    within: readonly Scope[] | null,
  ): Promise<{ readonly row: HeldRow | null; readonly waiting: number }>
  /** Whether this person is asked about it and has not answered. */
  isAsked(place: Place, person: string): Promise<boolean>
  /**
   * Gives an opinion, or returns the existing one. Throws `not_found`; `conflict` if the person gave a different one, which
   * stays.
   */
  give(place: Place, opinion: Omit<Opinion, 'at'>): Promise<Opinion>
  /** The opinions on a record, oldest first. */
  of(place: Place): Promise<Opinion[]>
  /** Sets the right answer, or (null) that it is unknown. Throws `not_found`. */
  setGold(place: Place, gold: Pick<Gold, 'verdict' | 'label'> | null, by: string): Promise<Gold | null>
  /** All verdicts on records that have an opinion or a known right answer. */
  sayings(datasets: readonly string[] | null): Promise<Saying[]>
}

export function opinionCatalog(context: CatalogContext): OpinionCatalog {
  const { sql, now } = context
  const list = (all: readonly string[] | null) => (all === null ? null : json(all.map(toText)))
  return {
    ask: (filter, { most, wanted, seed, by }) =>
      change(context, async (tx) => {
        const { where, values } = conditions(filter, now())
        const parameter = (value: string | number | null) => `$${values.push(value)}`
        const drawn = await tx.query<Place & { added: boolean }>(
          `with drawn as (
             select window_id, flagged.place from flagged join windows on windows.id = flagged.window_id where ${where}
             order by sha256(convert_to(${parameter(`${seed}/`)} || window_id || '-' || flagged.place::text, 'UTF8'))
             limit ${parameter(most)}::integer),
           added as (
             insert into opinion_requests (window_id, place, wanted, asked_by, asked_at)
             select window_id, place, ${parameter(wanted)}::integer, ${parameter(toText(by))},
               coalesce(${parameter(now())}::timestamptz, clock_timestamp()) from drawn
             on conflict do nothing returning window_id, place)
           select added.place is not null as added from drawn left join added using (window_id, place)`,
          values,
        )
        const added = drawn.filter((row) => row.added).length
        if (added === 0) return [drawn.length, null]
        const detail = { records: added, wanted, seed }
        return [drawn.length, { action: 'opinions.asked', subject: `seed ${seed}`, detail, actor: by }]
      }),

    async next(person, within) {
      const values: SqlValue[] = [toText(person)]
      const scope = within === null ? 'true' : scopeClause(within, (value) => `$${values.push(value)}`)
      const rows = await sql.query<{ window_id: string; place: number; waiting: number }>(
        `select window_id, place, count(*) over ()::integer as waiting from (${ASKED}) as flagged where ${scope}
         order by sha256(convert_to($1 || window_id || '-' || place::text, 'UTF8')) limit 1`,
        values,
      )
      const [first] = rows
      if (first === undefined) return { row: null, waiting: 0 }
      return { row: await findHeld(sql, { window: first.window_id, index: first.place }), waiting: first.waiting }
    },

    async isAsked({ window, index }, person) {
      const rows = await sql.query(
        `select 1 as one from (${ASKED}) as asked where window_id = $2 and place = $3::integer`,
        [toText(person), window, index],
      )
      return rows.length > 0
    },

    give: (place, { id, person, verdict, label, reason }) =>
      change(context, async (tx) => {
        await heldOr(tx, place)
        const inserted = await tx.query<OpinionDbRow>(
          `insert into opinions (id, window_id, place, person, verdict, label, reason, given_at)
           values ($1, $2, $3::integer, $4, $5, $6, $7, coalesce($8::timestamptz, clock_timestamp()))
           on conflict do nothing returning *`,
          [
            id,
            place.window,
            place.index,
            toText(person),
            verdict,
            label === null ? null : toText(label),
            toText(reason),
            now(),
          ],
        )
        const [made] = inserted
        // a verdict in the log would influence a person who reads it before giving their own
        if (made !== undefined)
          return [toOpinion(made), { action: 'opinion.given', subject: lookSubject(place), actor: person }]
        const [there] = await tx.query<OpinionDbRow>('select * from opinions where id = $1', [id])
        const isSame =
          there !== undefined &&
          there.window_id === place.window &&
          there.place === place.index &&
          there.verdict === verdict &&
          (there.label === null ? null : fromText(there.label)) === label &&
          fromText(there.reason) === reason
        if (isSame) return [toOpinion(there), null]
        throw new AppError('conflict', 'an opinion on this record is there already, and stands', {
          reason: 'opinion_given',
        })
      }),

    async of({ window, index }) {
      const rows = await sql.query<OpinionDbRow>(
        'select * from opinions where window_id = $1 and place = $2::integer order by given_at, id',
        [window, index],
      )
      return rows.map(toOpinion)
    },

    setGold: (place, gold, by) =>
      change(context, async (tx) => {
        await heldOr(tx, place)
        const subject = lookSubject(place)
        if (gold === null) {
          const gone = await tx.query(
            'delete from gold where window_id = $1 and place = $2::integer returning 1 as one',
            [place.window, place.index],
          )
          return [null, gone.length === 0 ? null : { action: 'gold.removed', subject, actor: by }]
        }
        const { verdict, label } = gold
        const [row] = await tx.query<GoldDbRow>(
          `insert into gold (window_id, place, verdict, label, set_by, set_at)
           values ($1, $2::integer, $3, $4, $5, coalesce($6::timestamptz, clock_timestamp()))
           on conflict (window_id, place) do update set verdict = excluded.verdict, label = excluded.label,
             set_by = excluded.set_by, set_at = excluded.set_at returning *`,
          [place.window, place.index, verdict, label === null ? null : toText(label), toText(by), now()],
        )
        if (row === undefined) throw new AppError('internal', 'what is right of a record was not kept')
        const kept = { verdict, label, by: fromText(row.set_by), at: row.set_at }
        return [kept, { action: 'gold.set', subject, actor: by }]
      }),

    async sayings(datasets) {
      const rows = await sql.query<SayingDbRow>(
        `select said.*, gold.verdict as right_verdict, gold.label as right_label, gold.set_by
         from (${SAID}) as said join flagged using (window_id, place) left join gold using (window_id, place)
         where ($1::text is null or flagged.dataset in (select jsonb_array_elements_text($1::text::jsonb)))
           and (gold.place is not null or exists (
             select 1 from opinions o where o.window_id = said.window_id and o.place = said.place))
         order by window_id, place, person`,
        [list(datasets)],
      )
      return rows.map(toSaying)
    },
  }
}

async function heldOr(tx: Queryable, place: Place): Promise<void> {
  if ((await findHeld(tx, place)) === null) throw new AppError('not_found', `no held record ${lookSubject(place)}`)
}

/** A decision over a single record is its person's verdict; one over many was not made by examining each. */
const DECIDED = `select r.window_id, r.flagged_place as place, v.actor as person, v.reason as decided,
    case v.action when 'release' then 'release' else 'reject' end as verdict, null as label
  from review_records r join reviews v on v.id = r.review
  where v.action in ('release', 'reject') and v.undone_by is null
    and not exists (select 1 from review_records other where other.review = v.id and other.place > 0)`

/** An opinion takes precedence over a decision of the same person. */
const SAID = `select window_id, place, person, null as decided, verdict, label from opinions
  union all select * from (${DECIDED}) as decided where not exists (
    select 1 from opinions o where o.window_id = decided.window_id and o.place = decided.place and o.person = decided.person)`

/**
 * The records that person $1 is asked about: those that lack opinions, and those with a known right answer, which look the same.
 */
const ASKED = `select flagged.window_id, flagged.place, flagged.dataset, flagged.contributor, flagged.sensitivity from flagged
  left join opinion_requests q on q.window_id = flagged.window_id and q.place = flagged.place
  left join gold g on g.window_id = flagged.window_id and g.place = flagged.place
  where (g.place is not null or q.place is not null)
    and (g.place is not null or q.wanted > (
      select count(distinct person) from (${SAID}) as said
      where said.window_id = flagged.window_id and said.place = flagged.place))
    and g.set_by is distinct from $1
    and not exists (
      select 1 from (${SAID}) as own
      where own.window_id = flagged.window_id and own.place = flagged.place and own.person = $1)`

interface OpinionDbRow {
  readonly id: string
  readonly window_id: string
  readonly place: number
  readonly person: string
  readonly verdict: Verdict
  readonly label: string | null
  readonly reason: string
  readonly given_at: Date
}

interface GoldDbRow {
  readonly set_by: string
  readonly set_at: Date
}

interface SayingDbRow {
  readonly window_id: string
  readonly place: number
  readonly person: string
  readonly verdict: Verdict
  readonly label: string | null
  readonly decided: string | null
  readonly right_verdict: Verdict | null
  readonly right_label: string | null
  readonly set_by: string | null
}

const textOf = (value: string | null) => (value === null ? null : fromText(value))

function toOpinion({ id, person, verdict, label, reason, given_at }: OpinionDbRow): Opinion {
  return { id, person: fromText(person), verdict, label: textOf(label), reason: fromText(reason), at: given_at }
}

function toSaying(row: SayingDbRow): Saying {
  const relabelled = row.decided === null ? null : relabelIn(fromText(row.decided))
  return {
    window: row.window_id,
    index: row.place,
    person: fromText(row.person),
    verdict: relabelled === null ? row.verdict : 'relabel',
    label: relabelled ?? textOf(row.label),
    gold:
      row.right_verdict === null
        ? null
        : { verdict: row.right_verdict, label: textOf(row.right_label), by: fromText(row.set_by ?? '') },
  }
}
