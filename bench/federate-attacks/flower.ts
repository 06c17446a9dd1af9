import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Flower extends AsyncDisposable {
  /** Multi-Krum, or the trimmed mean, of one round's updates, as Flower computes it. */
  aggregate(strategy: 'krum' | 'trimmed', updates: readonly Float64Array[], attackers: number): Promise<Float64Array>
}

/** Flower in a Python where `pip install flwr==1.32.1` was run. Throws where it is not there. */
export function startFlower(python: string): Flower {
  const script = fileURLToPath(new URL('flower.py', import.meta.url))
  const process = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(process, 'exit')
    .catch(() => {})
    .then(() => {
      throw new Error(`${python} has no Flower: pip install flwr==1.32.1`)
    })
  ended.catch(() => {})
  return {
    async aggregate(strategy, updates, attackers) {
      const numbers = updates[0]!.length
      process.stdin.write(`${JSON.stringify({ strategy, attackers, clients: updates.length, numbers })}\n`)
      for (const { buffer, byteOffset, byteLength } of updates) {
        process.stdin.write(new Uint8Array(buffer, byteOffset, byteLength))
      }
      return Promise.race([ended, read(process.stdout, numbers)])
    },
    async [Symbol.asyncDispose]() {
      process.stdin.end()
      await ended.catch(() => {})
    },
  }
}

async function read(stream: NodeJS.ReadableStream, numbers: number): Promise<Float64Array> {
  const bytes = new Uint8Array(8 * numbers)
  let at = 0
  while (at < bytes.length) {
    const chunk = stream.read() as Buffer | null
    if (chunk === null) await once(stream, 'readable')
    else {
      bytes.set(chunk, at)
      at += chunk.length
    }
  }
  return new Float64Array(bytes.buffer)
}
