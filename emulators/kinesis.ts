import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EmulatorOptions } from './emulator.ts'
import { freePort } from './free-port.ts'

/** `kinesis-local`, the emulator of somebody else, as a process of its own. It answers HTTP/1.1 and HTTP/2, on every interface. */
export interface KinesisEmulator {
  /** Plain http. */
  readonly endpoint: string
  readonly port: number
  /** The same over TLS, under a certificate that nobody trusts. */
  readonly tlsEndpoint: string
  /** Whether the process is gone, by `close` or by itself. */
  hasEnded(): boolean
  /** Ends the process, after it has written down what it is to keep; by SIGKILL, at once. */
  close(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export const EMULATED_ACCOUNT = '000000000000'
export const EMULATED_REGION = 'us-east-1'

const STARTS_MS = 300_000
const ENDS_MS = 3_000

export interface KinesisEmulatorOptions extends EmulatorOptions {
  /** How often it writes all that it has to the folder, which takes the longer the more that is; null: it only reads there. */
  readonly persistEveryMs?: number | null
}

/**
 * Starts it on `port`, or on a free one. With `folder`, it takes its streams from there and writes them there every 200 ms, so
 * that SIGKILL loses what it answered last; without, streams are gone with it.
 */
export async function startKinesis(options: KinesisEmulatorOptions = {}): Promise<KinesisEmulator> {
  const { port = 0, folder, persistEveryMs = 200 } = options
  const main = createRequire(import.meta.url).resolve('kinesis-local/main.js')
  const plain = port === 0 ? await freePort() : port
  const tls = await freePort()
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {
      KINESIS_MOCK_CERT_PATH: join(dirname(main), 'server.json'),
      KINESIS_MOCK_PLAIN_PORT: String(plain),
      KINESIS_MOCK_TLS_PORT: String(tls),
      AWS_ACCOUNT_ID: EMULATED_ACCOUNT,
      AWS_REGION: EMULATED_REGION,
      SHARD_LIMIT: '10000',
      LOG_LEVEL: 'ERROR',
      ...Object.fromEntries(AT_ONCE.map((name) => [`${name}_DURATION`, '1ms'])),
      ...(folder === undefined
        ? {}
        : {
            SHOULD_PERSIST_DATA: String(persistEveryMs !== null),
            PERSIST_PATH: folder,
            PERSIST_INTERVAL: `${persistEveryMs ?? 200}ms`,
            LOAD_DATA_IF_EXISTS: 'true',
          }),
    },
  })
  const endsWithUs = () => child.kill('SIGKILL')
  process.once('exit', endsWithUs)
  const close: KinesisEmulator['close'] = async (
    signal = folder === undefined || persistEveryMs === null ? 'SIGKILL' : 'SIGTERM',
  ) => {
    process.off('exit', endsWithUs)
    if (hasEnded(child)) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const tired = setTimeout(endsWithUs, ENDS_MS) // it waits for connections that are open
    await ended
    clearTimeout(tired)
  }
  const endpoint = `http://127.0.0.1:${plain}`
  try {
    await answers(endpoint, child)
  } catch (error) {
    await close('SIGKILL')
    throw error
  }
  const gone = () => hasEnded(child)
  return { endpoint, port: plain, tlsEndpoint: `https://127.0.0.1:${tls}`, hasEnded: gone, close }
}

const AT_ONCE = [
  'CREATE_STREAM',
  'DELETE_STREAM',
  'REGISTER_STREAM_CONSUMER',
  'DEREGISTER_STREAM_CONSUMER',
  'START_STREAM_ENCRYPTION',
  'STOP_STREAM_ENCRYPTION',
  'MERGE_SHARDS',
  'SPLIT_SHARD',
  'UPDATE_SHARD_COUNT',
  'UPDATE_STREAM_MODE',
]

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function answers(endpoint: string, child: ChildProcess): Promise<void> {
  const givesUp = performance.now() + STARTS_MS
  while (performance.now() < givesUp) {
    if (hasEnded(child)) throw new Error(`kinesis-local ended as it started (${child.exitCode ?? child.signalCode})`)
    const isUp = await fetch(`${endpoint}/healthcheck`).then(
      (response) => response.ok,
      () => false,
    )
    if (isUp) return
    await delay(50)
  }
  throw new Error('kinesis-local does not answer')
}
