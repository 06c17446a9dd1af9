/** What a person or a token may do, in words that a policy is made of. A route asks for one of them. */
export const PERMISSIONS = {
  view: 'see counts, windows, campaigns, held records without their content, decisions and dead letters without their content',
  'sample.open': 'see a held record as it is, and its nearest admitted neighbours; each look is audited',
  'record.decide': 'release, reject, relabel and undo, one record or a whole query',
  'record.annotate': 'write notes and assign records',
  'letter.open': 'see what came as a dead letter; each look is audited',
  'letter.redrive': 'decode dead letters again',
  'contract.draft': 'draft contracts, see what they would change, put them in force',
  'keys.view': 'see key versions, epochs and what blocks retirement',
  'keys.manage': 'rotate, rewrap and retire keys',
  'audit.view': 'read, verify and export the audit log',
  'people.manage': 'see and end sessions, make and revoke service tokens',
  'webhooks.manage': 'say who is told of what happens',
  approve: 'be the second of two people',
} as const
export type Permission = keyof typeof PERMISSIONS

export const ROLES = ['viewer', 'reviewer', 'operator', 'auditor', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** The policy: all of it. Nobody but a reviewer sees a record, and an admin grants what they do not have themselves. */
export const POLICY: { readonly [key in Role]: readonly Permission[] } = {
  viewer: ['view'],
  reviewer: ['view', 'sample.open', 'record.decide', 'record.annotate', 'approve'],
  operator: ['view', 'letter.open', 'letter.redrive', 'contract.draft', 'keys.view', 'keys.manage', 'approve'],
  auditor: ['view', 'keys.view', 'audit.view'],
  admin: ['view', 'audit.view', 'people.manage', 'webhooks.manage'],
}

/**
 * A role, over every dataset (`null`) or over some. One that is limited further, to records of some contributors or sensitivities, is
 * over single held records: what is counted or drawn over a whole dataset would tell of the others.
 */
export interface Grant {
  readonly role: Role
  readonly datasets: readonly string[] | null
  readonly contributors?: readonly string[] | null | undefined
  readonly sensitivities?: readonly string[] | null | undefined
}

/** Held records that a grant is over; null leaves an attribute out. */
export interface RecordScope {
  readonly datasets: readonly string[] | null
  readonly contributors: readonly string[] | null
  readonly sensitivities: readonly string[] | null
}

/** All that a limited role permits: the rest is over datasets, keys or people. */
const OVER_RECORDS: readonly Permission[] = ['view', 'sample.open', 'record.decide', 'record.annotate']

export function isLimited({ contributors, sensitivities }: Grant): boolean {
  return (contributors ?? null) !== null || (sensitivities ?? null) !== null
}

function isPermitting(grant: Grant, permission: Permission): boolean {
  return POLICY[grant.role].includes(permission) && (!isLimited(grant) || OVER_RECORDS.includes(permission))
}

/** The held records over which these grants permit it: those of any of the scopes; null is all of them. */
export function scopesWith(grants: readonly Grant[], permission: Permission): readonly RecordScope[] | null {
  const scopes = grants
    .filter((grant) => isPermitting(grant, permission))
    .map(({ datasets, contributors = null, sensitivities = null }) => ({ datasets, contributors, sensitivities }))
  return scopes.some((scope) => Object.values(scope).every((part) => part === null)) ? null : scopes
}

/** The whole datasets over which these grants permit it; null where over all of them, empty where over none. */
export function datasetsWith(grants: readonly Grant[], permission: Permission): readonly string[] | null {
  const permitting = grants.filter((grant) => isPermitting(grant, permission) && !isLimited(grant))
  if (permitting.some(({ datasets }) => datasets === null)) return null
  return [...new Set(permitting.flatMap(({ datasets }) => datasets ?? []))].sort()
}

/** Whether these grants permit it: over anything at all, or over all of the dataset that is named. */
export function permits(grants: readonly Grant[], permission: Permission, dataset?: string): boolean {
  if (dataset === undefined) {
    return grants.some((grant) => isPermitting(grant, permission) && grant.datasets?.length !== 0)
  }
  return datasetsWith(grants, permission)?.includes(dataset) ?? true
}
