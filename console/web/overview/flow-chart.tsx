import { count } from '#present/text.ts'
import { TEXTS } from '../texts.ts'
import type { Overview } from './answer.ts'

const STAGES = ['admitted', 'quarantined', 'rejected', 'deadLettered'] as const
const [COLUMN, GAP, HEIGHT] = [22, 6, 120]

/** Records by stage and day, of all datasets together: the table below it says the same in numbers. */
export function FlowChart({ days }: { readonly days: Overview['days'] }) {
  const words = TEXTS.overview
  const byDay = [...Map.groupBy(days, ({ day }) => day)].map(([day, of]) => ({
    day,
    counts: STAGES.map((stage) => of.reduce((total, row) => total + row[stage], 0)),
  }))
  // one column says nothing that the table does not
  if (byDay.length < 2) return null
  const most = Math.max(1, ...byDay.map(({ counts }) => counts.reduce((a, b) => a + b, 0)))
  const width = byDay.length * (COLUMN + GAP)
  return (
    <figure className="chart">
      <svg width={width} height={HEIGHT} role="img" aria-label={words.flow(byDay.length, count(most))}>
        {byDay.map(({ day, counts }, at) => {
          let top = HEIGHT
          return STAGES.map((stage, i) => {
            const height = ((counts[i] ?? 0) / most) * HEIGHT
            top -= height
            return (
              <rect
                key={`${day} ${stage}`}
                className={stage}
                x={at * (COLUMN + GAP)}
                y={top}
                width={COLUMN}
                height={height}
              />
            )
          })
        })}
      </svg>
      <figcaption>
        <ul className="legend">
          {STAGES.map((stage) => (
            <li key={stage}>
              <svg viewBox="0 0 10 10" aria-hidden="true">
                <rect className={stage} width="10" height="10" />
              </svg>
              {words[stage]}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  )
}
