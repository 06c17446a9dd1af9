import type { Subject } from './manifest.ts'
import { ZONES, type ObjectContext, type ObjectRef, type Zone } from './vault.ts'

/** Folders of the object store beside the zones: what is signed or wrapped by itself, and belongs to no window. */
const FOLDERS = ['manifests', 'keys', 'contracts', 'destroyed'] as const
export type Folder = Zone | (typeof FOLDERS)[number]

/** What is committed, and a store may keep under retention: staging is discarded, scores are made again, key records replaced. */
export const RETAINED: readonly Folder[] = ['clean', 'quarantine', 'deadletter', 'manifests']

export function isRetained(path: string): boolean {
  return RETAINED.some((folder) => path.startsWith(folderPath(folder)))
}

/** The context of a window's objects: what each of them is opened with. */
export function windowContext(
  window: { readonly id: string; readonly dataset: string; readonly contract: string },
  codec: ObjectContext['codec'],
): ObjectContext {
  return { dataset: window.dataset, window: window.id, contract: window.contract, codec }
}

/**
 * `scores/<dataset>/memory.<8 digits>`: what the windows up to this ordinal have taught; after a reset or a rollback that changes it,
 * the window behind which that was made stands behind it (`era`), in 8 digits too.
 */
export function memoryPath(dataset: string, through: number, era = 0): string {
  return `${folderPath('scores', dataset)}${memoryName(through, era)}`
}

/** The place and the era that a memory's path names; null where it names none. */
export function memoryIn(path: string): { readonly through: number; readonly era: number } | null {
  const found = /\/memory\.(\d{8})(?:\.(\d{8}))?$/.exec(path)
  return found === null ? null : { through: Number(found[1]), era: Number(found[2] ?? 0) }
}

/** A memory is of many windows, and stands in the place of one. */
export function memoryContext(dataset: string, through: number, era = 0): ObjectContext {
  return { dataset, window: memoryName(through, era), contract: '-', codec: 'json+zstd' }
}

/** `staging/<dataset>/<window>.pool-<16 hex digits>`: records of a window for its dataset's pool, by the digest of their lines. */
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

/** What is listed to find everything of a folder, or of one dataset in it: ends in a slash. */
export function folderPath(folder: Folder, dataset?: string): string {
  return dataset === undefined ? `${folder}/` : `${folder}/${dataset}/`
}

/** `<zone>/<dataset>/<window>`; where a review takes records from a window, with the review's id behind it. */
export function objectPath(zone: Zone, dataset: string, window: string, review?: string): string {
  return `${folderPath(zone, dataset)}${window}${review === undefined ? '' : `.release.${review}`}`
}

/** The n-th name of an object, from 1, where other bytes hold the ones before. */
export function numberedPath(path: string, number: number): string {
  return number === 1 ? path : `${path}.${number}`
}

/** An object that was encrypted anew has its key behind its name, in place of the key before. */
export function reencryptedPath(path: string, kid: string): string {
  return `${path.replace(/\.key-[0-9a-f]{32}$/, '')}.key-${kid}`
}

/** What the objects of a federation's round are named by, in the place of a window. */
export function roundName(round: number): string {
  return `round-${String(round).padStart(8, '0')}`
}

/** `manifests/<dataset>/<8 digits>.json` */
export function manifestPath(dataset: string, ordinal: number): string {
  return `${folderPath('manifests', dataset)}${String(ordinal).padStart(8, '0')}.json`
}

/** The place in the chain that a manifest's path names; 0 where it names none. */
export function ordinalIn(path: string): number {
  return Number(/(\d{8})\.json$/.exec(path)?.[1] ?? 0)
}

/** `keys/<dataset>/<kid>.json` */
export function keyRecordPath(dataset: string, kid: string): string {
  return `${folderPath('keys', dataset)}${kid}.json`
}

/** Which key a dataset's new objects are made under: `keys/<dataset>/current.json`. */
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

/** The zone of an object; null for what is in none. */
export function zoneIn(path: string): Zone | null {
  return ZONES.find((zone) => path.startsWith(`${zone}/`)) ?? null
}

/** The dataset that a path belongs to; empty where it names none. */
export function datasetIn(path: string): string {
  return path.split('/')[1] ?? ''
}

/** The window that an object of a zone is of, whatever stands behind its id; empty where the path names none. */
export function windowIn(path: string): string {
  return path.split('/')[2]?.split('.')[0] ?? ''
}

/** The window that released records were taken from, as the path of their object says. */
export function releasedFrom(path: string): string | null {
  return /^clean\/[^/]+\/([^/]+?)\.release\.[^/]+$/.exec(path)?.[1] ?? null
}

/** The one object of a zone among a link's subjects. */
export function subjectIn(subjects: readonly Subject[], zone: Zone): Subject | null {
  return subjects.find(({ name }) => zoneIn(name) === zone) ?? null
}

export function subjectOf({ path, sha256 }: ObjectRef): Subject {
  return { name: path, digest: { sha256 } }
}
