import { beforeEach, expect, test } from 'vitest'
import { signAuditLog } from '#app/operations/audit.ts'
import { checkReadiness, QUESTIONS, type Facts } from '#app/operations/readiness.ts'
import type { CheckedPart } from '#app/run-checks.ts'
import { DATASET, texts, useInstallation } from '../attacks/installation.ts'

const it = useInstallation()
beforeEach(async () => {
  await it.deliver('a', texts(0, 20, 5))
  expect(await it.run()).toEqual([])
})

const days = (n: number) => new Date(Date.now() + n * 24 * 3600_000)

async function answers(now?: Date, parts: readonly CheckedPart[] = []): Promise<Map<string, string>> {
  const checked = await checkReadiness(await it.start(), parts, now)
  return new Map(checked.map(({ id, answer, says }) => [id, `${answer}: ${says}`]))
}

test('every question is answered, by the product or left to people, and nothing is changed', async () => {
  const system = await it.start()
  const before = await system.catalog.audit.head()
  const checked = await checkReadiness(system, [])
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

test('what the cloud says decides: a part that is public or lacks a permission is named, what is not known is counted', async () => {
  const well = { what: 'versioning', state: 'ok', says: 'on' } as const
  const dark = { what: 'default encryption', state: 'unknown', says: 'denied' } as const
  const open = { what: 'public access block', state: 'failed', says: 'off', fix: 'switch it on' } as const
  const of = (...lines: CheckedPart['lines'][number][]) => [{ part: 'store.s3', lines }]
  expect((await answers(undefined, of(well))).get('parts-well')).toBe('yes: 1 answers are well')
  expect((await answers(undefined, of(well, dark))).get('parts-well')).toMatch(/^yes: 1 .*1 could not be found out/)
  expect((await answers(undefined, of(well, open))).get('parts-well')).toBe('no: store.s3: public access block')
})

test('a retention that is configured counts when the store says so itself', async () => {
  const ask = (...lines: CheckedPart['lines'][number][]) => {
    const facts = { config: { store: { s3: { objectLock: {} } } }, parts: [{ part: 'store.s3', lines }] }
    const { answer } = QUESTIONS['retention']!
    return answer === 'people' ? null : answer(facts as unknown as Facts)
  }
  expect(await ask({ what: 'object lock', state: 'ok', says: 'held for 30 days' })).toEqual({
    yes: true,
    says: 'held for 30 days',
  })
  expect(await ask({ what: 'object lock', state: 'failed', says: 'off' })).toEqual({ yes: false, says: 'off' })
  expect(await ask()).toEqual({ yes: false, says: 'the store says nothing of it' })
})
