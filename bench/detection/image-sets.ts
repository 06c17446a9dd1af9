import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { imagePool, type Pool } from '#cli/demo/pool.ts'

/** Where `image-sets.py` wrote the sets to. */
const FOLDER = process.env['CREDENCE_IMAGE_SETS'] ?? join(tmpdir(), 'credence-image-sets')

/** Sets of images by name, and the set of the same shape that foreign images are taken from. */
export const IMAGE_SETS: Readonly<Record<string, string>> = {
  emoji: 'icons',
  icons: 'emoji',
  terrain: 'terrain',
  vendors: 'tiles',
  units: 'units',
  tiles: 'emoji',
  letters: 'mnist',
  themes: 'emoji',
  contexts: 'emoji',
  faenza: 'emoji',
  scripts: 'mnist',
  typefaces: 'mnist',
  coins: 'emoji',
  blocks: 'blocks',
  cifar: 'emoji',
}

interface Written {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly names: readonly string[]
  readonly labels: readonly number[]
}

const read = new Map<string, Pool>()

/** A set of images that was made of what packages ship; undefined where none of that name was written. */
export function imageSet(name: string): Pool | undefined {
  if (!Object.hasOwn(IMAGE_SETS, name) || !existsSync(join(FOLDER, `${name}.json`))) return undefined
  const pool = read.get(name) ?? load(name)
  read.set(name, pool)
  return pool
}

function load(name: string): Pool {
  const { height, width, channels, names, labels } = JSON.parse(
    readFileSync(join(FOLDER, `${name}.json`), 'utf8'),
  ) as Written
  const bytes = readFileSync(join(FOLDER, `${name}.bin`))
  return imagePool(name, [height, width, channels], bytes, Uint8Array.from(labels), names)
}
