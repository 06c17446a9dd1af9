import type { ReactNode } from 'react'
import { Secret } from './secret.tsx'

interface Props {
  readonly title: string
  readonly says: string
  readonly make: { readonly text: string; readonly open: () => void }
  /** What was made just now, shown once. */
  readonly secret?: { readonly value: string; readonly hide: () => void } | null
  readonly children: ReactNode
}

/** One list of the settings, with what makes another of them. */
export function SettingsPart({ title, says, make, secret = null, children }: Props) {
  return (
    <section>
      <h2>{title}</h2>
      <p className="quiet">{says}</p>
      <p className="does">
        <button type="button" className="button" onClick={make.open}>
          {make.text}
        </button>
      </p>
      {secret !== null && <Secret secret={secret.value} hide={secret.hide} />}
      {children}
    </section>
  )
}
