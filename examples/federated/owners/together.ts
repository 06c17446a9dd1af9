import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '#app/config/load.ts'
import { openFederation } from '#app/federate/federation.ts'
import { serveFederation } from '#app/federate/serve.ts'
import { enrolClient, peersOf } from '#app/operations/federations.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { replayRounds } from '#services/federate/models/encrypted.ts'
import { PIXELS, type Examples } from '../model.ts'
import { shardMnist } from '../shards.ts'

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const PYTHON_PATH = file('../../../clients/python')

/** What an owner trains with, how its program is started, and which module of Python it takes. */
const LIBRARIES = {
  'scikit-learn': { python: 'sklearn', script: file('sklearn_owner.py') },
  PyTorch: { python: 'torch', script: file('torch_owner.py') },
  'TensorFlow.js': { python: null, script: file('tfjs-owner.ts') },
} as const
export type Library = keyof typeof LIBRARIES

const OWNERS = 6
const EXAMPLES = 400
const ROUNDS = 6
const SEED = 7
/** A score for each digit: ten weights a pixel, ten biases. */
const MODEL = 10 * PIXELS + 10

export interface Together {
  /** By owner. */
  readonly libraries: ReadonlyMap<string, Library>
  readonly rounds: readonly { readonly accuracy: number; readonly counted: readonly string[] }[]
}

/** The libraries that a Python has, and TensorFlow.js. */
export function librariesOf(python: string): Library[] {
  const has = (module: string) => spawnSync(python, ['-c', `import ${module}, numpy, cryptography`]).status === 0
  return (Object.keys(LIBRARIES) as Library[]).filter((library) => {
    const module = LIBRARIES[library].python
    return module === null || has(module)
  })
}

/** Owners of MNIST digits, each a process that trains with a library of its own, make one model in masked rounds. */
export async function trainTogether(python: string): Promise<Together> {
  const home = await mkdtemp(join(tmpdir(), 'credence-owners-'))
  const installed = librariesOf(python)
  const shards = shardMnist(OWNERS, EXAMPLES, SEED)
  const names = shards.clients.map((_, i) => `owner-${i + 1}`)
  const libraries = new Map(names.map((name, i) => [name, installed[i % installed.length]!]))
  try {
    await writeFile(join(home, 'model.f64'), new Uint8Array(8 * MODEL))
    const digits = { model: './model.f64', rounds: ROUNDS, minimum: OWNERS, listen: { port: 0 } }
    await writeFile(join(home, 'credence.yaml'), JSON.stringify({ version: 1, datasets: {}, federations: { digits } }))
    await using system = await openSigningSystem(await loadConfig(join(home, 'credence.yaml'), {}), {
      command: 'owners',
    })
    for (const [i, name] of names.entries()) await moveIn(system, join(home, name), name, shards.clients[i]!)
    await writeFile(join(home, 'peers.json'), JSON.stringify(await peersOf(system, 'digits')))

    const ended = new AbortController()
    let owners: Promise<void>[] = []
    const onListening = (port: number) => {
      owners = names.map(async (name) => {
        const about = [`http://127.0.0.1:${port}`, join(home, 'peers.json'), name, join(home, name, 'key.pem')]
        await start(python, libraries.get(name)!, [...about, join(home, name), String(ROUNDS)])
      })
      Promise.all(owners).catch((error: unknown) => ended.abort(error))
    }
    await serveFederation(system, 'digits', { signal: ended.signal, onListening })
    await Promise.all(owners)
    return { libraries, rounds: await roundsOf(system, shards.test) }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** An owner's folder: its digits and its key, of which the aggregator is told the public half. */
async function moveIn(system: SigningSystem, folder: string, name: string, { pixels, labels }: Examples) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  await mkdir(folder)
  await writeFile(
    join(folder, 'pixels.u8'),
    Uint8Array.from(pixels, (value) => Math.round(255 * value)),
  )
  await writeFile(join(folder, 'labels.u8'), labels)
  await writeFile(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await enrolClient(system, 'digits', name, publicKey.export({ type: 'spki', format: 'pem' }))
}

/** Ends with the owner; throws what it said last where it failed. */
function start(python: string, library: Library, args: readonly string[]): Promise<void> {
  const { script, python: module } = LIBRARIES[library]
  const command = module === null ? [process.execPath, '--conditions=credence-source'] : [python]
  const env = { ...process.env, PYTHONPATH: PYTHON_PATH, OMP_NUM_THREADS: '1' }
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, [...command.slice(1), script, ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${library}: ${said.slice(-2000)}`))))
  })
}

async function roundsOf(system: SigningSystem, test: Examples): Promise<Together['rounds']> {
  const { row, chain } = await openFederation(system, 'digits')
  const rounds: { accuracy: number; counted: readonly string[] }[] = []
  for await (const { record, next } of replayRounds({ federation: row, vault: system.vault, chain })) {
    if (record !== null && next !== null) rounds.push({ accuracy: accuracyOf(next, test), counted: record.counted })
  }
  return rounds
}

function accuracyOf(model: Float64Array, { pixels, labels }: Examples): number {
  let right = 0
  for (const [n, label] of labels.entries()) {
    const scores = Array.from({ length: 10 }, (_, digit) => {
      let score = model[10 * PIXELS + digit]!
      for (let p = 0; p < PIXELS; p++) score += model[digit * PIXELS + p]! * pixels[n * PIXELS + p]!
      return score
    })
    right += Number(Math.max(...scores) === scores[label])
  }
  return right / labels.length
}
