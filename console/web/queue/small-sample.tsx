import { truncate, visibleLines } from '#present/text.ts'
import { TURN_WORDS } from '#present/words.ts'
import type { Sample } from '../api/client.ts'
import { TEXTS } from '../texts.ts'
import { NONE, Picture } from './images.tsx'

const LONGEST = 400

/** A record as an example of others: what is told at a glance. */
export function SmallSample({ sample }: { readonly sample: Sample }) {
  if (sample.kind === 'image')
    return <Picture sample={sample} pixels={NONE} says={TEXTS.record.image(sample.width, sample.height)} />
  return <p className="glance">{truncate(visibleLines(textOf(sample)), LONGEST)}</p>
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
