import { GENESIS } from '#runtime/audit/chain.ts'
import { AppError } from '#core/errors.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import type { AuditCatalog, AuditCheckpoint, AuditEntry } from '#runtime/audit/log.ts'
import type { CatalogContext } from './context.ts'
import { fromText, toText } from './text.ts'
import { writeAudit } from './write-audit.ts'

const PAGE = 1000

export function auditCatalog({ sql, now }: CatalogContext): AuditCatalog {
  return {
    append: (actor, action, subject, detail = {}) =>
      sql.transaction((tx) => writeAudit(tx, now(), { actor, action, subject, detail })),

    async *entries(after = 0) {
      let last = after
      while (true) {
        const rows = await sql.query<AuditDbRow>('select * from audit where seq > $1::bigint order by seq limit $2', [
          last,
          PAGE,
        ])
        for (const row of rows) yield toEntry(row)
        const final = rows.at(-1)
        if (final === undefined || rows.length < PAGE) return
        last = Number(final.seq)
      }
    },

    async about(subject) {
      const rows = await sql.query<AuditDbRow>('select * from audit where subject = $1 order by seq', [toText(subject)])
      return rows.map(toEntry)
    },

    async head() {
      const [row] = await sql.query<{ seq: number | string; hash: string }>('select seq, hash from audit_head')
      return row === undefined ? { seq: 0, hash: GENESIS } : { seq: Number(row.seq), hash: row.hash }
    },

    async addCheckpoint({ seq, hash, at, keyid, signature, heads }) {
      await sql.transaction(async (tx) => {
        const [entry] = await tx.query<{ hash: string }>('select hash from audit where seq = $1::bigint', [seq])
        if (entry?.hash !== hash) {
          throw new AppError('conflict', `the audit log has no entry ${seq} with the checkpoint's hash`)
        }
        // The same head may be signed again, even by another key: the first checkpoint stays.
        await tx.query(
          `insert into audit_checkpoints (seq, hash, at, keyid, signature, heads) values ($1::bigint, $2, $3, $4, $5, $6)
           on conflict (seq) do nothing`,
          [seq, hash, at, keyid, signature, heads === undefined ? null : canonicalJson(heads as unknown as Value)],
        )
      })
    },

    async checkpoints() {
      const rows = await sql.query<CheckpointDbRow>('select * from audit_checkpoints order by seq')
      return rows.map(({ seq, hash, at, keyid, signature, heads }) => ({
        seq: Number(seq),
        hash,
        at,
        keyid,
        signature,
        ...(heads !== null && { heads: JSON.parse(heads) as NonNullable<AuditCheckpoint['heads']> }),
      }))
    },
  }
}

interface CheckpointDbRow extends Omit<AuditCheckpoint, 'seq' | 'heads'> {
  readonly seq: number | string
  /** Canonical JSON, as it was signed. */
  readonly heads: string | null
}

export interface AuditDbRow {
  readonly seq: number | string
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly detail: string
  readonly previous: string
  readonly hash: string
}

export function toEntry(row: AuditDbRow): AuditEntry {
  return {
    seq: Number(row.seq),
    at: row.at,
    actor: fromText(row.actor),
    action: row.action,
    subject: fromText(row.subject),
    detail: JSON.parse(row.detail) as AuditEntry['detail'],
    previous: row.previous,
    hash: row.hash,
  }
}
