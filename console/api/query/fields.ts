import { FAMILIES } from '#core/score.ts'
import { STANDINGS } from '../closed-lists.ts'

/** In characters: so many that a hundred records have room that are named one by one. */
export const LONGEST_QUERY = 4000

/** What a query can ask of a held record. */
export const FIELDS = {
  risk: { type: 'number', says: 'from 0 to 1: risk>0.9, risk<=0.7' },
  held: { type: 'age', says: 'for how long: held:>3d, held<12h (m, h, d, w)' },
  staged: { type: 'day', says: 'the day on which its window was staged: staged:2026-11-20, staged>=2026-11-01' },
  dataset: { type: 'text', says: 'dataset:mail' },
  family: { type: 'list', values: FAMILIES, says: 'what is suspected: family:trigger' },
  standing: { type: 'list', values: STANDINGS, says: 'where it stands now: standing:released' },
  decision: {
    type: 'list',
    values: ['admit', 'quarantine', 'reject'],
    says: 'of the scan: decision:reject; `admit` finds what was recalled',
  },
  is: {
    type: 'list',
    values: ['scanned', 'unscanned', 'grouped', 'pending', 'assigned', 'noted', 'asked', 'disputed'],
    says: 'is:unscanned, -is:assigned',
  },
  campaign: { type: 'text', says: 'campaign:trigger-7-1a2b' },
  contributor: { type: 'text', says: 'contributor:"ann b."' },
  label: { type: 'text', says: 'label:7, or label:7,8 for either' },
  assignee: { type: 'text', says: 'assignee:ann' },
  window: { type: 'text', says: 'the id of a window' },
  record: { type: 'text', says: 'the id of a record, in full' },
  key: { type: 'key', says: 'records one by one, as their addresses have them: the window, and the place in it' },
  place: { type: 'range', says: 'its place in its window: place:7, place:3-17,40-51' },
} as const satisfies Record<string, Field>
export type FieldName = keyof typeof FIELDS

export interface Field {
  readonly type: 'number' | 'age' | 'day' | 'text' | 'list' | 'range' | 'key'
  readonly values?: readonly string[]
  readonly says: string
}

/** `:` says the same as `=`. */
export type Operator = '=' | '>=' | '<=' | '>' | '<'

export function isField(name: string): name is FieldName {
  return Object.hasOwn(FIELDS, name)
}

/** Seconds of an age such as `3d` or `12h`; null for anything else. */
export function ageSeconds(text: string): number | null {
  const [, amount, unit] = /^(\d{1,6}(?:\.\d{1,3})?)([mhdw])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) return null
  return Number(amount) * { m: 60, h: 3600, d: 86_400, w: 604_800 }[unit as 'm' | 'h' | 'd' | 'w']
}
