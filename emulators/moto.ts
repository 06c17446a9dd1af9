import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { EMULATED_ACCOUNT } from './kinesis.ts'

/** An independent emulator of AWS: the server of the Python package moto, by the path of its executable. */
export interface Moto {
  readonly endpoint: string
  readonly port: number
  close(): Promise<void>
}

/** Starts moto on a free port, with the account of the other emulators. Throws when it ends before it listens. */
export async function startMoto(executable: string): Promise<Moto> {
  const child = spawn(executable, ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MOTO_ACCOUNT_ID: EMULATED_ACCOUNT },
  })
  const ended = once(child, 'exit')
  let log = ''
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`moto did not start: ${log}`)))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (log.length < 10_000) log += chunk // it logs every request; reading on keeps it from blocking
      const [, found] = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(log) ?? []
      if (found !== undefined) resolve(found)
    })
  })
  return {
    endpoint,
    port: Number(new URL(endpoint).port),
    async close() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
