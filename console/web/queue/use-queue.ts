import { useCallback, useEffect, useRef, useState } from 'react'
import { call, Refusal, type HeldRecord } from '../api/client.ts'
import { useEvents } from '../api/use-events.ts'
import type { Order } from './order.ts'

const PAGE = 100

export interface Queue {
  readonly rows: readonly HeldRecord[]
  /** Of all that the query finds; null until the first page is there. */
  readonly count: number | null
  readonly refusal: Refusal | null
  /** The record that was asked for by its key and is not among the rows; `gone` where there is none for this person. */
  readonly outside: HeldRecord | 'gone' | null
  /** Whether more records may be held than when the list was asked for. */
  readonly isStale: boolean
  readonly hasMore: boolean
  readonly more: () => void
  readonly again: () => void
  /** Puts this row in the place of the one with its key. */
  readonly put: (row: HeldRecord) => void
  /** Asks for a row again and puts it; what it is now. */
  readonly renew: (key: string) => Promise<HeldRecord>
}

/**
 * The held records that a query finds, in an order, a page after the other as they are needed, and the one that was opened by its key. A decided
 * record stays until the list is asked for again.
 */
export function useQueue(q: string, { sort, direction }: Order, opened: string | null): Queue {
  const of = `${sort} ${direction ?? ''} ${q}`
  const [list, setList] = useState<{
    of: string
    rows: readonly HeldRecord[]
    count: number | null
    next: string | null
  }>(() => ({ of, rows: [], count: null, next: null }))
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const [isStale, setStale] = useState(false)
  const [round, setRound] = useState(0)
  const asking = useRef<string | null>(null)

  useEffect(() => {
    const controller = new AbortController()
    asking.current = null
    setStale(false)
    const ask = async () => {
      try {
        const { items, count, next } = await call('GET /v1/records', {
          query: queryOf(q, { sort, direction }),
          signal: controller.signal,
        })
        setRefusal(null)
        setList({ of, rows: items, count, next })
      } catch (error) {
        if (controller.signal.aborted) return
        if (!(error instanceof Refusal)) throw error
        setRefusal(error)
      }
    }
    void ask()
    return () => controller.abort()
  }, [q, sort, direction, of, round])

  const { next } = list
  const more = useCallback(() => {
    if (next === null || asking.current === next) return
    asking.current = next
    call('GET /v1/records', { query: { ...queryOf(q, { sort, direction }), cursor: next } })
      .then((page) =>
        setList((list) =>
          list.of === of && list.next === next
            ? { ...list, rows: [...list.rows, ...page.items], next: page.next }
            : list,
        ),
      )
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error
        setRefusal(error)
      })
  }, [q, sort, direction, of, next])

  const [outside, setOutside] = useState<HeldRecord | { readonly key: string; readonly gone: true } | null>(null)
  const isOutside = list.count !== null && opened !== null && !list.rows.some(({ key }) => key === opened)
  useEffect(() => {
    if (!isOutside || opened === null) return
    const controller = new AbortController()
    call('GET /v1/records/{record}', { params: { record: opened }, signal: controller.signal })
      .then(setOutside)
      .catch((error: unknown) => {
        if (controller.signal.aborted) return
        if (!(error instanceof Refusal)) throw error
        setOutside({ key: opened, gone: true })
      })
    return () => controller.abort()
  }, [isOutside, opened])

  const put = useCallback((row: HeldRecord) => {
    setList((list) => ({ ...list, rows: list.rows.map((old) => (old.key === row.key ? row : old)) }))
    setOutside((old) => (old?.key === row.key ? row : old))
  }, [])
  const renew = useCallback(
    async (key: string) => {
      const row = await call('GET /v1/records/{record}', { params: { record: key } })
      put(row)
      return row
    },
    [put],
  )

  /** Reviews that were carried out. A row that waits for one may come only after that was told. */
  const [applied] = useState(() => new Set<unknown>())
  /** Rows that were asked for again since the last of these: once each. */
  const [asked] = useState(() => new Set<string>())
  const shown = outside === null || 'gone' in outside ? list.rows : [...list.rows, outside]
  // a row that cannot be had again stays as it is; its next decision tells
  const renewWhere = (isDue: (row: HeldRecord) => unknown) => {
    for (const row of shown) if (isDue(row)) renew(row.key).catch(() => undefined)
  }
  const renewApplied = () => renewWhere(({ key, pending }) => applied.has(pending) && !asked.has(key) && asked.add(key))
  useEffect(renewApplied)

  useEvents((name, data) => {
    if (name === 'window.committed') setStale(true)
    if (name === 'review.applied') {
      applied.add(data['review'])
      asked.clear()
      renewApplied()
    }
    if (name === 'record.assigned')
      renewWhere(({ record, dataset }) => record === data['record'] && dataset === data['dataset'])
  })

  const isOther = list.of !== of
  return {
    rows: isOther ? [] : list.rows,
    count: isOther ? null : list.count,
    refusal,
    outside: !isOutside || outside?.key !== opened ? null : 'gone' in outside ? 'gone' : outside,
    isStale,
    hasMore: !isOther && next !== null,
    more,
    again: useCallback(() => setRound((n) => n + 1), []),
    put,
    renew,
  }
}

function queryOf(q: string, { sort, direction }: Order) {
  return { q, sort, limit: PAGE, ...(direction !== null && { direction }) }
}
