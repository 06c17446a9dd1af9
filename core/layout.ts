import type { Subject } from './manifest.ts'
import type { ObjectContext, ObjectRef, Zone } from './vault.ts'

/** The context of a window's objects: what each of them is opened with. */
export function windowContext(
  window: { readonly id: string; readonly dataset: string; readonly contract: string },
  codec: ObjectContext['codec'],
): ObjectContext {
  return { dataset: window.dataset, window: window.id, contract: window.contract, codec }
}

/** `<zone>/<dataset>/<window>`; where a review takes records from a window, with the review's id behind it. */
export function objectPath(zone: Zone, dataset: string, window: string, review?: string): string {
  return `${zone}/${dataset}/${window}${review === undefined ? '' : `.release.${review}`}`
}

/** The window that released records were taken from, as the path of their object says. */
export function releasedFrom(path: string): string | null {
  return /^clean\/[^/]+\/([^/]+?)\.release\.[^/]+$/.exec(path)?.[1] ?? null
}

/** The one object of a zone among a link's subjects. */
export function subjectIn(subjects: readonly Subject[], zone: Zone): Subject | null {
  return subjects.find(({ name }) => name.startsWith(`${zone}/`)) ?? null
}

export function subjectOf({ path, sha256 }: ObjectRef): Subject {
  return { name: path, digest: { sha256 } }
}
