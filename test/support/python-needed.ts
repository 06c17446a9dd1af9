import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { openDataset } from '#app/library/open-dataset.ts'
import { isAppError } from '#core/errors.ts'
import { subjectOf, windowContext } from '#core/layout.ts'
import { recordLine } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import type { Fields } from '#core/value.ts'
import { createManifestChain } from '#services/encrypt/chain/chain.ts'
import { openSigner } from '#services/encrypt/chain/signer.ts'
import { verify } from '#services/encrypt/chain/verify-anywhere.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import { named, needs } from './needs.ts'

const HOW = 'a python3 where `pip install cryptography zstandard==0.25.0 pandas==3.1.1` was run'
const { value, missing } = named('CREDENCE_TEST_PYTHON', HOW)
export const python = value
export const { skip, why } = needs(missing)
const SCRIPT = fileURLToPath(new URL('../golden/read-with-python.py', import.meta.url))
export const CONTRACT = 'c'.repeat(64)

/** What is asked of the Python reader, and of the product, in the words of the former. */
export interface Ask {
  readonly folder: string
  readonly dataset?: string
  readonly keyring?: string
  readonly passphrase?: string
  readonly public_key?: string
  readonly head?: string
}

/** Standard output; throws with the end of what was said on standard error. */
export function run(command: string, args: readonly string[], input = '', cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 1 << 28, timeout: 600_000, cwd }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${command}: ${stderr.slice(-2000)}`, { cause: error })),
    )
    child.stdin?.on('error', () => undefined) // the exit says what was wrong
    child.stdin?.end(input)
  })
}

/** What the Python reader answers, a line for each that is asked. */
export async function reader(...asked: readonly object[]): Promise<unknown[]> {
  const lines = asked.map((ask) => `${JSON.stringify(ask)}\n`).join('')
  const answers = await run(python, [SCRIPT], lines)
  return answers
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

/** What the work comes to, or the code and reason that it was refused with. */
async function outcome(work: () => Promise<object>): Promise<object> {
  try {
    return await work()
  } catch (error) {
    if (isAppError(error)) return { code: error.code, reason: error.reason ?? null }
    throw error
  }
}

function openByProduct({ folder, dataset, keyring, passphrase, public_key: publicKey, head }: Ask): Promise<object> {
  return outcome(async () => {
    const local = keyring === undefined ? {} : { keys: { local: { file: keyring, passphrase } } }
    const options = { ...local, ...(dataset && { dataset }), ...(publicKey && { publicKey }), ...(head && { head }) }
    const records: unknown[] = []
    for await (const record of openDataset(folder, options)) records.push(JSON.parse(recordLine(record)))
    return { records }
  })
}

function verifyByProduct({ folder, dataset = 'golden', public_key: publicKey = '', head }: Ask): Promise<object> {
  const read = (path: string) => readFile(join(folder, path)).catch(() => null)
  return outcome(() => verify(dataset, { read, publicKey, ...(head && { head }) }))
}

/** Both answer the same; returns what. */
export async function alike(ask: Ask): Promise<object> {
  const [answer] = await reader({ do: 'open', ...ask })
  expect(answer).toEqual(await openByProduct(ask))
  return answer as object
}

/** The same of a chain alone; `folder` is that of the objects. */
export async function alikeVerified(ask: Ask): Promise<object> {
  const [answer] = await reader({ do: 'verify', ...ask })
  expect(answer).toEqual(await verifyByProduct(ask))
  return answer as object
}

/** An installation in a folder, as the product has it open. */
export async function openInstall(folder: string, keyring: Parameters<typeof createKeyRecords>[0]['keyrings'][0]) {
  const store = await openFileStore(join(folder, 'objects'))
  const keys = createKeyRecords({ store, keyrings: [keyring] })
  const vault = createVault({ store, keys })
  const signer = await openSigner(keys)
  return { store, keys, vault, signer, chain: createManifestChain({ store, signer }) }
}
export type Install = Awaited<ReturnType<typeof openInstall>>

export const recordOf = (id: string, fields: Fields = {}): DataRecord => ({
  id,
  fields,
  provenance: { source: 's', partition: 'p', position: id },
})

export async function commit(
  install: Install,
  dataset: string,
  window: string,
  bytes: Uint8Array,
  details: object = {},
) {
  const about = windowContext({ id: window, dataset, contract: CONTRACT }, 'jsonl+zstd')
  const clean = await install.vault.put(`clean/${dataset}/${window}`, about, bytes)
  const scores = await install.vault.put(
    `scores/${dataset}/${window}`,
    { ...about, codec: 'json+zstd' },
    Buffer.from('{}'),
  )
  await install.chain.append(dataset, {
    about: { kind: 'window', window },
    subjects: [clean, scores].map(subjectOf),
    details: {
      source: 's',
      segments: [{ partition: 'p', from: window.slice(1), to: '' }],
      counts: { received: 1, admitted: 1, quarantined: 0, rejected: 0, deadLettered: 0 },
      contract: { sha256: CONTRACT },
      policy: {},
      detectors: [],
      ...details,
    },
  })
}
