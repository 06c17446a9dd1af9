import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useLast } from '../api/use-last.ts'
import { WAITING } from '../place.ts'

/**
 * How many of what the query finds can still be decided over; null until that is known, and where the query has no room to ask.
 * `of` says what was decided since.
 */
export function useUndecided(q: string, of: string): number | null {
  const { fetched } = useAnswer(async (signal) => {
    const query = { q: `${q} ${WAITING} -is:pending`, limit: 1 }
    return { q, count: (await call('GET /v1/records', { query, signal })).count }
  }, `${q} ${of}`)
  // what is there stays while it is asked for again
  const last = useLast(fetched)
  return last.state === 'there' && last.value.q === q ? last.value.count : null
}
