import { parseArgs } from 'node:util'
import { letters, openDesk, type Json } from '#test/support/console/desk.ts'
import { machine, printTable } from './streams/meter.ts'

/**
 * What a person waits for at the console, over an installation on disk with so many held records: a decision over one of them, and over
 * all. What the scan would find is made up; everything else is the product.
 */

const { values } = parseArgs({ options: { records: { type: 'string', default: '50000' } } })
const WINDOW = 5000
const windows = Math.ceil(Number(values.records) / WINDOW)
const files = Array.from({ length: windows }, (_, i) => [`f${i}`, letters(WINDOW, WINDOW)] as const)

await using desk = await openDesk({ mail: Object.fromEntries(files) })
const ann = await desk.person('ann', 'reviewer')
const rows: [string, string][] = []
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  rows.push([what, `${((performance.now() - start) / 1000).toFixed(2)} s`])
  return result
}
async function settled(id: string): Promise<Json> {
  for (;;) {
    const { body } = await ann.get(`/v1/bulk/${id}`)
    if (body.state !== 'running') return body
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
const q = 'dataset:mail standing:quarantined'
const list = (
  await timed('the first page of a query', () => ann.get(`/v1/records?q=${encodeURIComponent(q)}&limit=100`))
).body
const [row] = list.items
await timed('a rejection is acknowledged', () =>
  ann.send(
    'POST',
    `/v1/records/${row.key}/decisions`,
    { action: 'reject', reason: 'seen' },
    { 'if-match': `"${row.etag}"` },
  ),
)
const preview = await timed('a preview of all', () =>
  ann.send('POST', '/v1/bulk/preview', { q }, { 'idempotency-key': '' }),
)
const { digest, records } = preview.body
const ask = { q, digest, action: 'reject', reason: 'all' }
const begun = await timed('a rejection of all is taken', () => ann.send('POST', '/v1/bulk', ask))
const { done } = await timed('… and done', () => settled(begun.body.id))
const undo = await ann.send('POST', `/v1/bulk/${begun.body.id}/undo`, { reason: 'undone' })
await timed('… and undone', () => settled(undo.body.id))

process.stdout.write(`${machine()}\n${records} held records in ${windows} windows; ${done} rejected\n\n`)
printTable(['what', 'seconds'], rows)
