import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { subjectOf, windowContext } from '#core/layout.ts'
import { encodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields } from '#core/value.ts'
import { createLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { reencryptDataset } from '#services/encrypt/rekey/reencrypt.ts'
import { rotateSigningKey } from '#services/encrypt/rekey/rotate-signing.ts'
import {
  alike,
  alikeVerified,
  commit,
  CONTRACT,
  openInstall,
  python,
  recordOf,
  run,
  skip,
  why,
  type Install,
} from '#test/support/python-needed.ts'

const CREDENCE = fileURLToPath(new URL('../../cli/credence.js', import.meta.url))

describe.skipIf(skip)(`the Python reader and what was made just now${why}`, () => {
  let home = ''
  beforeAll(async () => void (home = await mkdtemp(join(tmpdir(), 'credence-python-'))))
  afterAll(() => rm(home, { recursive: true, force: true }))

  test('the same records in the same order, whatever was released, revoked, rotated and re-encrypted', async () => {
    const folder = join(home, 'data')
    await mkdir(join(folder, 'keys'), { recursive: true })
    const local = await createLocalKeyring(join(folder, 'keys', 'keyring.json'), { keyFile: true })
    let it = await openInstall(folder, local)
    const many = (...list: DataRecord[]) => encodeRecords(list)
    await commit(it, 'notes', 'w9', many(recordOf('9'), recordOf('10', HOSTILE), recordOf('11')))
    await it.keys.newEpoch('notes')
    const former = await it.signer.publicKeyPem()
    await rotateSigningKey({ ...it, datasets: ['notes'], reviews: { list: () => Promise.resolve([]) } })
    await local.rotate()
    it = await openInstall(folder, local)
    await commit(it, 'notes', 'w010', many(recordOf('12', { noise: randomBytes(1 << 21).toString('hex') })))
    await commit(it, 'notes', 'w1', many(recordOf('1'), recordOf('2'), recordOf('3')))
    await review(it, 'r1', {
      release: many(recordOf('5'), recordOf('4'), recordOf('3b'), recordOf('😀'), recordOf('\uffff')),
    })
    await review(it, 'r2', { revoke: ['2', '4'] })
    await review(it, 'r3', { release: many(recordOf('2')) })
    const ask = { folder, dataset: 'notes' }
    const ids = ['1', '3', '9', '10', '11', '12', '2', '3b', '5', '😀', '\uffff']
    const expected = { records: ids.map((id) => ({ id })) }
    expect(await alike(ask)).toMatchObject(expected)

    await it.keys.newEpoch('notes')
    const report = await reencryptDataset({ dataset: 'notes', ...it, settled: () => Promise.resolve(true) })
    expect(report).toMatchObject({ reencrypted: 8, failed: [] })
    expect(await alike(ask)).toMatchObject(expected)
    const objects = join(folder, 'objects')
    const by = async (pem: string) => alikeVerified({ folder: objects, dataset: 'notes', public_key: pem })
    expect(await by(await it.signer.publicKeyPem())).toMatchObject({ links: 8 })
    expect(await by(former)).toEqual({ code: 'corrupt', reason: 'signature' })
  })

  test('the page on training says what works', async () => {
    const folder = join(home, 'page')
    await mkdir(folder)
    const rows = Array.from({ length: 120 }, (_, i) =>
      JSON.stringify({ text: `${WORDS[i % 5]} day ${i}`, label: i % 2 }),
    )
    await writeFile(join(folder, 'reviews.jsonl'), `${rows.join('\n')}\n`)
    await writeFile(join(folder, 'contract.yaml'), PAGE_CONTRACT)
    await writeFile(join(folder, 'credence.yaml'), PAGE_CONFIG)
    await run(process.execPath, [CREDENCE, 'run'], '', folder).catch((error: { cause?: { code?: number } }) => {
      if (error.cause?.code !== 1) throw error // it held something
    })
    await run(process.execPath, [CREDENCE, 'audit', 'export', '--out', 'log.jsonl'], '', folder)
    const page = readFileSync(new URL('../../docs/training.md', import.meta.url), 'utf8')
    const [, example = ''] = /```python\n(import credence\n.*?)```/s.exec(page) ?? []
    const path = fileURLToPath(new URL('../../clients/python', import.meta.url))
    const printed = await run(
      python,
      ['-B', '-c', `import sys; sys.path.insert(0, ${JSON.stringify(path)})\n${example}`],
      '',
      folder,
    )
    const ours = (await alike({ folder: join(folder, '.credence'), dataset: 'reviews' })) as { records: object[] }
    expect(ours.records.length).toBeGreaterThan(0)
    expect(printed).toMatch(new RegExp(`^[0-9a-f]{64}\\n${ours.records.length} records, \\d+ held\\n$`))
  })

  async function review(it: Install, id: string, { release, revoke }: { release?: Uint8Array; revoke?: string[] }) {
    if (revoke !== undefined) {
      const about = { kind: 'revocation', review: id } as const
      await it.chain.append('notes', { about, subjects: [], details: { revoked: revoke } })
    }
    if (release === undefined) return
    const context = windowContext({ id: 'w1', dataset: 'notes', contract: CONTRACT }, 'jsonl+zstd')
    const object = await it.vault.put(`clean/notes/w1.release.${id}`, context, release)
    await it.chain.append('notes', {
      about: { kind: 'release', review: id },
      subjects: [subjectOf(object)],
      details: {},
    })
  }
})

const HOSTILE: Fields = {
  text: 'Grüße \u0000 \u2028 \ud800 😀 "\\',
  numbers: [0, -1, 0.1, 1e21, 5e-324, 2 ** 53, -0.5],
  nested: { a: [null, true, { b: [] }], $tensor: 'none' },
  bytes: new Tensor('u8', [2, 2], Uint8Array.of(0, 1, 254, 255)),
  wide: new Tensor('f64', [1], Float64Array.of(Math.PI)),
  short: new Tensor('i16', [0], new Int16Array()),
}
const WORDS = ['fine', 'good', 'rainy', 'long', 'short']
const PAGE_CONFIG = `version: 1
data: ./.credence
datasets:
  reviews: { source: ./reviews.jsonl, contract: ./contract.yaml }
`
const PAGE_CONTRACT = `version: 1
features: { kind: text, field: text }
label: label
schema:
  type: object
  required: [text, label]
  properties: { text: { type: string }, label: { type: integer } }
`
