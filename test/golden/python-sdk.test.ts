import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { encryptObject } from '#services/encrypt/objects/envelope.ts'
import { kidOf } from '#services/encrypt/keys/record.ts'

const PACKAGE = 'aws-encryption-sdk==4.0.7'
const VENV = path.join(tmpdir(), 'credence-aws-encryption-sdk-4.0.7')
const SCRIPT = fileURLToPath(new URL('open-with-python.py', import.meta.url))
const HOW_TO = `set CREDENCE_ESDK_PYTHON to a python3 with ${PACKAGE}, or let this test reach a package index`

function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 1 << 26, timeout: 240_000 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${command}: ${stderr.slice(-500)}`, { cause: error })),
    )
    child.stdin?.on('error', () => undefined) // the exit says what was wrong
    child.stdin?.end(input)
  })
}

/** A python3 that has the SDK: the one that is named, or a virtual environment that is made once and kept. */
async function pythonWithSdk(): Promise<string> {
  const named = process.env['CREDENCE_ESDK_PYTHON']
  const python = named ?? path.join(VENV, 'bin', 'python')
  if (named === undefined && !existsSync(python)) await run('python3', ['-m', 'venv', VENV])
  const usable = await run(python, ['-c', 'import aws_encryption_sdk']).then(
    () => true,
    () => false,
  )
  if (!usable) await run(python, ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--timeout', '15', PACKAGE])
  return python
}

test(
  'the official Python SDK opens our objects with nothing but the epoch key',
  { timeout: 300_000 },
  async (context) => {
    const python = await pythonWithSdk().catch((error: unknown) => {
      if (process.env['CI'] === 'true') throw error
      return null
    })
    if (python === null) return context.skip(`no Python AWS Encryption SDK here: ${HOW_TO}`)

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
  },
)
