import { parseArgs } from 'node:util'
import { letters, openDesk, type Answer, type Json } from '#test/support/console/desk.ts'
import { machine, median, printTable } from './streams/meter.ts'

/**
 * What a person waits for at the console, over an installation on disk with so many held records: the pages that count them, a decision
 * over one of them, and over all. What the scan would find is made up; everything else is the product.
 */

const { values } = parseArgs({
  options: { records: { type: 'string', default: '50000' }, times: { type: 'string', default: '50' } },
})
const WINDOW = 5000
const windows = Math.ceil(Number(values.records) / WINDOW)
const files = Array.from({ length: windows }, (_, i) => [`f${i}`, letters(WINDOW, WINDOW)] as const)

await using desk = await openDesk({ mail: Object.fromEntries(files) })
const ann = await desk.person('ann', 'reviewer')
const rows: [string, string, string][] = []
const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(3)
async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now()
  const result = await work()
  return [result, performance.now() - start]
}
/** The same thing many times, one after the other, as one person does it. */
async function many(what: string, times: number, work: (time: number) => Promise<Answer>): Promise<void> {
  const each: number[] = []
  for (let time = 0; time < times; time++) {
    const [answer, took] = await timed(() => work(time))
    if (answer.status >= 300) throw new Error(`${what}: ${JSON.stringify(answer.body)}`)
    each.push(took)
  }
  rows.push([what, seconds(median(each)), seconds(Math.max(...each))])
}
async function once<T>(what: string, work: () => Promise<T>): Promise<T> {
  const [result, took] = await timed(work)
  rows.push([what, seconds(took), ''])
  return result
}
async function settled(id: string): Promise<Json> {
  for (;;) {
    const { body } = await ann.get(`/v1/bulk/${id}`)
    if (body.state !== 'running') return body
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
const decide = (action: string) => async (time: number) => {
  const row = list.items[time]
  const shown = { 'if-match': `"${row.etag}"` }
  return ann.send('POST', `/v1/records/${row.key}/decisions`, { action, reason: 'seen' }, shown)
}

const q = 'dataset:mail standing:quarantined'
const page = () => ann.get(`/v1/records?q=${encodeURIComponent(q)}&limit=200`)
const times = Number(values.times)
await many('the overview', 5, () => ann.get('/v1/overview'))
await many('campaigns', 5, () => ann.get('/v1/campaigns'))
await many('the first page of a query', 5, page)
let list = (await page()).body
await many('a rejection is acknowledged', times, decide('reject'))
list = (await page()).body
await many('a release is acknowledged', times, decide('release'))
const preview = await once('a preview of all', () =>
  ann.send('POST', '/v1/bulk/preview', { q }, { 'idempotency-key': '' }),
)
const { digest, records } = preview.body
const ask = { q, digest, action: 'reject', reason: 'all' }
const begun = await once('a rejection of all is taken', () => ann.send('POST', '/v1/bulk', ask))
const { done } = await once('… and done', () => settled(begun.body.id))
const undo = await ann.send('POST', `/v1/bulk/${begun.body.id}/undo`, { reason: 'undone' })
await once('… and undone', () => settled(undo.body.id))

process.stdout.write(`${machine()}\n${records} held records in ${windows} windows; ${done} rejected\n\n`)
printTable(['what', 'seconds', 'at most'], rows)
