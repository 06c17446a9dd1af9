import { fetchedPart } from '../parts/fetched-part.tsx'
import { useOpening } from '../parts/use-opening.ts'
import { TEXTS } from '../texts.ts'

/** Fetched when it is opened: most who look at a window, or a record, do not need the map. */
const WindowMap = fetchedPart(async () => (await import('./window-map.tsx')).WindowMap, { lines: 8 })

interface Props {
  readonly id: string
  readonly mayOpen: boolean
  /** A place in the window that is ringed. */
  readonly mark?: number
}

/** A window's map, once it is asked for. */
export function MapPart({ id, mayOpen, mark }: Props) {
  const { isOpen, open, box } = useOpening<HTMLElement>()
  return (
    <section ref={box} className="part" aria-labelledby="map-title" tabIndex={-1}>
      <h3 id="map-title">{TEXTS.map.title}</h3>
      {isOpen ? (
        <WindowMap id={id} mayOpen={mayOpen} {...(mark !== undefined && { mark })} />
      ) : (
        <button type="button" className="button" onClick={open}>
          {mark === undefined ? TEXTS.map.show : TEXTS.map.showRecord}
        </button>
      )}
    </section>
  )
}
