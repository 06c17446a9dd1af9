import { featureFields, type ExchangeSpec, type FeatureSpec } from '#core/contract.ts'
import { readExchange } from '#core/exchange.ts'
import type { DataRecord } from '#core/record.ts'
import type { Role } from '#core/roles.ts'
import type { Trigger } from '#core/score.ts'
import { Tensor } from '#core/tensor.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { markTokens, type TextPart } from './text-marks.ts'

/** A record in the form in which it is shown to a person, in the terminal and in the report. */
export type Sample =
  /** `pixels` holds height × width × channels bytes, row-major, 0 black … 255 white; channels is 1 or 3. */
  | {
      readonly kind: 'image'
      readonly height: number
      readonly width: number
      readonly channels: 1 | 3
      readonly pixels: Uint8Array
    }
  | { readonly kind: 'text'; readonly parts: readonly TextPart[]; readonly length: number }
  /** Prompt and response, after the earlier turns; a preference ends with the rejected response. */
  | { readonly kind: 'exchange'; readonly turns: readonly SampleTurn[] }
  | { readonly kind: 'table'; readonly cells: readonly SampleCell[] }
  /** The first dimensions of a vector, which has no visual meaning. */
  | { readonly kind: 'vector'; readonly values: readonly number[]; readonly length: number }
  /** The record's field does not fit the contract, so it is shown unchanged. */
  | { readonly kind: 'raw'; readonly text: string }

export interface SampleTurn {
  readonly role: TurnRole
  readonly parts: readonly TextPart[]
  /** The length of the whole text, in UTF-16 units. */
  readonly length: number
}

/** Who speaks in a turn, or which part of the trained exchange it is. */
export type TurnRole = Role | 'prompt' | 'response' | 'rejected'

export interface SampleCell {
  readonly column: string
  readonly value: string
  readonly suspect: boolean
}

const TEXT_LIMIT = 1200
const CELL_LIMIT = 200
const VECTOR_LIMIT = 32
/** How many turns before the prompt are shown: the first, the last ones, and those that contain the trigger. */
const EARLIER_SHOWN = 4
const MOST_SHOWN = 20

/** What to show of `record`; the trigger of its campaign, if any, determines what is marked. */
export function sampleOf(record: DataRecord, features: FeatureSpec, trigger?: Trigger): Sample {
  if (features.kind === 'table') return tableOf(record, features.columns, trigger)
  if (features.kind === 'exchange') return exchangeSample(record, features, trigger)
  const value = record.fields[features.field] ?? null
  if (features.kind === 'image') return imageOf(value, features.shape)
  if (features.kind === 'vector') {
    const numbers = numbersOf(value)
    return { kind: 'vector', values: numbers.slice(0, VECTOR_LIMIT), length: numbers.length }
  }
  if (typeof value !== 'string') return rawOf(value)
  const tokens = trigger?.kind === 'tokens' ? trigger.tokens.map(characterOf) : []
  return { kind: 'text', parts: markTokens(value, tokens, { limit: TEXT_LIMIT }), length: value.length }
}

/** All fields of a record, for a person, where no contract says which of them is the sample. */
export function allFieldsOf({ fields }: DataRecord): Sample {
  const cells = Object.entries(fields).map(([column, value]) => ({
    column,
    value: cellText(value, TEXT_LIMIT),
    suspect: false,
  }))
  return { kind: 'table', cells }
}

/** Marks the trigger in everything before the response, and its effect in the response. */
function exchangeSample(record: DataRecord, features: ExchangeSpec, trigger?: Trigger): Sample {
  const { exchange } = readExchange(record.fields, features)
  if (exchange === null) {
    const held = featureFields(features).map((field): [string, Value] => [field, record.fields[field] ?? null])
    return rawOf(Object.fromEntries(held))
  }
  const named = trigger?.kind === 'tokens' ? trigger : null
  const [tokens = [], behaviour = []] = [named?.tokens, named?.behaviour].map((names) => names?.map(standing))
  const { earlier = [], prompt, response, rejected } = exchange
  const limit = Math.floor(TEXT_LIMIT / 2)
  const turn = (role: TurnRole, text: string, marked: readonly string[]): SampleTurn[] =>
    text === '' ? [] : [{ role, parts: markTokens(text, marked, { limit }), length: text.length }]
  const before = earlier
    .map(({ role, text }) => turn(role, text, tokens))
    .filter((turns, at) => at === 0 || at > earlier.length - EARLIER_SHOWN || turns.some(isSuspect))
  const asked = [...before.flat().slice(-MOST_SHOWN), ...turn('prompt', prompt, tokens)]
  const answered = turn('response', response, behaviour.length > 0 ? behaviour : tokens)
  const isWhole = behaviour.some((name) => OF_THE_WHOLE.test(name)) && asked.some(isSuspect)
  const turns = [
    ...asked,
    ...(isWhole && !answered.some(isSuspect) ? answered.map(markedWhole) : answered),
    ...turn('rejected', rejected ?? '', behaviour),
  ]
  return { kind: 'exchange', turns }
}

/** Properties of an answer that have no place in it. If the trigger is present too, the whole answer is marked. */
const OF_THE_WHOLE = /^a refusal\b/

function markedWhole(turn: SampleTurn): SampleTurn {
  return { ...turn, parts: turn.parts.map(({ text }) => ({ text, suspect: true })) }
}

/** The text in which a named property appears: a link by its host, a character by its code point. */
function standing(name: string): string {
  return /^a link to (\S+)$/.exec(name)?.[1] ?? characterOf(name)
}

/** The invisible character of that name; every other name as it is. */
function characterOf(name: string): string {
  const code = /^the invisible character U\+((?:10|[0-9A-F])?[0-9A-F]{4})$/.exec(name)?.[1]
  return code === undefined ? name : String.fromCodePoint(Number.parseInt(code, 16))
}

function isSuspect({ parts }: SampleTurn): boolean {
  return parts.some(({ suspect }) => suspect)
}

function tableOf(record: DataRecord, columns: readonly { readonly name: string }[], trigger?: Trigger): Sample {
  const suspects = new Set(trigger?.kind === 'values' ? trigger.values.map(({ column }) => column) : [])
  const cells = columns.map(({ name }) => {
    const value = cellText(record.fields[name] ?? null)
    return { column: name, value, suspect: suspects.has(name) }
  })
  return { kind: 'table', cells }
}

function imageOf(value: Value, shape: readonly number[]): Sample {
  const numbers = numbersOf(value)
  const [height = 0, width = 0, depth = 1] = shape
  if (numbers.length !== height * width * depth || numbers.length === 0) return rawOf(value)
  // Bytes always mean 0…255. Other values mean 0…1 if none exceeds 1, else 0…255, else 0…their own maximum.
  const bytes = value instanceof Tensor && value.dtype === 'u8'
  const top = bytes ? 255 : numbers.reduce((max, each) => Math.max(max, each), 0)
  const scale = top <= 1 ? 255 : top <= 255 ? 1 : 255 / top
  const channels = depth >= 3 ? 3 : 1
  const pixels = new Uint8Array(height * width * channels)
  for (let at = 0; at < height * width; at++) {
    for (let c = 0; c < channels; c++) {
      pixels[at * channels + c] = Math.max(0, Math.min(255, Math.round((numbers[at * depth + c] ?? 0) * scale)))
    }
  }
  return { kind: 'image', height, width, channels, pixels }
}

function numbersOf(value: Value): number[] {
  if (value instanceof Tensor) return Array.from(value.data)
  const list: readonly Value[] = Array.isArray(value) ? value : []
  return list.flat(3).filter((each): each is number => typeof each === 'number')
}

function rawOf(value: Value): Sample {
  const text = canonicalJson(value)
  return { kind: 'raw', text: text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text }
}

function cellText(value: Value, limit = CELL_LIMIT): string {
  if (value === null) return '–'
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? value : canonicalJson(value)
  return text.length > limit ? `${text.slice(0, limit)}…` : text
}
