import { useState } from 'react'
import type { Fetched } from './use-answer.ts'

/** What was there before, for as long as what comes next is loading: nothing jumps while it is asked again. */
export function useLast<T>(fetched: Fetched<T>): Fetched<T> {
  const [last, setLast] = useState(fetched)
  if (fetched.state !== 'loading' && fetched !== last) setLast(fetched)
  return fetched.state === 'loading' ? last : fetched
}
