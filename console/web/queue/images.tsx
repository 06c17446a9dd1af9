import { useEffect, useRef, useState } from 'react'
import { visible } from '#present/text.ts'
import { call, type CampaignInFull, type HeldRecord, type Sample } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { TEXTS } from '../texts.ts'
import { drawImage } from './draw-image.ts'
import { useKeys } from './use-keys.ts'

type ImageSample = Sample & { readonly kind: 'image' }
const NONE: readonly { x: number; y: number }[] = []
const ZOOMS = [1, 2, 4] as const

interface Props {
  readonly sample: ImageSample
  readonly trigger: CampaignInFull['trigger']
}

/** An image with its trigger framed; nearer on `z`, every pixel of it a square. */
export function ZoomedImage({ sample, trigger }: Props) {
  const [zoom, setZoom] = useState<number>(1)
  const nearer = () => setZoom((zoom) => ZOOMS.find((of) => of > zoom) ?? 1)
  useKeys(true, { z: nearer })
  const pixels = trigger?.kind === 'patch' ? trigger.pixels : NONE
  const says = TEXTS.record.image(sample.width, sample.height) + (pixels.length > 0 ? TEXTS.record.marked : '')
  return (
    <figure>
      <div className={`zoom by-${zoom}`} tabIndex={zoom > 1 ? 0 : undefined} role="group" aria-label={says}>
        <Picture sample={sample} pixels={pixels} says={says} />
      </div>
      <figcaption>
        {says}
        <button type="button" className="button small" aria-keyshortcuts="z" onClick={nearer}>
          {TEXTS.record.zoom(zoom)} <kbd aria-hidden="true">z</kbd>
        </button>
      </figcaption>
    </figure>
  )
}

/** What was admitted and lies nearest: what the record would look like, were it innocent. */
export function Neighbours({ row }: { readonly row: HeldRecord }) {
  const { fetched } = useAnswer(
    (signal) => call('GET /v1/records/{record}/neighbours', { params: { record: row.key }, signal }),
    row.key,
  )
  // they help to decide, and no decision waits for them
  const items = fetched.state === 'there' ? fetched.value.items : []
  const images = items.flatMap(({ sample, ...of }) => (sample.kind === 'image' ? [{ ...of, sample }] : []))
  if (images.length === 0) return null
  return (
    <section className="part" aria-labelledby="neighbours-title">
      <h3 id="neighbours-title">{TEXTS.record.neighbours}</h3>
      <ul className="neighbours">
        {images.map(({ record, label, distance, sample }) => {
          const says = TEXTS.record.neighbour(label === null ? null : visible(label))
          return (
            <li key={record} title={visible(record)}>
              <Picture sample={sample} pixels={NONE} says={says} />
              <span>{says}</span>
              <small>{TEXTS.record.distance(distance)}</small>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Picture({ sample, pixels, says }: { sample: ImageSample; pixels: typeof NONE; says: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current !== null) drawImage(canvas.current, sample, pixels)
  }, [sample, pixels])
  return <canvas ref={canvas} role="img" aria-label={says} />
}
