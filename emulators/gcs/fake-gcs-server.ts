import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { PATIENT } from '../emulator.ts'
import { freePort } from '../free-port.ts'

/** An independent emulator of Cloud Storage: the Go program fake-gcs-server, by its path, behind a front. */
export interface FakeGcsServer {
  readonly endpoint: string
  close(): Promise<void>
}

/** What every bucket of a careful owner says of itself, and this program of none. */
const CLOSED = { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } }
const BUCKET = /^\/storage\/v1\/b\/[^/?]+(?:\?|$)/
const STARTS_MS = 60_000

/**
 * Starts it on a free port, in memory. The front adds to the metadata of buckets that they are closed to the public, and hands
 * everything else on as it is. Throws when it ends before it answers.
 */
export async function startFakeGcsServer(executable: string): Promise<FakeGcsServer> {
  const port = await freePort()
  const front = createServer(PATIENT, (incoming, answer) => handOn(incoming, answer, port)).listen(0, '127.0.0.1')
  await once(front, 'listening')
  const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
  const flags = ['-backend', 'memory', '-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)]
  const told = ['-external-url', endpoint, '-public-host', new URL(endpoint).host, '-log-level', 'error']
  const child = spawn(executable, [...flags, ...told], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  ended.catch(() => undefined) // told below
  const close = async () => {
    child.kill('SIGKILL')
    front.closeAllConnections()
    front.close()
    await ended.catch(() => undefined)
  }
  try {
    const gone = ended.then(([code]) =>
      Promise.reject(new Error(`fake-gcs-server ended as it started (${String(code)})`)),
    )
    await Promise.race([gone, answers(`http://127.0.0.1:${port}/storage/v1/b?project=p`)])
  } catch (error) {
    await close()
    throw error
  }
  return { endpoint, close }
}

async function answers(url: string): Promise<void> {
  for (const givesUp = performance.now() + STARTS_MS; performance.now() < givesUp; await delay(50)) {
    if ((await fetch(url).catch(() => null))?.ok === true) return
  }
  throw new Error('fake-gcs-server does not answer')
}

function handOn(incoming: IncomingMessage, answer: ServerResponse, port: number): void {
  const { method, url = '/', headers } = incoming
  const outgoing = request({ host: '127.0.0.1', port, method, path: url, headers }, (found) => {
    if (method !== 'GET' || !BUCKET.test(url) || found.statusCode !== 200) {
      answer.writeHead(found.statusCode ?? 502, found.headers)
      found.pipe(answer)
      return
    }
    void (async () => {
      const metadata = (await json(found)) as object
      const body = JSON.stringify({ ...metadata, iamConfiguration: CLOSED })
      answer.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      answer.end(body)
    })().catch(() => answer.destroy())
  })
  outgoing.on('error', () => answer.destroy())
  incoming.pipe(outgoing)
}
