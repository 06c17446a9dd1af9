import { beforeEach, expect, test } from 'vitest'
import { signAuditLog } from '#app/operations/audit.ts'
import { checkReadiness, QUESTIONS } from '#app/operations/readiness.ts'
import { DATASET, texts, useInstallation } from '../attacks/installation.ts'

const it = useInstallation()
beforeEach(async () => {
  await it.deliver('a', texts(0, 20, 5))
  expect(await it.run()).toEqual([])
})

const days = (n: number) => new Date(Date.now() + n * 24 * 3600_000)

async function answers(now?: Date): Promise<Map<string, string>> {
  const checked = await checkReadiness(await it.start(), now)
  return new Map(checked.map(({ id, answer, says }) => [id, `${answer}: ${says}`]))
}

test('every question is answered, by the product or left to people, and nothing is changed', async () => {
  const system = await it.start()
  const before = await system.catalog.audit.head()
  const checked = await checkReadiness(system)
  expect(await system.catalog.audit.head()).toEqual(before)
  expect(checked.map(({ id }) => id)).toEqual(Object.keys(QUESTIONS))
  for (const { id, answer, fix } of checked) {
    expect(answer === 'people', id).toBe(QUESTIONS[id]!.answer === 'people')
    expect(fix === null, id).toBe(answer === 'yes')
  }
})

test('ages count: keys that grow old, and records that nobody decides on', async () => {
  const now = await answers()
  expect(now.get('key-age')).toMatch(/^yes/)
  expect(now.get('nothing-waits')).toBe('yes: 0 waiting longer')
  expect((await answers(days(8))).get('nothing-waits')).toBe('no: 5 waiting longer')
  expect((await answers(days(101))).get('key-age')).toMatch(/^no: .*signing key \w+: 101 days/)
})

test('a link that is gone makes the log no proof', async () => {
  await signAuditLog(await it.start())
  expect((await answers()).get('log-whole')).toMatch(/^yes/)
  await it.store.delete(`manifests/${DATASET}/00000001.json`)
  expect((await answers()).get('log-whole')).toMatch(/^no: .*00000001.json is missing/)
})

test('what a development folder lacks is said', async () => {
  const now = await answers()
  for (const id of ['production', 'managed-keys', 'retention', 'sign-in', 'two-people', 'two-services', 'no-password'])
    expect(now.get(id), id).toMatch(/^no/)
})
