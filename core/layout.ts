import type { Subject } from './manifest.ts'
import { ZONES, type ObjectContext, type ObjectRef, type Zone } from './vault.ts'

/** Folders of the object store beside the zones. They hold what is signed or wrapped by itself and belongs to no window. */
const FOLDERS = ['manifests', 'keys', 'contracts', 'destroyed'] as const
export type Folder = Zone | (typeof FOLDERS)[number]

/**
 * What is committed, and what a store may keep under retention. Not the rest: staging is discarded, scores are written anew, key
 * records are replaced.
 */
export const RETAINED: readonly Folder[] = ['clean', 'quarantine', 'deadletter', 'manifests']

export function isRetained(path: string): boolean {
  return RETAINED.some((folder) => path.startsWith(folderPath(folder)))
}

/** The encryption context of a window's objects. */
export function windowContext(
  window: { readonly id: string; readonly dataset: string; readonly contract: string },
  codec: ObjectContext['codec'],
): ObjectContext {
  return { dataset: window.dataset, window: window.id, contract: window.contract, codec }
}

/**
 * `scores/<dataset>/memory.<8 digits>`: what the windows up to this ordinal have taught. After a reset or a rollback that
 * changes the memory, the path also ends in 8 digits for the era: the ordinal of the window after which the change was made.
 */
export function memoryPath(dataset: string, through: number, era = 0): string {
  return `${folderPath('scores', dataset)}${memoryName(through, era)}`
}

/** The ordinal and the era that a memory's path names; null if it names none. */
export function memoryIn(path: string): { readonly through: number; readonly era: number } | null {
  const found = /\/memory\.(\d{8})(?:\.(\d{8}))?$/.exec(path)
  return found === null ? null : { through: Number(found[1]), era: Number(found[2] ?? 0) }
}

/** The encryption context of a memory. It belongs to many windows; its name stands in the place of the window id. */
export function memoryContext(dataset: string, through: number, era = 0): ObjectContext {
  return { dataset, window: memoryName(through, era), contract: '-', codec: 'json+zstd' }
}

/**
 * `staging/<dataset>/<window>.pool-<16 hex digits>`: the records that a window gives to its dataset's pool; the digits are the
 * digest of their lines.
 */
export function poolPath(dataset: string, window: string, sha256: string): string {
  return `${objectPath('staging', dataset, window)}.pool-${sha256.slice(0, 16)}`
}

export function isPool(path: string): boolean {
  return /^staging\/[^/]+\/[^/.]+\.pool-[0-9a-f]{16}$/.test(path)
}

function memoryName(...places: [through: number, era: number]): string {
  const named = places.filter((place) => place > 0).map((place) => `.${String(place).padStart(8, '0')}`)
  return `memory${named.join('')}`
}

/** The prefix under which everything of a folder, or of one dataset in it, is listed; ends in a slash. */
export function folderPath(folder: Folder, dataset?: string): string {
  return dataset === undefined ? `${folder}/` : `${folder}/${dataset}/`
}

/** `<zone>/<dataset>/<window>`; the id of a review follows if a review took the records from the window. */
export function objectPath(zone: Zone, dataset: string, window: string, review?: string): string {
  return `${folderPath(zone, dataset)}${window}${review === undefined ? '' : `.release.${review}`}`
}

/** The n-th name for an object, from 1: used if objects with other bytes hold the earlier names. */
export function numberedPath(path: string, number: number): string {
  return number === 1 ? path : `${path}.${number}`
}

/** The path of a re-encrypted object: the new key's id stands after its name, in place of an earlier key's id. */
export function reencryptedPath(path: string, kid: string): string {
  return `${path.replace(/\.key-[0-9a-f]{32}$/, '')}.key-${kid}`
}

/** The name that stands in the place of a window in the paths of a federated round's objects. */
export function roundName(round: number): string {
  return `round-${String(round).padStart(8, '0')}`
}

/** `manifests/<dataset>/<8 digits>.json` */
export function manifestPath(dataset: string, ordinal: number): string {
  return `${folderPath('manifests', dataset)}${String(ordinal).padStart(8, '0')}.json`
}

/** The place in the chain that a manifest's path names; 0 if it names none. */
export function ordinalIn(path: string): number {
  return Number(/(\d{8})\.json$/.exec(path)?.[1] ?? 0)
}

/** `keys/<dataset>/<kid>.json` */
export function keyRecordPath(dataset: string, kid: string): string {
  return `${folderPath('keys', dataset)}${kid}.json`
}

/** `keys/<dataset>/current.json`: names the key under which the dataset's new objects are encrypted. */
export function currentKeyPath(dataset: string): string {
  return keyRecordPath(dataset, 'current')
}

/** `contracts/<dataset>/<sha256>.json` */
export function contractPath(dataset: string, sha256: string): string {
  return `${folderPath('contracts', dataset)}${sha256}.json`
}

/** The signed report of a destroyed key: `destroyed/<dataset>/<kid>.json`. */
export function destroyedPath(dataset: string, kid: string): string {
  return `${folderPath('destroyed', dataset)}${kid}.json`
}

/** The zone of an object; null if its path is in no zone. */
export function zoneIn(path: string): Zone | null {
  return ZONES.find((zone) => path.startsWith(`${zone}/`)) ?? null
}

/** The dataset that a path belongs to; empty if it names none. */
export function datasetIn(path: string): string {
  return path.split('/')[1] ?? ''
}

/** The window that an object of a zone belongs to, without any suffix after its id; empty if the path names none. */
export function windowIn(path: string): string {
  return path.split('/')[2]?.split('.')[0] ?? ''
}

/** The window from which released records were taken, read from the path of their object. */
export function releasedFrom(path: string): string | null {
  return /^clean\/[^/]+\/([^/]+?)\.release\.[^/]+$/.exec(path)?.[1] ?? null
}

/** The only object of a zone among a link's subjects. */
export function subjectIn(subjects: readonly Subject[], zone: Zone): Subject | null {
  return subjects.find(({ name }) => zoneIn(name) === zone) ?? null
}

export function subjectOf({ path, sha256 }: ObjectRef): Subject {
  return { name: path, digest: { sha256 } }
}
