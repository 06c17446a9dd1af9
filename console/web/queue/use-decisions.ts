import { useCallback, useRef, useState } from 'react'
import { visible } from '#present/text.ts'
import { call, Refusal, type HeldRecord } from '../api/client.ts'
import { toldOf, type Told } from '../parts/told.tsx'
import { TEXTS } from '../texts.ts'
import type { Queue } from './use-queue.ts'

export const DECISION_ACTIONS = ['release', 'reject', 'relabel'] as const
export type DecisionAction = (typeof DECISION_ACTIONS)[number]

/** What should become of a record; `label` is what it should have had, of one to relabel. */
export interface Right {
  readonly verdict: DecisionAction
  readonly label: string | null
}

export interface Decisions {
  readonly told: Told | null
  /** Counts what was done, for whatever shows the history. */
  readonly done: number
  readonly tell: (kind: Told['kind'], what: string | Refusal) => void
  /** `label` is what the record should have had; a decision with one relabels it. */
  readonly decide: (row: HeldRecord, action: DecisionAction, reason: string, label?: string) => Promise<void>
  /** Notes a decision over a query that was made in this sitting, so that it is undone in its turn. */
  readonly noteBulk: (bulk: string) => void
  /** Answers the key of the record whose decision it took back; null where it took back none. */
  readonly undo: (row: HeldRecord | undefined) => Promise<string | null>
  readonly note: (row: HeldRecord, text: string) => Promise<void>
  readonly assign: (row: HeldRecord, assignee: string | null) => Promise<void>
  /** Null takes back what was said to be right. */
  readonly gold: (row: HeldRecord, right: Right | null) => Promise<void>
}

/**
 * What a person does to records. A decision shows at once and goes back, with what is true instead, where the server refuses it.
 */
export function useDecisions({ put, renew }: Queue): Decisions {
  const [told, setTold] = useState<Told | null>(null)
  const [done, setDone] = useState(0)
  /** Decisions of this sitting, the last at the end. */
  const made = useRef<(Made | { readonly bulk: string })[]>([])
  const noteBulk = useCallback((bulk: string) => void made.current.push({ bulk }), [])

  const tell = useCallback(
    (kind: Told['kind'], what: string | Refusal) => setTold((before) => toldOf(before, kind, what)),
    [],
  )

  /** Puts back what was shown too early and says why; somebody else's decision is fetched first. */
  const rollBack = useCallback(
    async (refusal: unknown, before: HeldRecord) => {
      if (!(refusal instanceof Refusal)) throw refusal
      put(before)
      const now = await renew(before.key).catch(() => null)
      if (refusal.problem.status === 412 && now !== null)
        tell('refused', TEXTS.told.stale(now.pending === null ? TEXTS.standing[now.standing] : TEXTS.pending))
      else tell('refused', refusal)
    },
    [put, renew, tell],
  )

  const decide = useCallback<Decisions['decide']>(
    async (row, action, reason, label) => {
      put({ ...row, ...(action === 'release' ? { pending: 'asked' } : { standing: 'rejected' }) })
      try {
        const answer = await call('POST /v1/records/{record}/decisions', {
          params: { record: row.key },
          body: { action, reason, ...(label !== undefined && { label }) },
          ifMatch: row.etag,
        })
        made.current.push({ review: answer.review.id, row })
        put(answer.record)
        tell('done', TEXTS.told[action](visible(row.record)))
        setDone((n) => n + 1)
      } catch (error) {
        await rollBack(error, row)
      }
    },
    [put, rollBack, tell],
  )

  const undo = useCallback<Decisions['undo']>(
    async (row) => {
      for (let at = made.current.at(-1); at && 'bulk' in at && !(await isToUndo(at.bulk)); at = made.current.at(-1)) {
        const gone = at
        made.current = made.current.filter((one) => one !== gone)
      }
      const last = made.current.at(-1) ?? (row && (await lastOver(row)))
      if (last === undefined) {
        tell('refused', TEXTS.told.nothingToUndo)
        return null
      }
      try {
        if ('bulk' in last) {
          const params = { bulk: last.bulk }
          await call('POST /v1/bulk/{bulk}/undo', { params, body: { reason: TEXTS.told.undoReason } })
          made.current = made.current.filter((one) => one !== last)
          tell('done', TEXTS.told.bulkUndone)
          return null
        }
        await call('POST /v1/reviews/{review}/undo', {
          params: { review: last.review },
          body: { reason: TEXTS.told.undoReason },
        })
        made.current = made.current.filter((one) => one !== last)
        await renew(last.row.key)
        tell('done', TEXTS.told.undone(visible(last.row.record)))
        setDone((n) => n + 1)
        return last.row.key
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        tell('refused', error)
        return null
      }
    },
    [renew, tell],
  )

  const note = useCallback<Decisions['note']>(
    async (row, text) => {
      try {
        await call('POST /v1/records/{record}/notes', { params: { record: row.key }, body: { text } })
        await renew(row.key)
        tell('done', TEXTS.told.noted)
        setDone((n) => n + 1)
      } catch (error) {
        await rollBack(error, row)
      }
    },
    [renew, rollBack, tell],
  )

  const assign = useCallback<Decisions['assign']>(
    async (row, assignee) => {
      put({ ...row, assignee })
      try {
        put(
          await call('PUT /v1/records/{record}/assignee', {
            params: { record: row.key },
            body: { assignee },
            ifMatch: row.etag,
          }),
        )
        tell('done', TEXTS.told.assigned(assignee))
      } catch (error) {
        await rollBack(error, row)
      }
    },
    [put, rollBack, tell],
  )

  const gold = useCallback<Decisions['gold']>(
    async (row, right) => {
      try {
        await call('PUT /v1/records/{record}/gold', { params: { record: row.key }, body: { gold: right } })
        tell('done', TEXTS.told.gold(right && visible(right.label ?? right.verdict)))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        tell('refused', error)
      }
    },
    [tell],
  )

  return { told, done, tell, decide, noteBulk, undo, note, assign, gold }
}

/** A decision over one record. */
interface Made {
  readonly review: string
  readonly row: HeldRecord
}

/** Whether a decision over a query still holds, or nobody can tell. */
async function isToUndo(bulk: string): Promise<boolean> {
  const found = await call('GET /v1/bulk/{bulk}', { params: { bulk } }).catch(() => null)
  return found === null || (found.undoneBy === null && found.state !== 'refused')
}

/** The last decision over a record that still holds. */
async function lastOver(row: HeldRecord): Promise<Made | undefined> {
  const { reviews } = await call('GET /v1/records/{record}/history', { params: { record: row.key } }).catch(() => ({
    reviews: [],
  }))
  const last = reviews.findLast(({ action, undoneBy }) => action !== 'undo' && undoneBy === null)
  return last && { review: last.id, row }
}
