import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import {
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { encryptObject, openObject } from '#services/encrypt/objects/envelope.ts'
import { kidOf } from '#services/encrypt/keys/record.ts'
import { createKeyRecords, type KeyRecords } from '#services/encrypt/keys/records.ts'
import { createLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { createMemoryStore } from '#services/encrypt/stores/memory.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { makeBodies } from './streams/bodies.ts'
import { machine, median, printTable } from './streams/meter.ts'

/**
 * What envelope encryption costs beside bare AES-256-GCM of node:crypto on the same bytes, which are records of text as
 * objects hold them. Each round runs every contestant once, so that what else the machine does falls on all of them; a ratio is
 * the median over the rounds. Then what an object costs whose epoch key is remembered, and one whose key is asked for.
 */

const { values } = parseArgs({
  options: { mib: { type: 'string', default: '64' }, rounds: { type: 'string', default: '9' } },
})
const plaintext = recordsOf(Number(values.mib) * 1024 * 1024)
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

const folder = await mkdtemp(join(tmpdir(), 'credence-bench-'))
const keyringFile = await createLocalKeyring(join(folder, 'keyring.json'), { keyFile: true })
const keyStore = createMemoryStore()
/** A process that starts now: it remembers no key. */
const coldKeys = (): KeyRecords => createKeyRecords({ store: keyStore, keyrings: [keyringFile] })
const keys = coldKeys()
await keys.current('bench')
let vaultStore = createMemoryStore()
const vaultContext = { dataset: 'bench', window: 'w1', contract: 'c'.repeat(64), codec: 'jsonl+zstd' } as const

interface Contestant {
  readonly name: string
  readonly encrypt: () => Promise<Uint8Array>
  readonly decrypt: (ciphertext: Uint8Array) => Promise<Uint8Array>
}

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
let vaultBytes = 0
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
    name: 'zstd alone (node:zlib)',
    encrypt: () => compress(plaintext),
    decrypt: (compressed) => decompress(compressed),
  },
  {
    name: 'Credence vault: zstd, envelope, SHA-256, write and read in memory',
    encrypt: async () => {
      vaultStore = createMemoryStore()
      const { path } = await createVault({ store: vaultStore, keys }).put('clean/bench/w1', vaultContext, plaintext)
      return Buffer.from(path)
    },
    decrypt: async (path) => {
      const there = await vaultStore.read(path.toString())
      vaultBytes = there.bytes.length
      return createVault({ store: vaultStore, keys }).open(path.toString(), vaultContext)
    },
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

/** Bare time over this time: 1 is as fast as bare AES-256-GCM. */
function ratio(times: Times, bare: Times, of: keyof Times): string {
  return median(times[of].map((time, round) => (bare[of][round] ?? Number.NaN) / time)).toFixed(2)
}

const [bare] = results
if (bare === undefined) throw new Error('nothing to compare with')
console.log(
  `${machine()}\n${values.mib} MiB of records, ${values.rounds} rounds; × is the speed as a ratio to bare AES-256-GCM\n`,
)
const perGiB = ({ wall }: Times) => ((median(wall) / Number(values.mib)) * 1.024).toFixed(2)
printTable(
  ['', 'encrypt, s/GiB', '× wall, processor', 'decrypt, s/GiB', '× wall, processor'],
  results.map(({ name, sealing, opening }) => {
    const ratios = (times: Times, base: Times) => `${ratio(times, base, 'wall')}, ${ratio(times, base, 'processor')}`
    return [name, perGiB(sealing), ratios(sealing, bare.sealing), perGiB(opening), ratios(opening, bare.opening)]
  }),
)
console.log(`zstd leaves ${((100 * vaultBytes) / plaintext.length).toFixed(0)} % of the bytes\n`)
await compareKeys()
await rm(folder, { recursive: true, force: true })

/** What an object of a few records takes with a key that is remembered, and with one that the key service unwraps first. */
async function compareKeys(): Promise<void> {
  const small = plaintext.subarray(0, 64 * 1024)
  const [warm, cold]: [number[], number[]] = [[], []]
  for (let i = 0; i < 20 * Number(values.rounds); i++) {
    for (const [list, known] of [
      [warm, keys],
      [cold, coldKeys()],
    ] as const) {
      const vault = createVault({ store: createMemoryStore(), keys: known })
      const started = performance.now()
      await vault.put('clean/bench/w1', vaultContext, small)
      list.push((performance.now() - started) * 1000)
    }
  }
  const micros = (list: readonly number[]) => Math.round(median(list)).toLocaleString('en')
  console.log('an object of 64 KiB, its epoch key')
  printTable(
    ['key', 'µs'],
    [
      ['remembered', micros(warm)],
      ['unwrapped by the local key file (once an epoch, process and TTL)', micros(cold)],
    ],
  )
}

function recordsOf(bytes: number): Buffer {
  const newline = Buffer.from('\n')
  const lines = makeBodies('text', Math.ceil(bytes / 900)).flatMap((body) => [body, newline])
  return Buffer.concat(lines).subarray(0, bytes)
}
