/**
 * Makes the golden install in `store.json`, each file in base64: a keyring, key records, a chain with every kind of link, and
 * its objects. It is made once and kept: what it holds must verify and open for ever. Run: node test/golden/make-store.ts
 */
import { encodeHeld, encodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import { Tensor } from '#core/tensor.ts'
import { objectPath, subjectOf, windowContext } from '#core/layout.ts'
import { newInstall } from './new-install.ts'

const { keys, vault, chain, keep } = await newInstall('store.json')

const dataset = 'golden'
const contract = '0123456789abcdef'.repeat(4)

function recordOf(window: number, index: number): DataRecord {
  const position = String(window * 10 + index)
  const image = new Tensor('u8', [2, 2], Uint8Array.of(window, index, 0, 255))
  const provenance = { source: 'file', partition: 'digits.jsonl', position, contributor: 'someone' }
  return { id: `digits:${position}`, fields: { image, label: index, text: 'Grüße' }, provenance }
}

for (const number of [2, 1]) {
  const window = { id: `w${number}`, dataset, contract }
  const records = [0, 1, 2, 3].map((index) => recordOf(number, index))
  const context = windowContext(window, 'jsonl+zstd')
  const clean = await vault.put(objectPath('clean', dataset, window.id), context, encodeRecords(records.slice(0, 2)))
  const held = records.slice(2).map((record, i) => ({ record, decision: i === 0 ? 'quarantine' : 'reject' }) as const)
  const kept = await vault.put(objectPath('quarantine', dataset, window.id), context, encodeHeld(held))
  const policy = { hold: { risk: 0.5 }, rejectAbove: 0.9 }
  const sidecar = encodeSidecar({
    version: 1,
    window: window.id,
    policy,
    seed: 0,
    detectors: [{ name: 'example', family: 'outlier', version: 1 }],
    notes: [],
    certified: true,
    campaigns: [],
    records: records.map(({ id }, index) => ({
      id,
      index,
      risk: index / 4,
      decision: index < 2 ? 'admit' : index === 2 ? 'quarantine' : 'reject',
      issues: [],
    })),
    map: new Float32Array(8),
  })
  const scores = await vault.put(objectPath('scores', dataset, window.id), { ...context, codec: 'json+zstd' }, sidecar)
  await chain.append(dataset, {
    about: { kind: 'window', window: window.id },
    subjects: [clean, kept, scores].map(subjectOf),
    details: {
      source: 'file',
      segments: [{ partition: 'digits.jsonl', from: number === 1 ? '' : '13', to: `${number}3` }],
      counts: { received: 4, admitted: 2, quarantined: 1, rejected: 1, deadLettered: 0 },
      contract: { sha256: contract },
      policy,
      detectors: [{ name: 'example', version: 1 }],
    },
  })
  await keys.newEpoch(dataset)
}

for (const number of [1, 2]) {
  const context = windowContext({ id: `w${number}`, dataset, contract }, 'jsonl+zstd')
  const name = objectPath('clean', dataset, `w${number}`, `review${number}`)
  const object = await vault.put(name, context, encodeRecords([recordOf(number, 2)]))
  const about = { kind: 'release', review: `review${number}` } as const
  await chain.append(dataset, { about, subjects: [subjectOf(object)], details: {} })
}
await chain.append(dataset, {
  about: { kind: 'revocation', review: 'review3' },
  subjects: [],
  details: { revoked: ['digits:20', 'digits:22'] },
})

await keep()
