import { AppError } from '#core/errors.ts'
import { canonicalJson } from '#core/value.ts'
import type { ElevationRow } from '#runtime/catalog/console/elevations.ts'
import type { SigningSystem } from '#app/system.ts'
import type { ELEVATION_ROUTES } from '#console/api/elevations.ts'
import { permits, type Role } from '#console/api/roles.ts'
import { hashOf } from '../access/secrets.ts'
import type { Who } from '../access/who.ts'
import type { Handlers } from '../call.ts'
import { cursorOf, ORDINAL, pageOf } from './shapes.ts'

export const elevationAnswers: Handlers<keyof typeof ELEVATION_ROUTES> = {
  async 'elevations.list'({ who, system, query }) {
    const { limit, cursor } = query
    const rows = await system.catalog.console.elevations.list({
      person: permits(who.grants, 'people.manage') ? null : who.person,
      after: cursorOf(cursor, ORDINAL, Number),
      limit: limit + 1,
    })
    return pageOf(rows, limit, ({ ordinal }) => String(ordinal), elevationOut)
  },

  async 'elevations.ask'({ who, system, body, id }) {
    if (who.via === 'token')
      throw new AppError('denied', 'a token has the roles it was made with', { reason: 'not_a_person' })
    const { role, datasets, reason, minutes } = body
    const digest = hashOf(canonicalJson({ role, datasets, reason, minutes }))
    const asked = { id, digest, person: who.person, role, datasets, reason, minutes }
    return elevationOut(await system.catalog.console.elevations.ask(asked))
  },

  async 'elevations.grant'({ who, system, params }) {
    return elevationOut(await system.catalog.console.elevations.grant(params.elevation, who.person))
  },

  async 'elevations.refuse'({ who, system, params }) {
    const { id } = await openTo(system, who, params.elevation)
    return elevationOut(await system.catalog.console.elevations.refuse(id, who.person))
  },

  async 'elevations.end'({ who, system, params }) {
    const { id } = await openTo(system, who, params.elevation)
    return elevationOut(await system.catalog.console.elevations.end(id, who.person))
  },
}

async function openTo({ catalog }: SigningSystem, who: Who, id: string): Promise<ElevationRow> {
  const row = await catalog.console.elevations.get(id)
  if (row !== null && (row.person === who.person || permits(who.grants, 'people.manage'))) return row
  throw new AppError('not_found', `there is no request ${id} for a role`)
}

function elevationOut({
  id,
  person,
  role,
  datasets,
  reason,
  minutes,
  state,
  decidedBy,
  askedAt,
  expiresAt,
}: ElevationRow) {
  return {
    id,
    person,
    role: role as Role,
    datasets: datasets === null ? null : [...datasets],
    reason,
    minutes,
    state,
    decidedBy,
    at: askedAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  }
}
