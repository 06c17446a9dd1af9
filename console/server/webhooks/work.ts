import type { WebhookRow } from '#runtime/catalog/console/webhooks.ts'
import { webhookSecret } from '#app/operations/webhook-secrets.ts'
import { sleep } from '#runtime/waiting/retry.ts'
import type { System } from '#app/system.ts'
import { checkAddress, eventOf, faultOf, post, type CloudEvent, type Delivery } from './send.ts'

export interface WebhookOptions {
  /** Where webhooks may go: `host` or `host:port`. */
  readonly hosts: readonly string[]
  /** The console's address, which events come from. */
  readonly source: string
  /** Whether `http:` is an address, too. */
  readonly emulator: boolean
  readonly onDefect: (error: unknown) => void
  /** Between looks at what is due, in milliseconds. */
  readonly everyMs?: number | undefined
}

/** Tells webhooks of what the audit log gains, until it is disposed of. */
export interface WebhookWork extends AsyncDisposable {
  /** Sends one event now. */
  send(webhook: WebhookRow, event: CloudEvent): Promise<Delivery>
}

/** For so long nobody else delivers to one that was claimed: more than one delivery takes that times out. Each that is taken renews it. */
const CLAIM_SECONDS = 30
const BATCH = 20
const AT_ONCE = 500
/** Seconds until the next try, after the first, second, … one. */
const WAITS = [5, 30, 120, 600]
/** An entry that is refused is set aside after so many tries; one that nobody answers, after three days. */
const MOST_REFUSED = 5
const MOST_AWAY_MS = 3 * 86_400_000

/**
 * At least once, and in order: each webhook has its place in the audit log, which moves behind what was delivered or set aside. Several
 * consoles over one catalog share the work. What webhooks do themselves is told to none.
 */
export function createWebhookWork(system: System, options: WebhookOptions): WebhookWork {
  const { hosts, source, emulator, onDefect, everyMs = 2000 } = options
  const { webhooks } = system.catalog.console
  const closing = new AbortController()

  const send = async (webhook: WebhookRow, event: CloudEvent): Promise<Delivery> => {
    try {
      checkAddress(webhook.url, hosts, emulator)
      return await post(webhook.url, source, event, await webhookSecret(system, webhook))
    } catch (error) {
      const says = faultOf(error)
      if (says === null) throw error
      return { delivered: false, later: true, says }
    }
  }

  const tell = async (webhook: WebhookRow): Promise<void> => {
    let { told, tries, since } = webhook
    let sent = 0
    const entries = await webhooks.entriesAfter(told, AT_ONCE)
    for (const entry of entries) {
      if (closing.signal.aborted || sent === BATCH) break
      const before = sent
      if (isAskedFor(webhook.actions, entry.action)) {
        sent++
        const { delivered, later, says } = await send(webhook, eventOf(entry))
        if (!delivered) {
          if (told > webhook.told) {
            await webhooks.told(webhook.id, told, 0)
            tries = 0
            since = null
          }
          const isOver = later
            ? Date.now() - (since?.getTime() ?? Date.now()) > MOST_AWAY_MS
            : tries + 1 >= MOST_REFUSED
          if (isOver) await webhooks.setAside(webhook.id, entry.seq, says)
          else await webhooks.failed(webhook.id, says, WAITS[Math.min(tries, WAITS.length - 1)] ?? 0)
          return
        }
      }
      told = entry.seq
      if (sent > before) {
        // what was taken is not sent again, and nobody else begins meanwhile
        await webhooks.told(webhook.id, told, CLAIM_SECONDS)
        tries = 0
        since = null
      }
    }
    const isAll = told === (entries.at(-1)?.seq ?? told) && entries.length < AT_ONCE
    await webhooks.told(webhook.id, told, isAll ? Math.ceil(everyMs / 1000) : 0)
  }

  const turn = async (): Promise<void> => {
    const due = await webhooks.claim(CLAIM_SECONDS)
    await Promise.all(due.map((webhook) => tell(webhook)))
  }
  const wait = () => sleep(everyMs, closing.signal).catch(() => {})
  const running = (async () => {
    while (!closing.signal.aborted) {
      await turn().catch(onDefect)
      await wait()
    }
  })()
  return {
    send,
    async [Symbol.asyncDispose]() {
      closing.abort()
      await running
    },
  }
}

function isAskedFor(patterns: readonly string[], action: string): boolean {
  if (action.startsWith('webhook.')) return false
  return patterns.some((pattern) =>
    pattern.endsWith('.*') ? action.startsWith(pattern.slice(0, -1)) : pattern === action,
  )
}
