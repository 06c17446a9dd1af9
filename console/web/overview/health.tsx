import type { ComponentProps } from 'react'
import { permits } from '#console/api/roles.ts'
import { count, percent, plural, riskText, visible } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'
import { call, type AnswerOf, type Session } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useLast } from '../api/use-last.ts'
import { Answered } from '../parts/states.tsx'
import { useDeed } from '../parts/use-deed.tsx'
import { hrefOf } from '../place.ts'
import { Repeat } from './repeat.tsx'
import { Taught } from './taught.tsx'
import { TEXTS, timeText } from '../texts.ts'

type Window = AnswerOf<'GET /v1/datasets/{dataset}/health'>['items'][number]

interface Props {
  readonly datasets: readonly string[]
  readonly grants: Session['grants']
  readonly round: number
}

/** How the last windows of each dataset were scanned: risk, held share, drift, and what became of canaries. */
export function Health({ datasets, grants, round }: Props) {
  const words = TEXTS.overview.health
  const { isBusy, told, act } = useDeed()
  return (
    <>
      <h2>{words.title}</h2>
      <p className="quiet">{words.says}</p>
      <div className="health">
        {datasets.map((dataset) => (
          <OfDataset
            key={dataset}
            dataset={dataset}
            mayJudge={permits(grants, 'record.decide', dataset)}
            round={round}
            isBusy={isBusy}
            act={act}
          />
        ))}
      </div>
      {told}
    </>
  )
}

type OfProps = Omit<ComponentProps<typeof Repeat>, 'of' | 'changed'> & { readonly round: number }

function OfDataset({ dataset, round, ...judging }: OfProps) {
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/datasets/{dataset}/health', { params: { dataset }, signal }),
    `${dataset} ${round}`,
  )
  return (
    <section className="panel" aria-label={visible(dataset)}>
      <h3>{visible(dataset)}</h3>
      <Answered of={useLast(fetched)} again={again} lines={6}>
        {({ items, taught }) => (
          <>
            <RiskChart windows={items} />
            <Drift windows={items} />
            <Canaries windows={items} />
            {taught !== null && (
              <Taught
                of={taught}
                repeat={(of) => <Repeat key={of.id} of={of} dataset={dataset} {...judging} changed={again} />}
              />
            )}
          </>
        )}
      </Answered>
    </section>
  )
}

/** A column is a link, and has to be as wide as a finger can hit. */
const COLUMN = 26
const [RISK, SHARE] = [84, 40]
const BASE = RISK + SHARE + 10

/** A column a window: its median and high risk above, the share of it that was held below. Each leads to its window. */
function RiskChart({ windows }: { readonly windows: readonly Window[] }) {
  const words = TEXTS.overview.health
  const most = Math.max(0.001, ...windows.map(({ held, records }) => held / Math.max(1, records)))
  const y = (risk: number) => 2 + (1 - risk) * (RISK - 4)
  return (
    <figure className="chart">
      <div className="scroll">
        <svg width={windows.length * COLUMN} height={BASE + 2} role="group" aria-label={words.chart}>
          {windows.map((window, at) => {
            const share = window.held / Math.max(1, window.records)
            const middle = at * COLUMN + COLUMN / 2
            return (
              <a
                key={window.window}
                href={hrefOf({ page: 'windows', of: window.window })}
                aria-label={words.window(timeText(window.stagedAt), windowText(window))}
              >
                <title>{words.window(timeText(window.stagedAt), windowText(window))}</title>
                <rect className="hit" x={at * COLUMN} width={COLUMN} height={BASE + 2} />
                {window.scan !== null && (
                  <>
                    <line
                      className="range"
                      x1={middle}
                      x2={middle}
                      y1={y(window.scan.risk.high)}
                      y2={y(window.scan.risk.median)}
                    />
                    <circle className="high" cx={middle} cy={y(window.scan.risk.high)} r="3.5" />
                    <circle className="median" cx={middle} cy={y(window.scan.risk.median)} r="2.5" />
                    {window.scan.drifted.length > 0 && (
                      <path className="moved" d={`M${middle - 5} ${RISK + 8}l5 -8l5 8z`} />
                    )}
                  </>
                )}
                <rect
                  className={window.scan === null ? 'pending' : 'quarantined'}
                  x={at * COLUMN + 6}
                  y={BASE - (share / most) * SHARE}
                  width={COLUMN - 12}
                  height={Math.max(1, (share / most) * SHARE)}
                />
              </a>
            )
          })}
        </svg>
      </div>
      <figcaption>{words.legend(percent(most, 1))}</figcaption>
    </figure>
  )
}

function windowText({ held, records, scan }: Window): string {
  const words = TEXTS.overview.health
  const of = words.held(count(held), plural(records, 'record'))
  if (scan === null) return `${of}; ${words.unscanned}`
  const { median, high } = scan.risk
  const moved = scan.drifted.length === 0 ? '' : `; ${words.moved(scan.drifted)}`
  return `${of}; ${words.risk(riskText(median), riskText(high))}${moved}`
}

function Drift({ windows }: { readonly windows: readonly Window[] }) {
  const words = TEXTS.overview.health
  const drifted = windows.filter(({ scan }) => (scan?.drifted.length ?? 0) > 0)
  const last = drifted.at(-1)
  if (last === undefined) return <p>{words.steady(plural(windows.length, 'window'))}</p>
  return (
    <p>
      <span className="tag warn">{words.drift}</span>{' '}
      <a href={hrefOf({ page: 'windows', of: last.window })}>
        {words.driftSays(words.moved(last.scan?.drifted ?? []), timeText(last.stagedAt), drifted.length)}
      </a>
    </p>
  )
}

/** By family, over the windows that are shown. */
function Canaries({ windows }: { readonly windows: readonly Window[] }) {
  const words = TEXTS.overview.health
  const planted = windows.flatMap(({ window, scan }) => (scan?.canaries == null ? [] : [{ window, ...scan.canaries }]))
  if (planted.length === 0) return <p className="quiet">{words.noCanaries}</p>
  return (
    <>
      {planted.map(({ window, family, planted, held }) => (
        <p key={window}>
          <a href={hrefOf({ page: 'windows', of: window })}>
            {words.canaries(FAMILY_WORDS[family].name, count(held), count(planted), percent(held, planted))}
          </a>
        </p>
      ))}
    </>
  )
}
