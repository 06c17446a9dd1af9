import type { View } from './paint-points.ts'

/** A canvas that holds its points, so that another view of them is one call. */
export interface Plot {
  /** Draws so many points of this view at most, all by default; the number that it drew. */
  draw(view: View, most?: number): number
}

/** Of the 16.7 ms of a picture; the browser needs the rest to show it. */
const PICTURE_MS = 8
const FEWEST = 5000
const RESTS_AFTER_MS = 150

/** How many points the next picture has, after so many took so long: as many as there is time for, growing no faster than twofold. */
export function mostAfter(drawn: number, milliseconds: number): number {
  return Math.max(FEWEST, Math.round(drawn * Math.min(2, PICTURE_MS / Math.max(0.1, milliseconds))))
}

/** Shows views of a plot, at most one for each picture of the screen. */
export interface Moving {
  show(view: View): void
  stop(): void
}

/** While views follow one another, each has as many points as can be drawn in time; the last has all of them. */
export function createMoving(plot: Plot): Moving {
  let most = Infinity
  let frame = 0
  let rest: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    cancelAnimationFrame(frame)
    clearTimeout(rest)
  }
  return {
    stop,
    show(view) {
      stop()
      frame = requestAnimationFrame(() => {
        const began = performance.now()
        const drawn = plot.draw(view, most)
        const isAll = drawn < most
        most = mostAfter(drawn, performance.now() - began)
        if (!isAll) rest = setTimeout(() => plot.draw(view), RESTS_AFTER_MS)
      })
    },
  }
}
