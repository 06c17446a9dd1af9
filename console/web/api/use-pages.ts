import { useCallback, useState } from 'react'
import { useAnswer, type Fetched } from './use-answer.ts'

interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

/** A list that goes on: its first page as it comes, and further ones as they are asked for. */
export function usePages<T>(ask: (cursor: string | undefined) => Promise<Page<T>>): {
  readonly fetched: Fetched<Page<T>>
  readonly again: () => void
  readonly more: () => void
} {
  const [cursors, setCursors] = useState<readonly string[]>([])
  const [last, setLast] = useState<Fetched<Page<T>>>({ state: 'loading' })
  const { fetched, again } = useAnswer(async () => {
    const before = last.state === 'there' && cursors.length > 0 ? last.value.items : []
    const page = await ask(cursors.at(-1))
    return { items: [...before, ...page.items], next: page.next }
  }, `${cursors.length}`)
  if (fetched.state !== 'loading' && fetched !== last) setLast(fetched)
  const shown = fetched.state === 'loading' ? last : fetched
  const next = shown.state === 'there' ? shown.value.next : null
  const more = useCallback(() => {
    if (next !== null) setCursors((all) => [...all, next])
  }, [next])
  return { fetched: shown, again, more }
}
