import { useEffect, useMemo, useRef, useState } from 'react'
import type { CampaignInFull } from '../api/client.ts'
import { TEXTS } from '../texts.ts'
import { drawImage } from './draw-image.ts'
import { viewed, viewsOf, type ImageSample } from './image-views.ts'
import { useKeys } from './use-keys.ts'

export const NONE: readonly { x: number; y: number }[] = []
const ZOOMS = [1, 2, 4] as const

interface Props {
  readonly sample: ImageSample
  readonly trigger: CampaignInFull['trigger']
  /** Innocent images that are nearest. */
  readonly beside: readonly ImageSample[]
}

/** An image with its trigger framed; nearer on `z`, every pixel of it a square; by channel, and beside its neighbours, on `v`. */
export function ZoomedImage({ sample, trigger, beside }: Props) {
  const [zoom, setZoom] = useState<number>(1)
  const nearer = () => setZoom((zoom) => ZOOMS.find((of) => of > zoom) ?? 1)
  const views = viewsOf(sample, beside)
  const [chosen, setChosen] = useState(0)
  const view = views[chosen % views.length] ?? 'whole'
  const turn = () => setChosen((chosen % views.length) + 1)
  useKeys(true, { z: nearer, v: turn })
  const shown = useMemo(() => viewed(sample, view, beside), [sample, view, beside])
  const pixels = trigger?.kind === 'patch' ? trigger.pixels : NONE
  const says = TEXTS.record.image(sample.width, sample.height) + (pixels.length > 0 ? TEXTS.record.marked : '')
  return (
    <figure>
      <div className={`zoom by-${zoom}`} tabIndex={zoom > 1 ? 0 : undefined} role="group" aria-label={says}>
        <Picture sample={shown} pixels={pixels} says={says} />
      </div>
      <figcaption>
        {says}
        <span className="does">
          <button
            type="button"
            className="button small"
            aria-keyshortcuts="v"
            disabled={views.length === 1}
            onClick={turn}
          >
            {TEXTS.record.view[view]} <kbd aria-hidden="true">v</kbd>
          </button>
          <button type="button" className="button small" aria-keyshortcuts="z" onClick={nearer}>
            {TEXTS.record.zoom(zoom)} <kbd aria-hidden="true">z</kbd>
          </button>
        </span>
      </figcaption>
    </figure>
  )
}

/** An image alone, its pixels as they are. */
export function Picture({ sample, pixels, says }: { sample: ImageSample; pixels: typeof NONE; says: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current !== null) drawImage(canvas.current, sample, pixels)
  }, [sample, pixels])
  // as wide to its height as what is drawn: nothing below it moves once it is
  return <canvas ref={canvas} width={sample.width} height={sample.height} role="img" aria-label={says} />
}
