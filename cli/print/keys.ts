import type { EpochStatus, KeysStatus, VersionStatus } from '#services/encrypt/keys/status.ts'
import type { ReencryptReport } from '#services/encrypt/rekey/reencrypt.ts'
import type { KeyRotation, RewrapReport, RotateReport } from '#services/encrypt/rekey/rotation.ts'
import type { SigningRotation } from '#services/encrypt/rekey/rotate-signing.ts'
import type { Forgetting } from '#services/encrypt/rekey/forget.ts'
import type { UnreadRecord } from '#services/encrypt/keys/stored.ts'
import { renderList, type ListFormat } from './lists.ts'
import type { Look } from '#present/look.ts'
import type { Cell } from './table.ts'
import { count, plural, visibleLines } from '#present/text.ts'

/** The status of keys, and the key records that are not in it because nobody can read them. */
export type ShownStatus = KeysStatus & { readonly unread: readonly UnreadRecord[] }

/** Key versions and epochs; in one list of rows with a `type` where a machine reads them. */
export function renderStatus(
  { epochs, versions, unreachable, unread }: ShownStatus,
  format: ListFormat,
  look: Look,
): string {
  if (format !== 'table') {
    const rows = [
      ...versions.map((row) => ({ type: 'version', ...row })),
      ...epochs.map((row) => ({ type: 'epoch', ...row })),
      ...unreachable.map((row) => ({ type: 'unreachable', ...row })),
      ...unread.map((row) => ({ type: 'unread', ...row })),
    ]
    return renderList(rows, format, look, { columns: [], cells: () => [], empty: '' })
  }
  const keys = renderList(versions, format, look, {
    columns: [
      { header: 'key', shrink: true },
      { header: 'version', align: 'right' },
      { header: 'state' },
      { header: 'made' },
      { header: 'age', align: 'right' },
      { header: 'retirement', shrink: true },
    ],
    cells: (row) => [
      `${row.provider}:${shortKey(row.keyId)}`,
      shortVersion(row.version),
      stateCell(row),
      row.created?.toISOString().slice(0, 10) ?? '–',
      row.ageDays === null ? '–' : `${row.ageDays} d`,
      retirement(row, unread.length),
    ],
    empty: 'There are no keys yet.',
  })
  const records = renderList(epochs, format, look, {
    columns: [
      { header: 'dataset' },
      { header: 'epoch', align: 'right' },
      { header: 'epoch key' },
      { header: 'state' },
      { header: 'age', align: 'right' },
      { header: 'wrapped by', shrink: true },
      { header: 'objects', align: 'right' },
    ],
    cells: (row) => [
      row.dataset,
      count(row.epoch),
      row.kid,
      epochCell(row),
      `${row.ageDays} d`,
      row.wraps.map((wrap) => `${wrap.provider} version ${shortVersion(wrap.version)}`).join(', ') || 'nothing',
      row.objects === null ? '–' : count(row.objects),
    ],
    empty: 'There are no epoch keys yet.',
  })
  const missing = [
    ...unreachable.map(({ provider, code, message }) => visibleLines(`${provider}: ${code}: ${message}\n`)),
    ...unread.map(({ code, message }) => visibleLines(`${code}: ${message}\n`)),
  ]
  return [keys, '\n', records, ...(missing.length === 0 ? [] : ['\n', ...missing])].join('')
}

/** A key that is not current and holds nothing is one that lost a race, or was left behind. */
function epochCell({ current, state, objects }: EpochStatus): Cell {
  if (current) return { text: 'current', style: 'good' }
  return state === 'active' && objects === 0 ? { text: 'unused', style: 'dim' } : state
}

function stateCell({ current, state }: VersionStatus): Cell {
  if (state === 'disabled' || state === 'destroyed') return { text: state, style: current ? 'bad' : 'dim' }
  return current ? { text: 'current', style: 'good' } : state === 'unknown' ? 'not listed' : 'previous'
}

function retirement({ current, state, version, endsAlone, blockedBy }: VersionStatus, unread: number): Cell {
  if (current) return 'blocked: it is current'
  if (blockedBy.length > 0) return `blocked by ${plural(blockedBy.length, 'key record')}: credence keys rewrap`
  if (state !== 'enabled') return 'done'
  if (!endsAlone) return 'ends with its key'
  if (unread > 0) return `blocked: ${plural(unread, 'key record')} cannot be read`
  return { text: `credence keys retire ${shortVersion(version)}`, style: 'accent' }
}

/** The last word of a key's id, which is all of a local one; `--format json` has the whole. */
export function shortKey(keyId: string): string {
  return keyId.split('/').at(-1) ?? keyId
}

/** Enough of a version to name it by. */
function shortVersion(version: string): string {
  return version.slice(0, 12)
}

export function describeRotation({ provider, from, to, outcome, message }: KeyRotation): string {
  const key = `${provider}:${shortKey((to ?? from)?.keyId ?? '?')}`
  switch (outcome) {
    case 'rotated':
      return `${key}: version ${shortVersion(to?.version ?? '?')} is current, after ${shortVersion(from?.version ?? '?')}.\n`
    case 'due':
      return `${key}: would get a new version, after ${shortVersion(from?.version ?? '?')}.\n`
    case 'unable':
      return `${key}: cannot be rotated: ${message ?? ''}\n`
    case 'failed':
      return `${key}: failed: ${message ?? ''}\n`
  }
}

export function describeSigningRotation({ from, to, links }: SigningRotation): string {
  const lines = [`Signing key ${to} signs from now on; ${from} signs no more.`]
  for (const [dataset, link] of links)
    lines.push(`  ${dataset}: ${link === null ? 'its chain begins under the new key' : `from link ${link.ordinal} on`}`)
  lines.push('Who verifies elsewhere needs the public keys anew: credence audit export writes them.')
  return lines.map((line) => `${line}\n`).join('')
}

export function describeEpochs({ epochs, failed }: RotateReport, dryRun: boolean): string {
  const would = dryRun ? 'Would get new epoch keys' : 'New epoch keys'
  const lines = epochs.length > 0 ? [`${would}: ${epochs.join(', ')}.`] : []
  for (const { dataset, code, message } of failed) lines.push(`${dataset}: no new epoch key: ${code}: ${message}`)
  return lines.map((line) => `${line}\n`).join('')
}

/** What the end of a version means in each service. */
export const ENDS: Readonly<Record<Forgetting['provider'], string>> = {
  local: 'it is destroyed',
  awskms: 'it is ended',
  keyvault: 'it is disabled, and can be enabled again in the vault',
  gcpkms: 'its destruction is scheduled, and can be called off in the service until then',
}

/** What a copy of the key's record, from a backup or a versioned bucket, is still worth. */
export function describeForgetting(versions: readonly Forgetting[], keep: boolean): string {
  const lines = versions.map(({ provider, keyId, version, outcome, message }) => {
    const what = `  version ${shortVersion(version)} of ${provider}:${shortKey(keyId)}`
    if (outcome === 'retired' || outcome === 'ended')
      return `${what}: ended; ${ENDS[provider]}. What copies of the keyring there are still has it.`
    if (outcome === 'due' && !keep) return `${what}: would be ended, after everything else it wraps is under the next.`
    const why =
      outcome === 'due' ? 'kept, as you asked' : `${outcome === 'failed' ? 'not ended' : 'kept'}: ${message ?? ''}`
    const again = outcome === 'failed' ? '; run this again' : ''
    return `${what}: ${why}. Who has a copy of the key record, and may unwrap under it, opens the key again${again}.`
  })
  return lines.map((line) => `${line}\n`).join('')
}

export function describeRewrap(report: RewrapReport, dryRun: boolean): string {
  const { records, rewrapped, renewals, failed, unreachable, last } = report
  const done = dryRun ? 'would be wrapped anew' : 'wrapped anew'
  const lines = [`${count(rewrapped)} of ${plural(records, 'key record')} ${done}; no object was touched.`]
  for (const { provider, from, to, wraps } of renewals) {
    const before = from === null ? 'for the first time' : `from version ${shortVersion(from.version)}`
    const isSame = from?.keyId === to.keyId && from.version === to.version
    const moved = isSame ? 'bound to all that its record says' : `${before}, to version ${shortVersion(to.version)}`
    lines.push(`  ${provider}:${shortKey(to.keyId)}: ${plural(wraps, 'wrap')} ${moved}`)
  }
  for (const { provider, code, message } of unreachable) lines.push(`${provider}: nothing done: ${code}: ${message}`)
  for (const { path, code, message } of failed) lines.push(`${path}: ${code}: ${message}`)
  if (failed.length > 0) lines.push(`Run it again to do what is left${last === null ? '' : `, or --resume ${last}`}.`)
  return lines.map((line) => `${line}\n`).join('')
}

export function describeReencryption(report: ReencryptReport, dryRun: boolean): string {
  const { dataset, kid, objects, due, waiting, reencrypted, deleted, bytes, failed } = report
  const key = kid === null ? '' : ` under epoch key ${kid}`
  const size = `${count(Math.ceil(bytes / 1024))} KiB`
  const lines = dryRun
    ? [`${dataset}: ${count(due)} of ${plural(objects, 'object')} would be written anew${key}: ${size}.`]
    : [
        `${dataset}: ${count(reencrypted)} of ${plural(objects, 'object')} written anew${key}: ${size}; ${count(deleted)} old ones deleted.`,
      ]
  if (waiting > 0) lines.push(`${plural(waiting, 'link')} not settled yet: run the pipeline, then this again.`)
  for (const { path, code, message } of failed) lines.push(`${path}: ${code}: ${message}`)
  if (failed.length > 0) lines.push('What failed is as it was. Run it again to do what is left.')
  return lines.map((line) => `${line}\n`).join('')
}
