import { Component, lazy, Suspense, type ComponentType, type ReactNode } from 'react'
import { TEXTS } from '../texts.ts'
import { Skeleton } from './states.tsx'

/** A part of the pages in a file of its own, fetched when it is first shown, or before by `load`. */
export interface FetchedPart<P> {
  (props: P): ReactNode
  readonly load: () => void
}

/** The file of a part did not come: an upgrade has taken it away, or nobody answers. */
class PartGone extends Error {}

interface Until {
  /** Of its skeleton. */
  readonly lines: number
  /** Of a whole page: what is said of it where it is gone. */
  readonly title?: string
}

export function fetchedPart<P extends object>(
  get: () => Promise<ComponentType<P>>,
  { lines, title }: Until,
): FetchedPart<P> {
  const Part: ComponentType<P> = lazy(async () => ({
    default: await get().catch((cause: unknown) => {
      throw new PartGone('a part of the pages did not come', { cause })
    }),
  }))
  const Fetched = (props: P) => (
    <GoneBoundary title={title}>
      <Suspense fallback={<Skeleton lines={lines} />}>
        <Part {...props} />
      </Suspense>
    </GoneBoundary>
  )
  // what does not come now is told where it is shown
  return Object.assign(Fetched, { load: () => void get().catch(() => undefined) })
}

interface State {
  readonly error: unknown
}

/** Says that a part is gone, and offers to load the pages anew: where the person is stands in the address. Any other error goes on. */
class GoneBoundary extends Component<{ readonly title: string | undefined; readonly children: ReactNode }, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    const { title, children } = this.props
    if (error === null) return children
    if (!(error instanceof PartGone)) throw error
    return (
      <div className="refused" role="alert">
        {title !== undefined && <h1>{title}</h1>}
        <p>{TEXTS.gone.says}</p>
        <button type="button" className="button small" onClick={() => location.reload()}>
          {TEXTS.gone.reload}
        </button>
      </div>
    )
  }
}
