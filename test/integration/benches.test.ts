import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

/** What a bench prints, run as its command is. */
async function printed(bench: string, ...parameters: string[]): Promise<string> {
  const path = new URL(`../../bench/${bench}`, import.meta.url).pathname
  return (await run(process.execPath, [path, ...parameters])).stdout
}

test.each(['kinesis', 'eventhubs', 'pubsub'])('the bench of streams runs: %s', async (stream) => {
  const sizes = ['--records', '120', '--window', '60', '--rounds', '1', '--shards', '2']
  const text = await printed('streams.ts', ...sizes, '--stream', stream, '--only', 'streams')
  for (const what of ['consumer alone', 'ingest', 'ingest, scan, commit']) {
    expect(text).toMatch(new RegExp(`^\\| ${stream} \\| 2 \\| ${what} \\| [\\d,]+ `, 'm'))
  }
})

test('the bench of streams compares with its peers, and counts what a queue adds', async () => {
  const sizes = ['--records', '480', '--window', '60', '--rounds', '1', '--kind', 'text']
  const parts = ['validation', 'files', 'queues', 'workers'].flatMap((name) => ['--only', name])
  const text = await printed('streams.ts', ...sizes, ...parts)
  expect(text).toMatch(/^\| Credence: decode, check, sanitize, validate \| [\d,]+ /m)
  expect(text).toMatch(/^\| Credence: ingest, compressed and encrypted out \| [\d,]+ /m)
  expect(text).toMatch(/^\| within the process \| [\d,]+ /m)
  expect(text).toMatch(/^\| 2 \| [\d,]+ .*|growth with workers: not run/m)
})

test('the bench of encryption runs', async () => {
  const text = await printed('encryption.ts', '--mib', '1', '--rounds', '1')
  expect(text).toMatch(/^\| Credence envelope .* \| [\d.]+ \|/m)
  expect(text).toMatch(/^\| remembered \| [\d,]+ \|/m)
})
