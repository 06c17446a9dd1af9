import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import {
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { encryptObject, openObject } from '#services/encrypt/envelope.ts'
import { kidOf } from '#services/encrypt/key-record.ts'

/**
 * What envelope encryption costs beside bare AES-256-GCM of node:crypto on the same bytes. Each round runs every contestant
 * once, so that what else the machine does falls on all of them; a ratio is the median over the rounds.
 */

const { values } = parseArgs({
  options: { mib: { type: 'string', default: '64' }, rounds: { type: 'string', default: '9' } },
})
const plaintext = randomBytes(Number(values.mib) * 1024 * 1024)
const key = randomBytes(32)
const epochKey = { dataset: 'bench', kid: kidOf(key), epoch: 1, key }
const about = { dataset: 'bench', path: 'clean/bench/w1', contract: 'c'.repeat(64), window: 'w1' }
const context = { ...about, codec: 'jsonl+zstd' } as const
const sdk = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const keyring = new RawAesKeyringNode({
  keyName: epochKey.kid,
  keyNamespace: 'bench',
  unencryptedMasterKey: Uint8Array.from(key),
  wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
})

interface Contestant {
  readonly name: string
  readonly encrypt: () => Promise<Uint8Array>
  readonly decrypt: (ciphertext: Uint8Array) => Promise<Uint8Array>
}

const contestants: readonly Contestant[] = [
  {
    name: 'node:crypto, bare AES-256-GCM (1 MiB updates)',
    encrypt: async () => {
      const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12))
      const parts = chunks(plaintext).map((chunk) => cipher.update(chunk))
      return Buffer.concat([...parts, cipher.final(), cipher.getAuthTag()])
    },
    decrypt: async (ciphertext) => {
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.alloc(12), { authTagLength: 16 })
      decipher.setAuthTag(ciphertext.subarray(-16))
      const parts = chunks(ciphertext.subarray(0, -16)).map((chunk) => decipher.update(chunk))
      return Buffer.concat([...parts, decipher.final()])
    },
  },
  {
    name: 'Credence envelope (1 MiB frames, checked structure and context)',
    encrypt: () => encryptObject(plaintext, context, epochKey),
    decrypt: async (ciphertext) => (await openObject(ciphertext, context, async () => epochKey)).plaintext,
  },
  {
    name: 'AWS Encryption SDK as it comes (4 KiB frames, signed)',
    encrypt: async () => (await sdk.encrypt(keyring, plaintext)).result,
    decrypt: async (ciphertext) => (await sdk.decrypt(keyring, ciphertext)).plaintext,
  },
]

/** Bare encryption is fastest when fed so: one update of everything spends its time on fresh memory. */
function chunks(bytes: Uint8Array): Uint8Array[] {
  const size = 1024 * 1024
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

interface Times {
  readonly wall: number[]
  readonly processor: number[]
}

async function timed(times: Times, work: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const before = process.cpuUsage()
  const started = performance.now()
  const result = await work()
  times.wall.push(performance.now() - started)
  const { user, system } = process.cpuUsage(before)
  times.processor.push((user + system) / 1000)
  return result
}

const results = contestants.map(({ name, encrypt, decrypt }) => ({
  name,
  encrypt,
  decrypt,
  sealing: { wall: [], processor: [] } as Times,
  opening: { wall: [], processor: [] } as Times,
}))
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const { encrypt, decrypt, sealing, opening } of results) {
    const ciphertext = await timed(sealing, encrypt)
    const back = await timed(opening, () => decrypt(ciphertext))
    if (Buffer.compare(back, plaintext) !== 0) throw new Error('what was decrypted differs')
  }
  if (round > 0) continue // the first round warms up
  for (const { sealing, opening } of results) {
    for (const list of [sealing.wall, sealing.processor, opening.wall, opening.processor]) list.length = 0
  }
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN
}

/** Bare time over this time: 1 is as fast as bare AES-256-GCM. */
function ratio(times: Times, bare: Times, of: keyof Times): string {
  return median(times[of].map((time, round) => (bare[of][round] ?? Number.NaN) / time)).toFixed(2)
}

const [bare] = results
if (bare === undefined) throw new Error('nothing to compare with')
console.log(
  `${values.mib} MiB, ${values.rounds} rounds; × is the speed as a ratio to bare AES-256-GCM (wall, processor)\n`,
)
console.log('| | encrypt MiB/s | × | decrypt MiB/s | × |\n| --- | --- | --- | --- | --- |')
for (const { name, sealing, opening } of results) {
  const speed = ({ wall }: Times) => Math.round((Number(values.mib) / median(wall)) * 1000)
  const ratios = (times: Times, base: Times) => `${ratio(times, base, 'wall')}, ${ratio(times, base, 'processor')}`
  const cells = [name, speed(sealing), ratios(sealing, bare.sealing), speed(opening), ratios(opening, bare.opening)]
  console.log(`| ${cells.join(' | ')} |`)
}
