/** What a person or a token may do, in words that a policy is made of. A route asks for one of them. */
export const PERMISSIONS = {
  view: 'see counts, windows, campaigns, held records without their content, decisions and dead letters without their content',
  'sample.open': 'see a held record as it is, and its nearest admitted neighbours; each look is audited',
  'record.decide': 'release, reject, relabel and undo, one record or a whole query',
  'record.annotate': 'write notes and assign records',
  'letter.open': 'see what came as a dead letter; each look is audited',
  'letter.redrive': 'decode dead letters again',
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
  operator: ['view', 'letter.open', 'letter.redrive', 'keys.view', 'keys.manage', 'approve'],
  auditor: ['view', 'keys.view', 'audit.view'],
  admin: ['view', 'audit.view', 'people.manage', 'webhooks.manage'],
}

/** A role, over every dataset (`null`) or over some. */
export interface Grant {
  readonly role: Role
  readonly datasets: readonly string[] | null
}

/** The datasets over which these grants permit it; null where over all of them, empty where over none. */
export function datasetsWith(grants: readonly Grant[], permission: Permission): readonly string[] | null {
  const permitting = grants.filter(({ role }) => POLICY[role].includes(permission))
  if (permitting.some(({ datasets }) => datasets === null)) return null
  return [...new Set(permitting.flatMap(({ datasets }) => datasets ?? []))].sort()
}

/** Whether these grants permit it, over some dataset or over the one that is named. */
export function permits(grants: readonly Grant[], permission: Permission, dataset?: string): boolean {
  const over = datasetsWith(grants, permission)
  if (over === null) return true
  return dataset === undefined ? over.length > 0 : over.includes(dataset)
}
