import { useEffect, useMemo, useRef } from 'react'
import { visible, visibleLines } from '#present/text.ts'
import { TURN_WORDS } from '#present/words.ts'
import type { CampaignInFull, Sample } from '../api/client.ts'
import { TEXTS } from '../texts.ts'
import { ZoomedImage } from './images.tsx'

type Trigger = CampaignInFull['trigger']

interface Props {
  readonly sample: Sample
  readonly warnings: readonly string[]
  /** Innocent records that are nearest. */
  readonly beside?: readonly Sample[]
  readonly trigger: Trigger
  readonly isMarked: boolean
  readonly setMarked: (marked: boolean) => void
}

const NOTHING: readonly Sample[] = []

/** The record as it is, what is suspected in it marked. */
export function SampleView({ sample, warnings, beside = NOTHING, trigger, isMarked, setMarked }: Props) {
  const canMark = sample.kind === 'image' && trigger?.kind === 'patch'
  return (
    <section className="part sample" aria-labelledby="sample-title">
      <h3 id="sample-title">{TEXTS.record.sample}</h3>
      <Warnings of={warnings} />
      <Content sample={sample} beside={beside} trigger={isMarked ? trigger : null} />
      {trigger?.kind === 'tokens' && isUnmarked(sample) && <p className="quiet">{TEXTS.record.unmarked}</p>}
      {canMark && (
        <label className="check">
          <input type="checkbox" checked={isMarked} onChange={(event) => setMarked(event.target.checked)} />
          {TEXTS.record.mark} <kbd aria-hidden="true">m</kbd>
        </label>
      )}
    </section>
  )
}

/** Says before a sample what to know before it is believed. */
export function Warnings({ of }: { readonly of: readonly string[] }) {
  return of.map((warning) => (
    <p key={warning} className="alarm" role="alert">
      {visible(warning)}
    </p>
  ))
}

function Content({ sample, beside = NOTHING, trigger }: Pick<Props, 'sample' | 'beside' | 'trigger'>) {
  const images = useMemo(() => beside.filter((other) => other.kind === 'image'), [beside])
  if (sample.kind === 'image') return <ZoomedImage sample={sample} trigger={trigger} beside={images} />
  if (sample.kind === 'text') return <Excerpt parts={sample.parts} />
  if (sample.kind === 'exchange') {
    return (
      <dl className={sample.turns.some(({ role }) => role === 'rejected') ? 'turns sided' : 'turns'}>
        {sample.turns.map(({ role, parts }, i) => (
          <div key={i} className={role}>
            <dt>{TURN_WORDS[role]}</dt>
            <dd>
              <Excerpt parts={parts} />
            </dd>
          </div>
        ))}
      </dl>
    )
  }
  if (sample.kind === 'table') {
    return (
      <dl className="cells">
        {sample.cells.map(({ column, value, suspect }) => (
          <div key={column} className={suspect ? 'suspect' : undefined}>
            <dt>{visible(column)}</dt>
            <dd>{suspect ? <mark>{visible(value)}</mark> : visible(value)}</dd>
          </div>
        ))}
      </dl>
    )
  }
  const text = sample.kind === 'raw' ? sample.text : sample.values.map((value) => value.toPrecision(4)).join('  ')
  const says = sample.kind === 'raw' ? TEXTS.record.raw : TEXTS.record.vector(sample.values.length, sample.length)
  return (
    <figure>
      <pre className="excerpt" tabIndex={0}>
        {visibleLines(text)}
      </pre>
      <figcaption>{says}</figcaption>
    </figure>
  )
}

/** Whether what a campaign is known by stands nowhere in what is shown: then the record is of it for another reason. */
function isUnmarked(sample: Sample): boolean {
  if (sample.kind === 'text') return !sample.parts.some(({ suspect }) => suspect)
  return sample.kind === 'exchange' && !sample.turns.some(({ parts }) => parts.some(({ suspect }) => suspect))
}

/** A text, begun where the first of what is suspect in it can be seen. */
function Excerpt({ parts }: { readonly parts: (Sample & { kind: 'text' })['parts'] }) {
  const box = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    const mark = box.current?.querySelector('mark')
    if (box.current && mark) box.current.scrollTop = mark.offsetTop - box.current.clientHeight / 3
  }, [parts])
  return (
    <p ref={box} className="excerpt" tabIndex={0} role="group" aria-labelledby="sample-title">
      {parts.map(({ text, suspect }, i) =>
        suspect ? <mark key={i}>{visibleLines(text)}</mark> : <span key={i}>{visibleLines(text)}</span>,
      )}
    </p>
  )
}
