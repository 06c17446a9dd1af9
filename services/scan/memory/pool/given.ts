import { scannedFields } from '#core/contract.ts'
import { sha256Hex } from '#core/hash.ts'
import { encodeRecords, recordLine } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import type { PoolRef, Sidecar } from '#core/sidecar.ts'
import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import { textsOf, type ScanInput } from '../../view/samples.ts'
import { encodeColumns } from '../spikes/columns.ts'
import { encodeWords } from '../hunt/words.ts'
import { encodeKeys, keysOf } from '../leads/keys.ts'
import { tellingOf, type Lead } from '../leads/leads.ts'
import type { Encoded } from './lines.ts'
import { encodePlaces } from '../places/places.ts'
import { choosePool, withinBounds } from './pool.ts'
import { encodePrints } from '../repeats/prints.ts'

/** The most bytes of a dataset's pool, whatever its records are: with its memory no more than 64 MiB. */
export const POOL_BYTES = 60 * 1024 * 1024
/**
 * One window's part of the pool. What is left out follows from the window alone, so that all processes keep the same.
 */
export const GIVEN_BYTES = POOL_BYTES / POOL_KEPT_WINDOWS
/** The part that a table's columns leave to its records, where these need it. */
const RECORDS_PART = 1 / 4
/**
 * The part for a text's rare words, and that for their places, where its records need all the room. It is small because
 * records are scanned again, and words only searched.
 */
const WORDS_PART = 1 / 8
/** The part for the keys of exchanges: leads show which records are worth giving. */
const KEYS_PART = 1 / 4

const NOTHING: Encoded = { line: new Uint8Array(0), leftOut: 0 }

/** The records with only the fields that a scan reads: others would take room, and could be made to. */
export function asScanned(records: readonly DataRecord[], contract: Parameters<typeof scannedFields>[0]): DataRecord[] {
  const seen = new Set(scannedFields(contract))
  return records.map(({ fields, ...rest }) => ({
    ...rest,
    fields: Object.fromEntries(Object.entries(fields).filter(([name]) => seen.has(name))),
  }))
}

/**
 * The lines that a window gives to its dataset's pool: its records, then its columns, prints, words, places and keys;
 * and the sidecar's reference to them, with what there was no room for. `order` is the scan's, and `leads` are what
 * earlier windows showed.
 */
export function poolOf(
  records: readonly DataRecord[],
  { window, seed, records: scored }: Pick<Sidecar, 'window' | 'seed' | 'records'>,
  input?: ScanInput,
  { order, leads = [] }: { readonly order?: Int32Array | undefined; readonly leads?: readonly Lead[] } = {},
): { readonly ref: PoolRef; readonly lines: Uint8Array } {
  const held = scored.filter(({ decision }) => decision !== 'admit').map(({ index }) => index)
  const keys = input === undefined || leads.length === 0 ? null : keysOf(input)
  const leading = keys === null ? [] : tellingOf(keys, leads)
  const chosen = choosePool(
    scored.map(({ risk }) => risk),
    { seed, window, leading, ...(order !== undefined && { order }) },
    input?.contributors ?? null,
  )
  const sizes = new Map(chosen.map((i) => [i, Buffer.byteLength(recordLine(records[i]!), 'utf8') + 1]))
  const sizeOf = (i: number) => sizes.get(i) ?? 0
  const lengthOf = (members: readonly number[]) => members.reduce((sum, i) => sum + sizeOf(i), 0)
  const fitting = (most: number) => withinBounds(chosen, { most, sizeOf, seed, window })
  const prints = input === undefined ? NOTHING : encodePrints(input, held)
  const room = GIVEN_BYTES - prints.line.length
  const most = room - lengthOf(fitting(RECORDS_PART * GIVEN_BYTES))
  const columns = input === undefined ? NOTHING : encodeColumns(input, held, { most, window })
  const spare = (taken: number, part = WORDS_PART) =>
    Math.max(part * GIVEN_BYTES, room - taken - lengthOf(fitting(room - taken)))
  const hasWords = input !== undefined && textsOf(input.samples) !== null
  const words = hasWords ? encodeWords(input, held, { most: spare(0), window }) : NOTHING
  const places = hasWords ? encodePlaces(input, held, { most: spare(words.line.length), window }) : NOTHING
  const taken = words.line.length + places.line.length
  const said = hasWords ? encodeKeys(input, held, { most: spare(taken, KEYS_PART) }) : NOTHING
  const members = fitting(room - columns.line.length - taken - said.line.length)
  const first = encodeRecords(members.map((i) => records[i]!))
  const lines = Buffer.concat([first, columns.line, prints.line, words.line, places.line, said.line])
  const leftOut = {
    records: chosen.length - members.length,
    columns: columns.leftOut,
    prints: prints.leftOut,
    ...(words.leftOut > 0 && { words: words.leftOut }),
    ...(places.leftOut > 0 && { places: places.leftOut }),
    ...(said.leftOut > 0 && { keys: said.leftOut }),
  }
  const isWhole = Object.values(leftOut).every((count) => count === 0)
  return { ref: { sha256: sha256Hex(lines), members, ...(!isWhole && { leftOut }) }, lines }
}
