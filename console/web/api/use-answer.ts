import { useCallback, useEffect, useState } from 'react'
import { Refusal } from './client.ts'

/** What is being fetched: still, as it came, or as it was refused. */
export type Fetched<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'there'; readonly value: T }
  | { readonly state: 'refused'; readonly refusal: Refusal }

export interface Answer<T> {
  readonly fetched: Fetched<T>
  readonly again: () => void
}

/** What `ask` answers, asked again whenever `of` changes or `again` is called; what is there stays until the next is. */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>, of: string): Answer<T> {
  const [answer, setAnswer] = useState<{ of: string; fetched: Fetched<T> }>({ of: '', fetched: { state: 'loading' } })
  const [round, setRound] = useState(0)
  useEffect(() => {
    const { signal, abort } = aborting()
    ask(signal)
      .then((value) => setAnswer({ of, fetched: { state: 'there', value } }))
      .catch((error: unknown) => {
        if (signal.aborted) return
        if (!(error instanceof Refusal)) throw error
        setAnswer({ of, fetched: { state: 'refused', refusal: error } })
      })
    return abort
    // `of` says all that `ask` depends on
  }, [of, round])
  const again = useCallback(() => setRound((n) => n + 1), [])
  return { fetched: answer.of === of ? answer.fetched : { state: 'loading' }, again }
}

function aborting(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
