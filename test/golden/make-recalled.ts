/**
 * Makes the golden install in `recalled.json`, each file in base64, in which records were recalled: a keyring, key records, a chain
 * with two recalls and a reinstatement, its objects. It is made once and kept: what it holds must verify and open for ever. Run: node
 * test/golden/make-recalled.ts
 */
import { objectPath, subjectOf, windowContext } from '#core/layout.ts'
import { encodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { newInstall } from './new-install.ts'

const { vault, chain, keep } = await newInstall('recalled.json')

const dataset = 'golden'
const contract = '0123456789abcdef'.repeat(4)
const recordOf = (number: number): DataRecord => ({
  id: `texts:${number}`,
  fields: { text: 'Grüße' },
  provenance: { source: 'file', partition: 'texts.jsonl', position: String(number) },
})

const context = windowContext({ id: 'w1', dataset, contract }, 'jsonl+zstd')
const path1 = objectPath('clean', dataset, 'w1')
const clean = await vault.put(path1, context, encodeRecords([1, 2, 3, 4].map(recordOf)))
const sidecar = Buffer.from('{}')
const scores = await vault.put(objectPath('scores', dataset, 'w1'), { ...context, codec: 'json+zstd' }, sidecar)
await chain.append(dataset, {
  about: { kind: 'window', window: 'w1' },
  subjects: [clean, scores].map(subjectOf),
  details: {
    source: 'file',
    segments: [{ partition: 'texts.jsonl', from: '', to: '6' }],
    counts: { received: 6, admitted: 4, quarantined: 2, rejected: 0, deadLettered: 0 },
    contract: { sha256: contract },
    policy: {},
    detectors: [],
  },
})
const released = encodeRecords([5, 6].map(recordOf))
const object = await vault.put(objectPath('clean', dataset, 'w1', 'review1'), context, released)
await chain.append(dataset, {
  about: { kind: 'release', review: 'review1' },
  subjects: [subjectOf(object)],
  details: {},
})
for (const [kind, review, numbers] of [
  ['recall', 'review2', [1, 2, 5]],
  ['recall', 'review3', [3]],
  ['reinstatement', 'review4', [1, 2, 5]],
  ['recall', 'review5', [2, 5]],
] as const)
  await chain.append(dataset, {
    about: { kind, review },
    subjects: [],
    details: { recalled: numbers.map((number) => `texts:${number}`) },
  })

await keep()
