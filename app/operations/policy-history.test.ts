import { expect, test } from 'vitest'
import type { Predicate } from '#core/manifest.ts'
import type { SigningSystem } from '../system.ts'
import { policyHistory } from './policy-history.ts'

const LOW = { hold: { risk: 0.5 }, rejectAbove: 1.01 }
const HIGH = { hold: { risk: 0.9 }, rejectAbove: 1.01 }
const ONE = { sha256: '1'.repeat(64) }
const TWO = { sha256: '2'.repeat(64) }

/** A chain of such links, and the policy of the configuration. */
function systemOf(links: readonly Partial<Predicate>[], policy: object): SigningSystem {
  const chain = {
    async *links() {
      for (const [i, predicate] of links.entries())
        yield { ordinal: i + 1, statement: { predicate: { kind: 'window', window: `w${i + 1}`, ...predicate } } }
    },
  }
  const config = { datasets: { mail: { policy } } }
  return { chain, config, contracts: new Map([['mail', {}]]) } as unknown as SigningSystem
}

test('windows that were decided by the same are one period, whatever lies between them; the last comes first', async () => {
  const counts = { received: 10, admitted: 8, quarantined: 2, rejected: 0, deadLettered: 0 }
  const links: Partial<Predicate>[] = [
    { policy: LOW, contract: ONE, counts },
    { kind: 'release', review: 'r' },
    { policy: LOW, contract: ONE, counts },
    { policy: HIGH, contract: ONE, counts },
    { policy: HIGH, contract: TWO, counts },
    { policy: LOW, contract: TWO, counts },
    { policy: { hold: 'everything' }, contract: TWO, counts },
  ]
  const { inForce, periods } = await policyHistory(systemOf(links, HIGH), 'mail')
  expect(inForce).toEqual(HIGH)
  expect(
    periods.map(({ policy, contract, from, to, windows, quarantined }) => [
      policy?.hold ?? null,
      contract?.at(0),
      from.window,
      to.window,
      windows,
      quarantined,
    ]),
  ).toEqual([
    [null, '2', 'w7', 'w7', 1, 2],
    [{ risk: 0.5 }, '2', 'w6', 'w6', 1, 2],
    [{ risk: 0.9 }, '2', 'w5', 'w5', 1, 2],
    [{ risk: 0.9 }, '1', 'w4', 'w4', 1, 2],
    [{ risk: 0.5 }, '1', 'w1', 'w3', 2, 4],
  ])
})

test('detectors of another version begin another period, and a chain without windows has none', async () => {
  const by = (version: number) => ({ policy: LOW, detectors: [{ name: 'words', version }] })
  const { periods } = await policyHistory(systemOf([by(1), by(2), by(2)], LOW), 'mail')
  expect(periods.map(({ detectors, windows }) => [detectors[0]?.version, windows])).toEqual([
    [2, 2],
    [1, 1],
  ])
  expect((await policyHistory(systemOf([], LOW), 'mail')).periods).toEqual([])
})
