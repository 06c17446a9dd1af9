import { useEffect, useMemo, useRef, useState, type PointerEvent } from 'react'
import { LONGEST_QUERY } from '#console/api/query/fields.ts'
import { quoted } from '#console/api/query/parse.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { Legend } from './map-legend.tsx'
import { moved, WHOLE, zoomed, type View } from './draw-points.ts'
import { isAttribute, type MapMode, type WindowMapData } from './map-colours.ts'
import { bytesOf, pointsOf, rangesOf, within } from './points.ts'
import { usePlot } from './use-plot.ts'

type Tool = keyof typeof TEXTS.map.tools
const MODES = Object.keys(TEXTS.map.modes) as MapMode[]
const TOOLS = Object.keys(TEXTS.map.tools) as Tool[]
const SIDE = 900
const STEP = 1.5

interface MapProps {
  readonly id: string
  /** Whether they may see records: what label each has is of them. */
  readonly mayOpen: boolean
  /** A place in the window that is ringed. */
  readonly mark?: number
}

/** A committed window as points: records that are alike lie together. What a lasso holds is a query for the queue. */
export function WindowMap({ id, mayOpen, mark }: MapProps) {
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/windows/{window}/map', { params: { window: id }, signal }),
    id,
  )
  return (
    <Answered of={fetched} again={again} lines={8}>
      {(data) => <PlotOf id={id} data={data} mayOpen={mayOpen} mark={mark} />}
    </Answered>
  )
}

interface PlotProps {
  readonly id: string
  readonly data: WindowMapData
  readonly mayOpen: boolean
  readonly mark: number | undefined
}

function PlotOf({ id, data, mayOpen, mark }: PlotProps) {
  const words = TEXTS.map
  const [mode, setMode] = useState<MapMode>('decision')
  const [tool, setTool] = useState<Tool>('draw')
  const [view, setView] = useState<View>(WHOLE)
  /** In places of the square, so that it stays with its points when the view moves. */
  const [lasso, setLasso] = useState<readonly (readonly [number, number])[]>([])
  const [held, setHeld] = useState<readonly [number, number] | null>(null)
  const glass = useRef<SVGSVGElement>(null)
  const points = useMemo(() => pointsOf(data.xy), [data])
  const decisions = useMemo(() => bytesOf(data.decision), [data])
  const attribute = useAnswer(
    async (signal) =>
      isAttribute(mode)
        ? call('GET /v1/windows/{window}/map/{attribute}', { params: { window: id, attribute: mode }, signal })
        : null,
    `${id} ${isAttribute(mode) ? mode : ''}`,
  ).fetched
  const known = attribute.state === 'there' ? attribute.value : null
  const canvas = usePlot({ data, points, decisions, mode, attribute: known, view })
  useEffect(() => {
    // with Ctrl, as a pinch comes too: the wheel alone scrolls the page. React listens without the right to keep the page where it is
    const turned = (event: WheelEvent) => {
      if (!event.ctrlKey || glass.current === null) return
      event.preventDefault()
      const { left, top, width, height } = glass.current.getBoundingClientRect()
      const place = [(event.clientX - left) / width, (event.clientY - top) / height] as const
      setView((view) => zoomed(view, event.deltaY < 0 ? STEP : 1 / STEP, place))
    }
    const element = glass.current
    element?.addEventListener('wheel', turned, { passive: false })
    return () => element?.removeEventListener('wheel', turned)
  }, [])
  const found = useMemo(() => (held !== null || lasso.length < 3 ? [] : within(points, lasso)), [points, lasso, held])
  const { places } = data
  const { waiting, q } = useMemo(() => {
    const own = found.filter((i) => decisions[i] !== 0)
    return { waiting: own.length, q: `window:${quoted(id)} place:${rangesOf(own.map((i) => places?.[i] ?? i))}` }
  }, [id, found, decisions, places])
  const ringed = mark === undefined ? -1 : (places?.indexOf(mark) ?? mark)
  const at = (event: PointerEvent<SVGSVGElement>): readonly [number, number] => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect()
    return [(event.clientX - left) / width, (event.clientY - top) / height]
  }
  const placeAt = ([x, y]: readonly [number, number]) => [view.x + x / view.scale, view.y + y / view.scale] as const
  const onBox = ([x, y]: readonly [number, number]) => placeOnBox(view, x, y).join(',')
  return (
    <>
      <fieldset className="modes">
        <legend>{words.colour}</legend>
        {MODES.filter((of) => mayOpen || !isAttribute(of)).map((of) => (
          <label key={of} className="check">
            <input type="radio" name="map-mode" checked={mode === of} onChange={() => setMode(of)} />
            {words.modes[of]}
          </label>
        ))}
      </fieldset>
      <Legend id={id} data={data} mode={mode} attribute={attribute} />
      <div className="does">
        {TOOLS.map((of) => (
          <button
            key={of}
            type="button"
            className="button small"
            aria-pressed={tool === of}
            onClick={() => setTool(of)}
          >
            {words.tools[of]}
          </button>
        ))}
        <button type="button" className="button small" onClick={() => setView(zoomed(view, STEP, [0.5, 0.5]))}>
          {words.nearer}
        </button>
        <button type="button" className="button small" onClick={() => setView(zoomed(view, 1 / STEP, [0.5, 0.5]))}>
          {words.farther}
        </button>
        <button type="button" className="button small" onClick={() => setView(WHOLE)}>
          {words.whole}
        </button>
      </div>
      <div className="map">
        <canvas ref={canvas} width={SIDE} height={SIDE} role="img" aria-label={words.says(data.records)} />
        <svg
          className={tool}
          viewBox="0 0 1 1"
          preserveAspectRatio="none"
          aria-hidden="true"
          ref={glass}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId)
            setHeld(at(event))
            if (tool === 'draw') setLasso([placeAt(at(event))])
          }}
          onPointerMove={(event) => {
            if (held === null) return
            const to = at(event)
            if (tool === 'draw') setLasso((line) => [...line, placeAt(to)])
            else {
              setView((view) => moved(view, to[0] - held[0], to[1] - held[1]))
              setHeld(to)
            }
          }}
          onPointerUp={() => setHeld(null)}
        >
          <polygon points={lasso.map(onBox).join(' ')} />
          {ringed >= 0 && <Ring at={placeOnBox(view, points.xy[2 * ringed] ?? 0, points.xy[2 * ringed + 1] ?? 0)} />}
        </svg>
      </div>
      {places !== null && <p className="quiet">{words.own}</p>}
      <p role="status">
        {found.length === 0 ? words.draw : words.found(waiting, found.length)}{' '}
        {waiting > 0 &&
          (q.length <= LONGEST_QUERY ? <a href={hrefOf({ page: 'queue', q })}>{words.open}</a> : words.tooMany)}
      </p>
    </>
  )
}

function placeOnBox(view: View, x: number, y: number): readonly [number, number] {
  return [(x - view.x) * view.scale, (y - view.y) * view.scale]
}

function Ring({ at: [x, y] }: { readonly at: readonly [number, number] }) {
  return <circle className="ring" cx={x} cy={y} r={0.018} />
}
