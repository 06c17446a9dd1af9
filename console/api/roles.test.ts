import { describe, expect, test } from 'vitest'
import { datasetsWith, permits, PERMISSIONS, ROLES, scopesWith, type Permission } from './roles.ts'
import { ROUTES, type Operation } from './routes.ts'

// The whole policy again, written by hand: who changes one of the two has to mean it.
const MAY: Record<string, readonly Permission[]> = {
  viewer: ['view'],
  reviewer: ['view', 'sample.open', 'record.decide', 'record.annotate', 'approve'],
  operator: ['view', 'letter.open', 'letter.redrive', 'contract.draft', 'keys.view', 'keys.manage', 'approve'],
  auditor: ['view', 'keys.view', 'audit.view'],
  admin: ['view', 'audit.view', 'people.manage', 'webhooks.manage'],
}

describe('the policy', () => {
  test.for(ROLES.flatMap((role) => (Object.keys(PERMISSIONS) as Permission[]).map((p) => [role, p] as const)))(
    '%s and %s',
    ([role, permission]) => {
      const everywhere = [{ role, datasets: null }]
      expect(permits(everywhere, permission)).toBe(MAY[role]!.includes(permission))
      const mail = [{ role, datasets: ['mail'] }]
      expect(permits(mail, permission, 'mail')).toBe(MAY[role]!.includes(permission))
      expect(permits(mail, permission, 'digits')).toBe(false)
      expect(datasetsWith(mail, permission)).toEqual(MAY[role]!.includes(permission) ? ['mail'] : [])
    },
  )

  const OVER_RECORDS = ['view', 'sample.open', 'record.decide', 'record.annotate']
  test.for(ROLES.flatMap((role) => (Object.keys(PERMISSIONS) as Permission[]).map((p) => [role, p] as const)))(
    'of some contributors or sensitivities, %s and %s: single records, and nothing of a dataset',
    ([role, permission]) => {
      const may = MAY[role]!.includes(permission) && OVER_RECORDS.includes(permission)
      for (const limit of [{ contributors: ['bob'] }, { sensitivities: ['low'] }]) {
        const grants = [{ role, datasets: ['mail'], ...limit }]
        expect(permits(grants, permission)).toBe(may)
        expect(permits(grants, permission, 'mail')).toBe(false)
        expect(datasetsWith(grants, permission)).toEqual([])
        const scope = { datasets: ['mail'], contributors: null, sensitivities: null, ...limit }
        expect(scopesWith(grants, permission)).toEqual(may ? [scope] : [])
        // what somebody may do over all is not made less by what they may do over some
        expect(scopesWith([...grants, { role, datasets: null }], permission)).toEqual(
          MAY[role]!.includes(permission) ? null : [],
        )
      }
    },
  )

  test('joins what several roles permit, each over its own datasets', () => {
    const grants = [
      { role: 'reviewer', datasets: ['mail'] },
      { role: 'viewer', datasets: null },
      { role: 'reviewer', datasets: ['digits', 'mail'] },
    ] as const
    expect(datasetsWith(grants, 'view')).toBeNull()
    expect(datasetsWith(grants, 'record.decide')).toEqual(['digits', 'mail'])
    expect(datasetsWith([], 'view')).toEqual([])
    expect(permits([], 'view')).toBe(false)
    expect(permits([{ role: 'viewer', datasets: [] }], 'view')).toBe(false)
  })
})

describe('every route', () => {
  const all = Object.entries(ROUTES) as [Operation, (typeof ROUTES)[Operation]][]

  test('has an address of its own, and names in it that its parameters say', () => {
    expect(new Set(all.map(([, { method, path }]) => `${method} ${path}`)).size).toBe(all.length)
    for (const [operation, route] of all) {
      const named = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const params = 'params' in route ? Object.keys(route.params.shape) : []
      expect(params, operation).toEqual(named)
    }
  })

  // A read that changes something could be called by an address in a picture.
  test('that reads takes no body, and one that changes is no GET', () => {
    for (const [operation, route] of all) {
      expect(route.method === 'GET' && 'body' in route, operation).toBe(false)
    }
  })
})
