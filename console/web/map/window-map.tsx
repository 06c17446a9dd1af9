import { useEffect, useMemo, useRef, useState, type PointerEvent } from 'react'
import { quoted } from '#console/api/query/parse.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { useTheme } from '../parts/theme.ts'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { drawPoints, inkOf } from './draw-points.ts'
import { bytesOf, float32, pointsOf, within } from './points.ts'

type WindowMapData = AnswerOf<'GET /v1/windows/{window}/map'>
type Mode = keyof typeof TEXTS.map.modes
const MODES = Object.keys(TEXTS.map.modes) as Mode[]
const SIDE = 900
/** A query has at most so many characters. */
const LONGEST = 1000
const DECISION_INKS = ['--pending', '--quarantined', '--rejected'] as const
const SERIES = 8

/** A committed window as points: records that are alike lie together. What a lasso holds is a query for the queue. */
export function WindowMap({ id }: { readonly id: string }) {
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/windows/{window}/map', { params: { window: id }, signal }),
    id,
  )
  return (
    <Answered of={fetched} again={again} lines={8}>
      {(data) => <Plot id={id} data={data} />}
    </Answered>
  )
}

function Plot({ id, data }: { readonly id: string; readonly data: WindowMapData }) {
  const words = TEXTS.map
  const [mode, setMode] = useState<Mode>('decision')
  const [lasso, setLasso] = useState<readonly (readonly [number, number])[]>([])
  const [isDrawing, setDrawing] = useState(false)
  const { isDark } = useTheme()
  const canvas = useRef<HTMLCanvasElement>(null)
  const points = useMemo(() => pointsOf(data.xy), [data])
  const decisions = useMemo(() => bytesOf(data.decision), [data])
  useEffect(() => {
    if (canvas.current === null) return
    const colours = coloursOf(canvas.current, data, mode)
    drawPoints(canvas.current, points, { colours, standsOut: (i) => decisions[i] !== 0 })
    // the theme turns the colours
  }, [points, data, decisions, mode, isDark])
  const found = useMemo(() => (isDrawing || lasso.length < 3 ? [] : within(points, lasso)), [points, lasso, isDrawing])
  const held = found.filter((i) => decisions[i] !== 0)
  const q = `window:${quoted(id)} record:${held.map((i) => quoted(data.ids[i] ?? '')).join(',')}`
  const at = (event: PointerEvent<SVGSVGElement>): readonly [number, number] => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect()
    return [(event.clientX - left) / width, (event.clientY - top) / height]
  }
  return (
    <>
      <fieldset className="modes">
        <legend>{words.colour}</legend>
        {MODES.map((of) => (
          <label key={of} className="check">
            <input type="radio" name="map-mode" checked={mode === of} onChange={() => setMode(of)} />
            {words.modes[of]}
          </label>
        ))}
      </fieldset>
      <div className="map">
        <canvas ref={canvas} width={SIDE} height={SIDE} role="img" aria-label={words.says(data.records)} />
        <svg
          viewBox="0 0 1 1"
          preserveAspectRatio="none"
          aria-hidden="true"
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId)
            setDrawing(true)
            setLasso([at(event)])
          }}
          onPointerMove={(event) => {
            if (!isDrawing) return
            const place = at(event)
            setLasso((line) => [...line, place])
          }}
          onPointerUp={() => setDrawing(false)}
        >
          <polygon points={lasso.map(([x, y]) => `${x},${y}`).join(' ')} />
        </svg>
      </div>
      <p role="status">
        {found.length === 0 ? words.draw : words.found(held.length, found.length)}{' '}
        {held.length > 0 &&
          (q.length <= LONGEST ? <a href={hrefOf({ page: 'queue', q })}>{words.open}</a> : words.tooMany)}
      </p>
    </>
  )
}

function coloursOf(element: HTMLElement, data: WindowMapData, mode: Mode): Uint8Array {
  const colours = new Uint8Array(3 * data.records)
  const decisions = bytesOf(data.decision)
  if (mode === 'campaign') {
    const [plain, ...inks] = ['--pending', ...Array.from({ length: SERIES }, (_, i) => `--series-${i}`)].map((name) =>
      inkOf(element, name),
    )
    for (let i = 0; i < data.records; i++) colours.set(plain ?? [0, 0, 0], 3 * i)
    for (const [c, { members }] of data.campaigns.entries())
      for (const i of members) colours.set(inks[c % SERIES] ?? [0, 0, 0], 3 * i)
    return colours
  }
  const names = mode === 'risk' ? [0, 1, 2, 3, 4, 5].map((step) => `--risk-${step}`) : DECISION_INKS
  const inks = names.map((name) => inkOf(element, name))
  const risks = float32(data.risk)
  for (let i = 0; i < data.records; i++) {
    const step = mode === 'risk' ? Math.min(5, Math.floor((risks[i] ?? 0) * 6)) : (decisions[i] ?? 0)
    colours.set(inks[step] ?? [0, 0, 0], 3 * i)
  }
  return colours
}
