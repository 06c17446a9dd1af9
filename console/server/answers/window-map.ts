import { AppError } from '#core/errors.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { scoresOf } from '#app/operations/windows.ts'
import type { SigningSystem } from '#app/system.ts'
import { permits } from '#console/api/roles.ts'
import type { Who } from '../access/who.ts'
import { within } from './shapes.ts'

const DECISION_BYTES = { admit: 0, quarantine: 1, reject: 2 } as const

/** A window as points; to whoever sees some of its held records, those alone. */
export async function mapOf(system: SigningSystem, who: Who, id: string) {
  const missing = `there is no window ${id}`
  const window = await system.catalog.windows.get(id)
  if (window === null) throw new AppError('not_found', missing)
  const isWhole = permits(who.grants, 'view', window.dataset)
  const own = isWhole ? null : await ownPlaces(system, who, window)
  if (own?.length === 0) throw new AppError('not_found', missing)
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

/** Where the held records of a window lie that somebody may see, in order. */
async function ownPlaces({ catalog }: SigningSystem, who: Who, { id, dataset, records }: WindowRow): Promise<number[]> {
  const rows = await catalog.console.held.page(
    {
      datasets: null,
      within: within(who, 'view', dataset),
      terms: [{ field: 'window', negated: false, operator: '=', values: [id] }],
    },
    { sort: 'place', limit: records },
  )
  return rows.map(({ index }) => index).sort((a, b) => a - b)
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
