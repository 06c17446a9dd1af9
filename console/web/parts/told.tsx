import { visible } from '#present/text.ts'
import type { Refusal } from '../api/client.ts'
import { keepPlace } from '../place.ts'
import { TEXTS } from '../texts.ts'

/** What is told of something that was done, or was not. */
export interface Told {
  readonly kind: 'done' | 'refused'
  readonly text: string
  /** Whether it is refused until the person signs in with a second factor. */
  readonly isSecondFactor: boolean
  /** Told anew, though the words be the same. */
  readonly nth: number
}

/** Where the provider is asked for a second factor. */
const STRONG = '/sign-in/openid?strong'

export function toldOf(before: Told | null, kind: Told['kind'], what: string | Refusal): Told {
  const nth = (before?.nth ?? 0) + 1
  if (typeof what === 'string') return { kind, text: what, isSecondFactor: false, nth }
  const isSecondFactor = what.problem.reason === 'second_factor'
  const text = isSecondFactor ? TEXTS.told.secondFactor : TEXTS.told.refused(visible(what.problem.detail))
  return { kind, text, isSecondFactor, nth }
}

/** Leaves by itself, but for what the person has to do something about. */
export function ToldLine({ told }: { readonly told: Told | null }) {
  const isAsking = told?.isSecondFactor === true
  return (
    <p className={`told ${told?.kind ?? 'silent'} ${isAsking ? 'asking' : ''}`} role="status" key={told?.nth ?? 0}>
      {told?.text}{' '}
      {isAsking && (
        <a href={STRONG} onClick={keepPlace}>
          {TEXTS.told.signInAgain}
        </a>
      )}
    </p>
  )
}
