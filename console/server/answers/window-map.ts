import { AppError } from '#core/errors.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import type { HeldRow } from '#runtime/catalog/console/held.ts'
import { openAttribute, type Attribute } from '#app/operations/window-attributes.ts'
import { scoresOf } from '#app/operations/windows.ts'
import type { SigningSystem } from '#app/system.ts'
import { permits } from '#console/api/roles.ts'
import type { Who } from '../access/who.ts'
import { checkDataset, within } from './shapes.ts'

const DECISION_BYTES = { admit: 0, quarantine: 1, reject: 2 } as const

/** A window as points; to whoever sees some of its held records, those alone. */
export async function mapOf(system: SigningSystem, who: Who, id: string) {
  const { window, rows } = await seenOf(system, who, id)
  const own = rows?.map(({ index }) => index) ?? null
  const { records, map, campaigns, unscanned } = await scoresOf(system, window)
  const places = own ?? records.map(({ index }) => index)
  const shown = new Map(places.map((place, i) => [place, i]))
  const of = places.flatMap((place) => records[place] ?? [])
  return {
    records: places.length,
    places: own,
    xy: base64(
      Float32Array.from({ length: 2 * places.length }, (_, i) => map[2 * (places[i >> 1] ?? 0) + (i & 1)] ?? 0),
    ),
    risk: base64(Float32Array.from(of, ({ risk }) => risk)),
    decision: base64(Uint8Array.from(of, ({ decision }) => DECISION_BYTES[decision])),
    ids: of.map((record) => record.id),
    campaigns: campaigns
      .map(({ id, members }) => ({ id, members: members.flatMap((place) => shown.get(place) ?? []) }))
      .filter(({ members }) => members.length > 0),
    unscanned: unscanned ?? null,
  }
}

/** So many values of an attribute have a colour of their own. */
const SHOWN = 8
const OTHER = 255

/** The label or the contributor of each point of that map; of held records that somebody sees alone, as their list has it. */
export async function attributeOf(system: SigningSystem, who: Who, id: string, attribute: Attribute) {
  const { window, rows } = await seenOf(system, who, id)
  if (rows === null) checkDataset(who, 'sample.open', window.dataset, `there is no window ${id}`)
  const values = rows?.map((row) => row[attribute]) ?? (await openAttribute(system, window, attribute))
  const counts = new Map<string, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  const shown = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, SHOWN)
  const at = new Map<string | null, number>(shown.map(([value], i) => [value, i]))
  return {
    values: shown.map(([value, records]) => ({ value, records })),
    others: counts.size - shown.length,
    of: base64(Uint8Array.from(values, (value) => at.get(value) ?? OTHER)),
  }
}

/** A window of which somebody may see all (`rows` is null), or those of its held records that are theirs, in its order. */
async function seenOf(system: SigningSystem, who: Who, id: string) {
  const missing = `there is no window ${id}`
  const window = await system.catalog.windows.get(id)
  if (window === null) throw new AppError('not_found', missing)
  if (permits(who.grants, 'view', window.dataset)) return { window, rows: null }
  const rows = await ownRows(system, who, window)
  if (rows.length === 0) throw new AppError('not_found', missing)
  return { window, rows }
}

async function ownRows({ catalog }: SigningSystem, who: Who, { id, dataset, records }: WindowRow): Promise<HeldRow[]> {
  const rows = await catalog.console.held.page(
    {
      datasets: null,
      within: within(who, 'view', dataset),
      terms: [{ field: 'window', negated: false, operator: '=', values: [id] }],
    },
    { sort: 'place', limit: records },
  )
  return rows.toSorted((a, b) => a.index - b.index)
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
