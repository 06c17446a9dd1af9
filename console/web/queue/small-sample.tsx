import { truncate, visible, visibleLines } from '#present/text.ts'
import { TURN_WORDS } from '#present/words.ts'
import type { Sample } from '../api/client.ts'
import { TEXTS } from '../texts.ts'
import { NONE, Picture } from './images.tsx'

const LONGEST = 400

interface Props {
  readonly sample: Sample
  /** Of a row, what differs from this one alone is told. */
  readonly than?: Sample
}

/** A record as an example of others: what is told at a glance. */
export function SmallSample({ sample, than }: Props) {
  if (sample.kind === 'table' && than?.kind === 'table') return <Differing of={sample.cells} than={than.cells} />
  if (sample.kind === 'image')
    return <Picture sample={sample} pixels={NONE} says={TEXTS.record.image(sample.width, sample.height)} />
  return <p className="glance">{truncate(visibleLines(textOf(sample)), LONGEST)}</p>
}

type Cells = Extract<Sample, { kind: 'table' }>['cells']

function Differing({ of, than }: { readonly of: Cells; readonly than: Cells }) {
  const own = new Map(than.map(({ column, value }) => [column, value]))
  const differing = of.filter(({ column, value }) => own.get(column) !== value)
  if (differing.length === 0) return <p className="quiet">{TEXTS.record.sameRow}</p>
  return (
    <dl className="differs">
      {differing.map(({ column, value }) => (
        <div key={column}>
          <dt>{visible(column)}</dt>
          <dd>{truncate(visible(value), LONGEST)}</dd>
        </div>
      ))}
    </dl>
  )
}

function textOf(sample: Exclude<Sample, { kind: 'image' }>): string {
  if (sample.kind === 'text') return joined(sample.parts)
  if (sample.kind === 'exchange')
    return sample.turns.map(({ role, parts }) => `${TURN_WORDS[role]}: ${joined(parts)}`).join('\n')
  if (sample.kind === 'table') return sample.cells.map(({ column, value }) => `${column}: ${value}`).join('\n')
  return sample.kind === 'raw' ? sample.text : sample.values.map((value) => value.toPrecision(4)).join('  ')
}

function joined(parts: readonly { readonly text: string }[]): string {
  return parts.map(({ text }) => text).join('')
}
