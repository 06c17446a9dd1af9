import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { encryptObject } from '#services/encrypt/objects/envelope.ts'
import { kidOf } from '#services/encrypt/keys/record.ts'
import { named, needs } from '#test/support/needs.ts'

const HOW = 'a python3 where `pip install aws-encryption-sdk==4.0.7` was run'
const { value: python, missing } = named('CREDENCE_TEST_PYTHON', HOW)
const { skip, why } = needs(missing)
const SCRIPT = fileURLToPath(new URL('open-with-python.py', import.meta.url))

function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 1 << 26, timeout: 600_000 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${command}: ${stderr.slice(-500)}`, { cause: error })),
    )
    child.stdin?.on('error', () => undefined) // the exit says what was wrong
    child.stdin?.end(input)
  })
}

test.skipIf(skip)(`the official Python SDK opens our objects with nothing but the epoch key${why}`, async () => {
  const key = randomBytes(32)
  const epochKey = { dataset: 'mnist', kid: kidOf(key), epoch: 1, key }
  const about = { dataset: 'mnist', path: 'clean/mnist/w1', contract: 'c'.repeat(64), window: 'w1' }
  const plaintexts = [0, 1, 1000, 1 << 20, (1 << 21) + 5].map((length) => randomBytes(length))
  const lines = await Promise.all(
    plaintexts.map(async (plaintext) => {
      const object = await encryptObject(plaintext, { ...about, codec: 'jsonl+zstd' }, epochKey)
      const base64 = Buffer.from(object).toString('base64')
      return JSON.stringify({ key: key.toString('hex'), kid: epochKey.kid, object: base64 })
    }),
  )
  const answers = (await run(python, [SCRIPT], `${lines.join('\n')}\n`)).trim().split('\n')
  expect(answers.map((line) => JSON.parse(line) as unknown)).toEqual(
    plaintexts.map((plaintext) => ({
      plaintext: createHash('sha256').update(plaintext).digest('hex'),
      context: { format: 'credence/1', kid: epochKey.kid, codec: 'jsonl+zstd', ...about },
    })),
  )
})
