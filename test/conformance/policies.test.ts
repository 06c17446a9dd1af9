import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CHART } from '#test/support/chart/render.ts'
import { policyProblems, policyText, weakenedProblems } from '#test/support/policies/problems.ts'
import { WEAKENED_POLICIES } from '#test/support/policies/weakened.ts'

// Requests, events and images against the policies, by evaluators of our own and one of CEL from npm; deploy-policies.test.ts asks Kyverno,
// and deploy-apiserver.test.ts a real API server.

const FILES = ['admission.yaml', 'namespace.yaml', 'falco.yaml', 'images.yaml']

describe('deploy/policies', () => {
  test.each(FILES)('%s lets through and refuses what it is to', (name) => {
    expect(policyProblems(name)).toEqual([])
  })

  test.each(FILES)('it is noticed when %s is weakened', (name) => {
    const cases = WEAKENED_POLICIES.filter(([, file]) => file === name)
    expect(cases.length).toBeGreaterThan(0)
    for (const weakened of cases) expect(weakenedProblems(weakened).join('\n'), weakened[0]).toContain(weakened.at(-1))
  })

  test('the program that Falco knows is the image’s', () => {
    const [, entry = '[]'] = /^ENTRYPOINT (.*"\/app.*)$/m.exec(readFileSync(`${CHART}/../../Dockerfile`, 'utf8')) ?? []
    for (const part of JSON.parse(entry) as string[]) expect(policyText('falco.yaml')).toContain(part)
  })
})
