import type { ReactNode } from 'react'
import { count, percent, plural } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'
import type { AnswerOf } from '../api/client.ts'
import { TEXTS } from '../texts.ts'

type Of = NonNullable<AnswerOf<'GET /v1/datasets/{dataset}/health'>['taught']>

interface Props {
  readonly of: Of
  /** How one thing that repeats itself is shown. */
  readonly repeat: (of: Of['repeats'][number]) => ReactNode
}

/** What people's verdicts say of what is held, and what a person is asked about. */
export function Taught({ of: { families, curve, repeats }, repeat }: Props) {
  const words = TEXTS.overview.taught
  return (
    <>
      {curve.length === 0 ? <p className="quiet">{words.none}</p> : <Curve points={curve} />}
      {families.map(({ family, rejected, released, precision: { mean, low, high } }) => (
        <p key={family}>
          {words.family(
            FAMILY_WORDS[family].name,
            count(rejected),
            count(released),
            percent(mean, 1),
            percent(low, 1),
            percent(high, 1),
          )}
        </p>
      ))}
      {repeats.map(repeat)}
    </>
  )
}

const [WIDTH, HEIGHT, EDGE] = [260, 84, 5]

/** From left to right the verdicts that were given, from below the share of them that were rejections. */
function Curve({ points }: { readonly points: Of['curve'] }) {
  const words = TEXTS.overview.taught
  const last = points.at(-1)!
  const x = (verdicts: number) => EDGE + ((WIDTH - 2 * EDGE) * verdicts) / Math.max(1, last.verdicts)
  const y = (share: number) => EDGE + (HEIGHT - 2 * EDGE) * (1 - share)
  const placed = points.map(({ through, verdicts, rejected }) => ({
    through,
    at: [x(verdicts), y(rejected / Math.max(1, verdicts))] as const,
    says: words.point(plural(verdicts, 'verdict'), percent(rejected, verdicts), count(through)),
  }))
  return (
    <figure className="chart">
      <svg width={WIDTH} height={HEIGHT} role="img" aria-label={words.chart(placed.map(({ says }) => says).join('; '))}>
        <polyline className="line" points={placed.map(({ at }) => at.join(',')).join(' ')} />
        {placed.map(({ through, at: [cx, cy], says }) => (
          <circle key={through} className="high" cx={cx} cy={cy} r="3.5">
            <title>{says}</title>
          </circle>
        ))}
      </svg>
      <figcaption>{words.legend(plural(last.verdicts, 'verdict'), percent(last.rejected, last.verdicts))}</figcaption>
    </figure>
  )
}
