import { encodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import type { ObjectRef, Vault } from '#core/vault.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { createKeyRecords, type KeyRecords } from '#services/encrypt/keys/records.ts'
import type { Keyring } from '#services/encrypt/keyring.ts'
import { objectPath, subjectOf, windowContext } from '#core/layout.ts'
import { createManifestChain, type LinkContent } from '#services/encrypt/chain/chain.ts'
import { reencryptDataset } from '#services/encrypt/rekey/reencrypt.ts'
import { followReencrypted } from '#services/encrypt/chain/replacements.ts'
import { openSigner } from '#services/encrypt/chain/signer.ts'
import { type Verifier } from '#services/encrypt/chain/verifier.ts'
import type { Store } from '#services/encrypt/store.ts'
import { createMemoryStore } from '#services/encrypt/stores/memory.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'

export const CHAINED = 'mail'
const CONTRACT = 'c'.repeat(64)

/** A dataset whose chain of manifests a test adds to, link by link, over real keys, a real vault and a store in memory. */
export interface AdmittedChain {
  readonly store: Store
  readonly vault: Vault
  readonly verifier: Verifier
  readonly keys: KeyRecords
  /** Commits `<name>r0` and so on: the first `admitted` of them, the rest held back. */
  window(name: string, admitted: number, held?: number): Promise<void>
  release(review: string, window: string, ids: readonly string[]): Promise<void>
  revoke(review: string, ids: readonly string[]): Promise<void>
  /** With `end`, ends a recall of these. */
  recall(review: string, ids: readonly string[], end?: 'end'): Promise<void>
  /** Writes all objects again under a new epoch key. */
  reencrypt(): Promise<void>
  append(content: LinkContent): Promise<void>
  /** What training would read. */
  exported(): Promise<DataRecord[]>
}

export async function createAdmittedChain(keyring: Keyring): Promise<AdmittedChain> {
  const store = createMemoryStore()
  const keys = createKeyRecords({ store, keyrings: [keyring] })
  const signer = await openSigner(keys)
  const { verifier } = signer
  const vault = followReencrypted(createVault({ store, keys }), { store, verifier })
  const chain = createManifestChain({ store, signer })
  const about = (id: string) => windowContext({ id, dataset: CHAINED, contract: CONTRACT }, 'jsonl+zstd')
  const append = async (content: LinkContent) => void (await chain.append(CHAINED, content))
  const put = (path: string, window: string, records: readonly DataRecord[]) =>
    vault.put(path, about(window), encodeRecords(records))
  let read = 0

  return {
    store,
    vault,
    verifier,
    keys,
    append,
    async window(window, admitted, held = 0) {
      const objects: ObjectRef[] = []
      if (admitted > 0)
        objects.push(await put(objectPath('clean', CHAINED, window), window, recordsOf(window, 0, admitted)))
      objects.push(
        await vault.put(`scores/${CHAINED}/${window}`, { ...about(window), codec: 'json+zstd' }, Buffer.from('{}')),
      )
      const from = String(read)
      read += admitted + held
      await append({
        about: { kind: 'window', window },
        subjects: objects.map(subjectOf),
        details: {
          source: 's',
          segments: [{ partition: 'p', from, to: String(read) }],
          counts: { received: admitted + held, admitted, quarantined: held, rejected: 0, deadLettered: 0 },
          contract: { sha256: CONTRACT },
          policy: {},
          detectors: [],
        },
      })
    },
    async release(review, window, ids) {
      const object = await put(objectPath('clean', CHAINED, window, review), window, ids.map(recordOf))
      await append({ about: { kind: 'release', review }, subjects: [subjectOf(object)], details: {} })
    },
    revoke: (review, ids) =>
      append({ about: { kind: 'revocation', review }, subjects: [], details: { revoked: ids.toSorted() } }),
    recall(review, ids, end) {
      const kind = end === undefined ? 'recall' : 'reinstatement'
      return append({ about: { kind, review }, subjects: [], details: { recalled: ids.toSorted() } })
    },
    async reencrypt() {
      await keys.newEpoch(CHAINED)
      const settled = () => Promise.resolve(true)
      await reencryptDataset({ dataset: CHAINED, store, keys, vault, chain, settled })
    },
    async exported() {
      const records: DataRecord[] = []
      for await (const record of exportAdmitted(CHAINED, { vault, links: chain.links(CHAINED) })) records.push(record)
      return records
    },
  }
}

function recordsOf(window: string, from: number, count: number): DataRecord[] {
  return Array.from({ length: count }, (_, i) => recordOf(`${window}r${from + i}`))
}

/** What a record holds follows from its id. */
function recordOf(id: string): DataRecord {
  const number = Number(/\d+$/.exec(id)?.[0] ?? 0)
  return {
    id,
    fields: {
      text: `text of ${id}`,
      label: number,
      image: new Tensor('u8', [2, 2], Uint8Array.from([number % 256, 1, 2, 3])),
      note: 'no column of its own',
    },
    provenance: { source: 's', partition: 'p', position: id },
  }
}
