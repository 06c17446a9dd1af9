import { useEffect, useRef, useState } from 'react'
import type { CampaignInFull, Sample } from '../api/client.ts'
import { TEXTS } from '../texts.ts'
import { drawImage } from './draw-image.ts'
import { useKeys } from './use-keys.ts'

export type ImageSample = Sample & { readonly kind: 'image' }
export const NONE: readonly { x: number; y: number }[] = []
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

/** An image alone, its pixels as they are. */
export function Picture({ sample, pixels, says }: { sample: ImageSample; pixels: typeof NONE; says: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current !== null) drawImage(canvas.current, sample, pixels)
  }, [sample, pixels])
  // as wide to its height as what is drawn: nothing below it moves once it is
  return <canvas ref={canvas} width={sample.width} height={sample.height} role="img" aria-label={says} />
}
