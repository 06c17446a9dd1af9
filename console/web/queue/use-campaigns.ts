import { useState } from 'react'
import { quoted } from '#console/api/query/parse.ts'
import { call, type AnswerOf, type Campaign } from '../api/client.ts'
import { useAnswer, type Fetched } from '../api/use-answer.ts'
import { useEvents } from '../api/use-events.ts'
import { useLast } from '../api/use-last.ts'
import { WAITING } from '../place.ts'

/** What finds the records of a campaign that wait. */
export function queryOf({ id, dataset }: { readonly id: string; readonly dataset: string }): string {
  return `${WAITING} dataset:${quoted(dataset)} campaign:${quoted(id)}`
}

export interface Campaigns {
  readonly fetched: Fetched<AnswerOf<'GET /v1/campaigns'>>
  readonly again: () => void
  /** Differs once something was decided. */
  readonly round: string
  /** All of them, decided or not. */
  readonly all: readonly Campaign[]
  /** Those with something to decide, as they stand in the list. */
  readonly waiting: readonly Campaign[]
  /** So many behind the one that this query is about, round the end; the first where it is about none of them. */
  readonly beside: (q: string, by: number) => Campaign | undefined
}

/** Campaigns, asked for again as decisions over them are carried out. */
export function useCampaigns(done: number): Campaigns {
  const [applied, setApplied] = useState(0)
  useEvents((name, data) => {
    const isOver = name === 'bulk.progress' && data['state'] !== 'running'
    if (isOver || name === 'review.applied' || name === 'window.committed') setApplied((n) => n + 1)
  })
  const round = `${done} ${applied}`
  const { fetched, again } = useAnswer((signal) => call('GET /v1/campaigns', { signal }), round)
  // what is there stays while its counts are asked for again
  const last = useLast(fetched)
  const all = last.state === 'there' ? last.value.items : []
  const waiting = all.filter((campaign) => campaign.waiting > 0)
  const beside = (q: string, by: number) => {
    const at = waiting.findIndex((campaign) => queryOf(campaign) === q)
    return at < 0 ? waiting[0] : waiting[(at + by + waiting.length) % waiting.length]
  }
  return { fetched: last, again, round, all, waiting, beside }
}
