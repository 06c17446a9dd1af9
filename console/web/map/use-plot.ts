import { useEffect, useRef, type RefObject } from 'react'
import { useTheme } from '../parts/theme.ts'
import { createPlot, type PointPlot, type View } from './draw-points.ts'
import { coloursOf, type MapAttribute, type MapMode, type WindowMapData } from './map-colours.ts'
import { createMoving, type Moving } from './moving.ts'
import type { Points } from './points.ts'

interface Shown {
  readonly data: WindowMapData
  readonly points: Points
  readonly decisions: Uint8Array
  readonly mode: MapMode
  readonly attribute: MapAttribute | null
  readonly view: View
}

/** The canvas on which a map is drawn, as often as what it shows has changed. */
export function usePlot({
  data,
  points,
  decisions,
  mode,
  attribute,
  view,
}: Shown): RefObject<HTMLCanvasElement | null> {
  const { isDark } = useTheme()
  const canvas = useRef<HTMLCanvasElement>(null)
  const drawn = useRef<{ readonly plot: PointPlot; readonly moving: Moving } | null>(null)
  useEffect(() => {
    if (canvas.current === null) return
    if (drawn.current === null) {
      const plot = createPlot(canvas.current)
      drawn.current = { plot, moving: createMoving(plot) }
    }
    drawn.current.plot.set(points, {
      colours: coloursOf(canvas.current, data, mode, attribute),
      standsOut: (i) => decisions[i] !== 0,
    })
    // the theme turns the colours
  }, [points, data, decisions, mode, attribute, isDark])
  useEffect(() => {
    drawn.current?.moving.show(view)
    return () => drawn.current?.moving.stop()
  }, [view, points, data, decisions, mode, attribute, isDark])
  return canvas
}
