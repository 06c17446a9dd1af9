import type { ReactNode } from 'react'
import type { Fetched } from '../api/use-answer.ts'
import { TEXTS } from '../texts.ts'

/** What stands where something is still to come. */
export function Skeleton({ lines }: { readonly lines: number }) {
  return (
    <div className="skeleton" role="status" aria-label={TEXTS.loading}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  )
}

interface Props<T> {
  readonly of: Fetched<T>
  readonly again: () => void
  readonly lines?: number
  readonly children: (value: T) => ReactNode
}

/** What came, its skeleton until it does, or why it does not. */
export function Answered<T>({ of, again, lines = 4, children }: Props<T>) {
  if (of.state === 'there') return children(of.value)
  if (of.state === 'loading') return <Skeleton lines={lines} />
  return (
    <div className="refused" role="alert">
      <p>{of.refusal.problem.detail}</p>
      <button type="button" className="button small" onClick={again}>
        {TEXTS.again}
      </button>
    </div>
  )
}

/** A share from 0 to 1 as a bar; what it says stands beside it. */
export function Meter({ value }: { readonly value: number }) {
  return (
    <svg className="meter" viewBox="0 0 100 5" preserveAspectRatio="none" aria-hidden="true">
      <rect className="track" width="100" height="5" />
      <rect className="risk-fill" width={100 * Math.min(1, Math.max(0, value))} height="5" />
    </svg>
  )
}
