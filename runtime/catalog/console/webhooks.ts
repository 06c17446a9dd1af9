import { AppError } from '#core/errors.ts'
import type { AuditEntry } from '../../audit/log.ts'
import { toEntry, type AuditDbRow } from '../audit.ts'
import { change, type CatalogContext } from '../context.ts'
import { fromText, toText } from '../text.ts'

/** A receiver of entries of the audit log. */
export interface WebhookRow {
  readonly id: string
  readonly url: string
  /** Such as `window.committed`, or `window.*`. */
  readonly actions: readonly string[]
  /** The id of the signing key from which its secret is derived. */
  readonly kid: string
  readonly madeBy: string
  readonly madeAt: Date
  /** Every entry up to this one was delivered or set aside, or has an action that it did not ask for. */
  readonly told: number
  /** How often the next entry was tried, why the last attempt failed, and when the first one was. */
  readonly tries: number
  readonly failing: string | null
  readonly since: Date | null
}

/** An entry that a receiver refused. */
export interface WebhookLetter {
  readonly webhook: string
  readonly seq: number
  readonly reason: string
  readonly at: Date
}

export interface WebhookCatalog {
  /**
   * Makes a webhook for entries after now, or returns the existing one. Throws `conflict` (`idempotency_reused`) if that is a
   * different one.
   */
  make(
    webhook: Pick<WebhookRow, 'id' | 'url' | 'actions' | 'kid' | 'madeBy'> & { readonly digest: string },
  ): Promise<WebhookRow>
  get(id: string): Promise<WebhookRow | null>
  /** The latest first. */
  list(): Promise<WebhookRow[]>
  /** False if there is none. */
  remove(id: string, by: string): Promise<boolean>
  /** The webhooks that are due; no other caller gets them for this many seconds. */
  claim(seconds: number): Promise<WebhookRow[]>
  entriesAfter(seq: number, limit: number): Promise<AuditEntry[]>
  entry(seq: number): Promise<AuditEntry | null>
  /** Entries up to this one are delivered; the next attempt is due in `dueIn` seconds. */
  told(id: string, seq: number, dueIn: number): Promise<void>
  failed(id: string, why: string, dueIn: number): Promise<void>
  /** Sets a refused entry aside and continues after it. */
  setAside(id: string, seq: number, reason: string): Promise<void>
  /** Entries that were set aside and not delivered since, the latest first. */
  letters(choice: {
    readonly after: number | undefined
    readonly limit: number
    readonly webhook: string
  }): Promise<WebhookLetter[]>
  delivered(id: string, seq: number, by: string): Promise<void>
}

export function webhookCatalog(context: CatalogContext): WebhookCatalog {
  const { sql, now } = context
  return {
    make: ({ id, url, actions, kid, madeBy, digest }) =>
      change(context, async (tx) => {
        const inserted = await tx.query<WebhookDbRow>(
          `insert into webhooks (id, digest, url, actions, kid, made_by, made_at, told, due_at)
           values ($1, $2, $3, $4, $5, $6, ${NOW(7)}, (select seq from audit_head), ${NOW(7)})
           on conflict (id) do nothing returning *`,
          [id, digest, toText(url), JSON.stringify(actions), kid, toText(madeBy), now()],
        )
        const note = { action: 'webhook.made', subject: id, detail: { host: new URL(url).host }, actor: madeBy }
        if (inserted[0] !== undefined) return [toWebhook(inserted[0]), note]
        const [there] = await tx.query<WebhookDbRow & { digest: string }>(
          'select * from webhooks where id = $1 and removed_at is null',
          [id],
        )
        if (there?.digest === digest) return [toWebhook(there), null]
        throw new AppError('conflict', 'this Idempotency-Key was used for another webhook', {
          reason: 'idempotency_reused',
        })
      }),

    async get(id) {
      const [row] = await sql.query<WebhookDbRow>('select * from webhooks where id = $1 and removed_at is null', [id])
      return row === undefined ? null : toWebhook(row)
    },

    async list() {
      const rows = await sql.query<WebhookDbRow>(
        'select * from webhooks where removed_at is null order by made_at desc, id',
      )
      return rows.map(toWebhook)
    },

    remove: (id, by) =>
      change(context, async (tx) => {
        const removed = await tx.query(
          `update webhooks set removed_at = ${NOW(2)} where id = $1 and removed_at is null returning 1 as one`,
          [id, now()],
        )
        if (removed.length === 0) return [false, null]
        return [true, { action: 'webhook.removed', subject: id, actor: by }]
      }),

    async claim(seconds) {
      const rows = await sql.query<WebhookDbRow>(
        `update webhooks set due_at = ${NOW(1)} + make_interval(secs => $2::integer)
         where id in (
           select id from webhooks where removed_at is null and due_at <= ${NOW(1)} order by due_at for update skip locked)
         returning *`,
        [now(), seconds],
      )
      return rows.map(toWebhook)
    },

    async entriesAfter(seq, limit) {
      const rows = await sql.query<AuditDbRow>(
        'select * from audit where seq > $1::bigint order by seq limit $2::integer',
        [seq, limit],
      )
      return rows.map(toEntry)
    },

    async entry(seq) {
      const [row] = await sql.query<AuditDbRow>('select * from audit where seq = $1::bigint', [seq])
      return row === undefined ? null : toEntry(row)
    },

    async told(id, seq, dueIn) {
      await sql.query(
        `update webhooks set told = $2::bigint, tries = 0, failing = null, since = null,
           due_at = ${NOW(3)} + make_interval(secs => $4::integer) where id = $1`,
        [id, seq, now(), dueIn],
      )
    },

    async failed(id, why, dueIn) {
      await sql.query(
        `update webhooks set tries = tries + 1, failing = $2, since = coalesce(since, ${NOW(3)}),
           due_at = ${NOW(3)} + make_interval(secs => $4::integer) where id = $1`,
        [id, why, now(), dueIn],
      )
    },

    setAside: (id, seq, reason) =>
      change(context, async (tx) => {
        await tx.query(
          `insert into webhook_letters (webhook, seq, reason, set_aside_at) values ($1, $2::bigint, $3, ${NOW(4)})
           on conflict (webhook, seq) do nothing`,
          [id, seq, reason, now()],
        )
        await tx.query(
          `update webhooks set told = $2::bigint, tries = 0, failing = null, since = null, due_at = ${NOW(3)} where id = $1`,
          [id, seq, now()],
        )
        return [undefined, { action: 'webhook.set_aside', subject: id, detail: { seq, reason } }]
      }),

    async letters({ webhook, after, limit }) {
      const rows = await sql.query<LetterDbRow>(
        `select * from webhook_letters where webhook = $1 and delivered_at is null
           and ($2::bigint is null or seq < $2::bigint) order by seq desc limit $3::integer`,
        [webhook, after ?? null, limit],
      )
      return rows.map((row) => ({
        webhook: row.webhook,
        seq: Number(row.seq),
        reason: row.reason,
        at: row.set_aside_at,
      }))
    },

    delivered: (id, seq, by) =>
      change(context, async (tx) => {
        const done = await tx.query(
          `update webhook_letters set delivered_at = ${NOW(3)}
           where webhook = $1 and seq = $2::bigint and delivered_at is null returning 1 as one`,
          [id, seq, now()],
        )
        if (done.length === 0) return [undefined, null]
        return [undefined, { action: 'webhook.redelivered', subject: id, detail: { seq }, actor: by }]
      }),
  }
}

/** The time that parameter `$n` gives, or the database's own. */
const NOW = (n: number) => `coalesce($${n}::timestamptz, clock_timestamp())`

interface WebhookDbRow {
  readonly id: string
  readonly url: string
  readonly actions: string
  readonly kid: string
  readonly made_by: string
  readonly made_at: Date
  readonly told: number | string
  readonly tries: number
  readonly failing: string | null
  readonly since: Date | null
}

interface LetterDbRow {
  readonly webhook: string
  readonly seq: number | string
  readonly reason: string
  readonly set_aside_at: Date
}

function toWebhook({ id, url, actions, kid, made_by, made_at, told, tries, failing, since }: WebhookDbRow): WebhookRow {
  return {
    id,
    url: fromText(url),
    actions: JSON.parse(actions) as string[],
    kid,
    madeBy: fromText(made_by),
    madeAt: made_at,
    told: Number(told),
    tries,
    failing,
    since,
  }
}
