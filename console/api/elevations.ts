import { z } from 'zod'
import { count, name, page, pageQuery, time } from './common.ts'
import { ROLES } from './roles.ts'
import type { Route } from './route.ts'

/** How long a role can be asked for. */
const SHORTEST_MINUTES = 5
const LONGEST_HOURS = 8

const elevation = z
  .strictObject({
    id: z.string(),
    person: name,
    role: z.enum(ROLES),
    datasets: z.array(name).nullable().describe('Null is every dataset.'),
    reason: z.string(),
    minutes: count,
    state: z.enum(['asked', 'granted', 'refused', 'ended', 'expired']),
    decidedBy: name.nullable(),
    at: time,
    expiresAt: time.nullable(),
  })
  .meta({ id: 'Elevation' })

const params = z.strictObject({ elevation: z.string().regex(/^[0-9a-f-]{8,64}$/) })

export const ELEVATION_ROUTES = {
  'elevations.list': {
    method: 'GET',
    path: '/v1/elevations',
    permission: 'session',
    says: 'roles asked for: one’s own, or everybody’s to who may manage people',
    query: z.strictObject(pageQuery),
    answer: page(elevation),
  },
  'elevations.ask': {
    method: 'POST',
    path: '/v1/elevations',
    permission: 'session',
    says: 'asks for a role for a while; another person grants it',
    body: z.strictObject({
      role: z.enum(ROLES),
      datasets: z.array(name).min(1).max(1000).nullable().default(null).describe('Null is every dataset.'),
      reason: z.string().trim().min(1).max(1000),
      minutes: z
        .int()
        .min(SHORTEST_MINUTES)
        .max(60 * LONGEST_HOURS)
        .default(60)
        .describe('From when it is granted.'),
    }),
    answer: elevation,
    status: 201,
  },
  'elevations.grant': {
    method: 'POST',
    path: '/v1/elevations/{elevation}/grant',
    permission: 'people.manage',
    says: 'gives the role, from now on and for its minutes; whoever asked cannot',
    params,
    answer: elevation,
    isDangerous: true,
  },
  'elevations.refuse': {
    method: 'POST',
    path: '/v1/elevations/{elevation}/refuse',
    permission: 'session',
    says: 'refuses it: whoever may manage people, or whoever asked',
    params,
    answer: elevation,
  },
  'elevations.end': {
    method: 'POST',
    path: '/v1/elevations/{elevation}/end',
    permission: 'session',
    says: 'takes the role away before its time: whoever may manage people, or whoever has it',
    params,
    answer: elevation,
  },
} as const satisfies Record<string, Route>
