import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { startAwsKms, type AwsKmsEmulator } from '#emulators/aws-kms.ts'

const CREDENCE = fileURLToPath(new URL('../../cli/credence.js', import.meta.url))
const credentials = { accessKeyId: 'credence', secretAccessKey: 'not-a-secret' }

let folder = ''
let kms: AwsKmsEmulator
let admin: KMSClient
let key = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-key-away-'))
  kms = await startAwsKms()
  admin = new KMSClient({ region: kms.region, endpoint: kms.endpoint, credentials })
  key = (await admin.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
  await mkdir(join(folder, 'flowers'))
  await writeFile(join(folder, 'contract.yaml'), CONTRACT)
  await writeFile(join(folder, 'credence.yaml'), configuration())
})
afterAll(async () => {
  admin.destroy()
  await kms.close()
  await rm(folder, { recursive: true, force: true })
})

test('a key that is disabled while windows wait, and comes back: the run ends well, and has told of it', async () => {
  await deliver('a')
  const run = start('run', '--no-report', '--until-idle', '30', '--fail-on', 'failure')
  while (!(await isStaged()) && !run.isOver()) await delay(20)
  await admin.send(new DisableKeyCommand({ KeyId: key }))
  while (!run.said().includes('key_disabled') && !run.isOver()) await delay(20)
  expect(run.isOver(), run.said()).toBe(false)
  await admin.send(new EnableKeyCommand({ KeyId: key }))
  expect(await run.code, run.said()).toBe(0)
  const told = run
    .said()
    .split('\n')
    .filter((line) => line.includes('key_disabled'))
  expect(new Set(told.map(withoutTime)).size).toBe(told.length)
  expect(run.said()).not.toContain('Nothing is lost')
})

test('--fail-on says what ends with exit code 1', async () => {
  const run = (failOn: string) => start('run', '--no-report', '--fail-on', failOn).code
  expect(await run('held')).toBe(1) // of the run before
  expect(await run('new')).toBe(0)
  await deliver('b')
  expect(await run('new')).toBe(1)
  expect(await run('failure')).toBe(0)
})

function start(...args: string[]) {
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'credence', AWS_SECRET_ACCESS_KEY: 'not-a-secret' }
  const child = spawn(process.execPath, [CREDENCE, ...args], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  let isOver = false
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const code = new Promise<number | null>((resolve) =>
    child.on('close', (exit) => {
      isOver = true
      resolve(exit)
    }),
  )
  return { code, said: () => text, isOver: () => isOver }
}

async function isStaged(): Promise<boolean> {
  const staged = await readdir(join(folder, '.credence', 'objects', 'staging', 'flowers')).catch(() => [])
  return staged.some((name) => !name.startsWith('.'))
}

function withoutTime(line: string): string {
  return line.replaceAll(/"time":"?[^",]+"?/g, '')
}

/** Some rows are labelled with the other kind, and the last is no row: something is held, and one dead letter is certain. */
async function deliver(name: string): Promise<void> {
  const random = seededRandom(3, `e2e/key-away/${name}`)
  const rows = Array.from({ length: 400 }, (_, i) => {
    const tall = random.below(2) === 1
    const cells = [tall ? 6.5 : 3, tall ? 2 : 5, 4, 1].map((mean) => (mean + 0.4 * random.normal()).toFixed(6))
    return [...cells, (i % 40 === 5 ? !tall : tall) ? 'virginica' : 'setosa'].join(',')
  })
  await writeFile(
    join(folder, 'flowers', `${name}.csv`),
    `length,width,height,depth,species\n${rows.join('\n')}\ntoo,few\n`,
  )
}

const configuration = () => `version: 1
data: ./.credence
emulator: true
keys: { awskms: { key: '${key}', endpoint: '${kms.endpoint}' }, ttlSeconds: 1 }
datasets:
  flowers: { source: ./flowers, contract: ./contract.yaml }
`

const CONTRACT = `version: 1
features: { kind: table, columns: [{ name: length, type: number }, { name: width, type: number }, { name: height, type: number }, { name: depth, type: number }] }
label: species
schema:
  type: object
  required: [length, width, height, depth, species]
  properties:
    length: { type: number }
    width: { type: number }
    height: { type: number }
    depth: { type: number }
    species: { type: string }
`
