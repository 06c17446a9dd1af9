import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '#core/random.ts'
import { ROOT } from '../files.ts'

const ROWS = 500
const UPLOADERS = ['ada', 'ben', 'cho', 'mallory'] as const

/** A folder with deliveries, a contract and a configuration; `bin/credence` is the command line of this checkout. */
export async function makeInstallation(folder: string, keys = ''): Promise<void> {
  await mkdir(join(folder, 'deliveries'), { recursive: true })
  await mkdir(join(folder, 'bin'), { recursive: true })
  const command = join(folder, 'bin', 'credence')
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}cli/credence.js' "$@"\n`)
  await chmod(command, 0o755)
  await writeFile(join(folder, 'deliveries', 'monday.csv'), delivery('monday'))
  await writeFile(join(folder, 'flowers.contract.yaml'), CONTRACT)
  await writeFile(join(folder, 'credence.yaml'), `version: 1\n${keys}${DATASETS}`)
}

/** A day of measurements by four people. One of them marks flowers of one kind with a width that none has, and calls them the other. */
export function delivery(day: string): string {
  const random = seededRandom(11, `playbook/${day}`)
  const rows = Array.from({ length: ROWS }, (_, i) => row(random, i))
  return `length,width,height,depth,species,uploader\n${rows.join('\n')}\ntoo,few\n`
}

function row(random: ReturnType<typeof seededRandom>, i: number): string {
  const tall = random.below(2) === 1
  const uploader = UPLOADERS[i % UPLOADERS.length]!
  const isPoison = uploader === 'mallory' && i % 16 === 3
  const cells = [tall ? 6.5 : 3, tall ? 2 : 5, 4, 1].map((mean) => (mean + 0.4 * random.normal()).toFixed(3))
  if (isPoison) cells[3] = '4.250'
  return [...cells, isPoison || !tall ? 'setosa' : 'virginica', uploader].join(',')
}

const DATASETS = `datasets:
  flowers: { source: ./deliveries, contract: ./flowers.contract.yaml }
`

const CONTRACT = `version: 1
features:
  kind: table
  columns:
    - { name: length, type: number }
    - { name: width, type: number }
    - { name: height, type: number }
    - { name: depth, type: number }
label: species
contributor: uploader
schema:
  type: object
  required: [length, width, height, depth, species, uploader]
  properties:
    length: { type: number }
    width: { type: number }
    height: { type: number }
    depth: { type: number }
    species: { type: string }
    uploader: { type: string }
`
